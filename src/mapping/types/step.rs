//! Steps: the changes to a mapping after it is made.

use std::ffi::CString;
use std::fmt;

use super::access::Protection;
use super::advice::Advice;
use super::lock::LockMode;
use super::named::Named;
use super::offset::ByteLength;
use super::range_request::{OffsetRequest, RangeRequest};

/// One change to a mapping, or to a part of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The change.
    pub action: Action,
    /// The part, in bytes from the start of the mapping; `None` for all of it.
    pub part: Option<RangeRequest>,
}

/// A change to a mapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Change the access (`mprotect(2)`).
    Protect(Protection),
    /// Apply advice (`madvise(2)`).
    Advise(Advice),
    /// Lock the pages in memory (`mlock(2)`, `mlock2(2)`).
    Lock(LockMode),
    /// Unlock the pages (`munlock(2)`).
    Unlock,
    /// Access each page.
    Touch {
        /// Whether to write a byte back to itself, in place of reading it.
        write: bool,
    },
    /// Write changed pages to the file (`msync(2)`).
    Sync(SyncKind),
    /// Change the length (`mremap(2)`).
    Remap(ByteLength, RemapPlace),
    /// Remove the mapping (`munmap(2)`).
    Unmap,
    /// Try to read, write and execute the first page.
    Probe,
    /// Seal the mapping against later changes (`mseal(2)`).
    Seal,
    /// Name anonymous memory (`prctl(2)`, PR_SET_VMA_ANON_NAME).
    Name(CString),
}

/// How to write changed pages to the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SyncKind {
    /// Wait for completion (`MS_SYNC`).
    Wait,
    /// Do not wait (`MS_ASYNC`).
    Async,
    /// Wait, and invalidate other mappings of the file (`MS_INVALIDATE`).
    Invalidate,
}

/// The place of a mapping after its length was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemapPlace {
    /// The same place, or a free one (`MREMAP_MAYMOVE`).
    Free,
    /// A free place; the old addresses stay mapped, without pages (`MREMAP_DONTUNMAP`).
    LeaveOld,
    /// Exactly this address, which must be free (`MREMAP_FIXED`).
    At(u64),
}

impl Step {
    /// The change, applied to all of the mapping.
    #[must_use]
    pub const fn whole(action: Action) -> Self {
        Self { action, part: None }
    }
}

/// The step as it is typed.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.action)?;
        let Some(RangeRequest { offset, length }) = self.part else {
            return Ok(());
        };
        match (offset, length) {
            (OffsetRequest::FromStart(start), Some(length)) => {
                write!(f, "@{}+{}", start.0, length.0)
            }
            (OffsetRequest::FromStart(start), None) => write!(f, "@{}..", start.0),
            (OffsetRequest::FromEnd(back), Some(length)) => {
                write!(f, "@-{}+{}", back.0, length.0)
            }
            (OffsetRequest::FromEnd(back), None) => write!(f, "@-{}..", back.0),
        }
    }
}

/// The change as it is typed.
impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Protect(protection) => {
                write!(f, "protect={}", protection.access.name())?;
                let mut extras = protection.extras.iter();
                extras.try_for_each(|extra| write!(f, "+{}", extra.name()))
            }
            Self::Advise(advice) => write!(f, "advise={}", advice.name()),
            Self::Lock(LockMode::Now) => f.write_str("lock"),
            Self::Lock(LockMode::OnFault) => f.write_str("lock=onfault"),
            Self::Unlock => f.write_str("unlock"),
            Self::Touch { write: false } => f.write_str("touch"),
            Self::Touch { write: true } => f.write_str("touch=write"),
            Self::Sync(SyncKind::Wait) => f.write_str("sync"),
            Self::Sync(SyncKind::Async) => f.write_str("sync=async"),
            Self::Sync(SyncKind::Invalidate) => f.write_str("sync=invalidate"),
            Self::Remap(length, place) => {
                write!(f, "remap={}", length.0)?;
                match place {
                    RemapPlace::Free => Ok(()),
                    RemapPlace::LeaveOld => f.write_str(",dontunmap"),
                    RemapPlace::At(address) => write!(f, ",fixed={address:#x}"),
                }
            }
            Self::Unmap => f.write_str("unmap"),
            Self::Probe => f.write_str("probe"),
            Self::Seal => f.write_str("seal"),
            Self::Name(name) => write!(f, "name={}", name.to_string_lossy()),
        }
    }
}
