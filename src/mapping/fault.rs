//! From a refused access to an error that says why.
//!
//! The access itself is survived in `copy`; the kernel's signal names the byte and nothing else, so what
//! happened is found out afterwards, from the file.

use std::io;

use super::copy::Blocked;
use super::error::{Error, Kind};
use super::range::{ByteLength, SourceOffset, SourceRange};
use super::sys::backing::{self, Handle, Trial};
use super::sys::trap::Fault;

/// Why an access was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Cause {
    /// The file ends before the byte.
    Truncated {
        /// Where it ends now.
        size: ByteLength,
    },
    /// The file system has no space, or the owner no quota, for the block behind the byte.
    DiskFull,
    /// The storage failed.
    IoError,
    /// The page does not allow the access.
    NoAccess,
    /// There was no memory for the page.
    NoMemory,
    /// The memory module lost what it held.
    Poisoned,
    /// The byte is not in the mapped region.
    Outside,
    /// Nothing is wrong with the byte any more.
    Transient,
}

/// What an operation wanted of the mapped bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Access {
    /// To read them.
    Read,
    /// To write them, to the file.
    Write,
    /// To write them, to a private copy.
    WritePrivate,
    /// To execute them.
    Execute,
}

/// A cause, and the error number that proved it where there is one.
#[derive(Debug)]
pub(in crate::mapping) struct Finding {
    /// Why the access was refused.
    pub(in crate::mapping) cause: Cause,
    /// What the operating system said when the access was tried again without the mapping.
    pub(in crate::mapping) os_error: Option<io::Error>,
}

impl From<Cause> for Finding {
    fn from(cause: Cause) -> Self {
        Self {
            cause,
            os_error: None,
        }
    }
}

/// The error, of kind [`Kind::Fault`], for an operation that was blocked in a region that shows the range
/// `mapped` of its source. `file` is what was mapped, unless it was anonymous memory.
pub(in crate::mapping) fn explain(
    operation: &'static str,
    blocked: Blocked,
    access: Access,
    mapped: SourceRange,
    file: Option<Handle<'_>>,
) -> Error {
    let at = source_offset(blocked, mapped);
    let finding = find(blocked.fault, access, at, file);
    let error = match &finding.os_error {
        Some(os_error) => Error::os_as(Kind::Fault, operation, os_error),
        None => Error::new(Kind::Fault, operation, ""),
    };
    let reason = reason(&finding, access);
    let error = error.because(reason).at(at);
    match hint(finding.cause) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// The error for a file that was found cut to `size` without touching the byte at `at`, which it lost.
pub(in crate::mapping) fn truncated(
    operation: &'static str,
    size: ByteLength,
    at: SourceOffset,
) -> Error {
    let finding = Cause::Truncated { size }.into();
    Error::new(Kind::Fault, operation, reason(&finding, Access::Read)).at(at)
}

fn source_offset(blocked: Blocked, mapped: SourceRange) -> SourceOffset {
    // A region is never longer than the largest offset.
    let ahead = u64::try_from(blocked.offset.0).unwrap_or(u64::MAX);
    SourceOffset(mapped.offset().0.saturating_add(ahead))
}

/// Finds out why an access to the byte at `at` was refused.
pub(in crate::mapping) fn find(
    fault: Fault,
    access: Access,
    at: SourceOffset,
    file: Option<Handle<'_>>,
) -> Finding {
    match fault {
        Fault::Outside => return Cause::Outside.into(),
        Fault::Poisoned => return Cause::Poisoned.into(),
        Fault::Bus | Fault::Segv | Fault::Unknown => {}
    }
    // Some systems raise SIGSEGV for a byte beyond the end and SIGBUS for a protected page, so the file is
    // asked first.
    if let Some(size) = file.and_then(backing::size).filter(|&size| size <= at.0) {
        let size = ByteLength(size);
        return Cause::Truncated { size }.into();
    }
    match (fault, file) {
        (Fault::Segv, _) => Cause::NoAccess.into(),
        (_, Some(file)) => retry(fault, access, at, file),
        (_, None) => Cause::NoMemory.into(),
    }
}

/// Tries without the mapping what failed with it.
fn retry(fault: Fault, access: Access, at: SourceOffset, file: Handle<'_>) -> Finding {
    let reserved = match access {
        Access::Write => backing::try_reserve(file, at.0),
        Access::Read | Access::WritePrivate | Access::Execute => Trial::NotPossible,
    };
    for trial in [reserved, backing::try_read(file, at.0)] {
        let (cause, os_error) = match trial {
            Trial::NoSpace(error) => (Cause::DiskFull, error),
            Trial::Fails(error) => (Cause::IoError, error),
            Trial::Works | Trial::NotPossible => continue,
        };
        return Finding {
            cause,
            os_error: Some(os_error),
        };
    }
    // Reading a hole through a mapping takes space on tmpfs, where `pread` takes none.
    if backing::is_full(file) {
        return Cause::DiskFull.into();
    }
    match fault {
        Fault::Unknown => Cause::NoAccess.into(),
        _ => Cause::Transient.into(),
    }
}

fn reason(finding: &Finding, access: Access) -> String {
    let verb = match access {
        Access::Read => "reading",
        Access::Write | Access::WritePrivate => "writing",
        Access::Execute => "executing",
    };
    match finding.cause {
        Cause::Truncated { size } => format!(
            "the file was truncated to {} bytes during the operation",
            size.0
        ),
        Cause::DiskFull => "the disk is full: there is no space for the block behind it".to_owned(),
        Cause::IoError => "I/O error: the storage behind it failed".to_owned(),
        Cause::NoAccess => format!("no access: the page does not allow {verb}"),
        Cause::NoMemory => "the system had no memory for the page".to_owned(),
        Cause::Poisoned => "hardware error: the memory lost what it held there".to_owned(),
        Cause::Outside => "it lies outside of the mapped memory".to_owned(),
        Cause::Transient => {
            "the system could not provide the page at that moment, but it can now".to_owned()
        }
    }
}

fn hint(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::DiskFull => Some("free some space, or reserve the blocks before writing"),
        Cause::IoError => Some("the system log names the device and the block"),
        Cause::NoMemory => {
            Some("huge pages come from a pool, which may be empty: see vm.nr_hugepages")
        }
        Cause::Truncated { .. }
        | Cause::NoAccess
        | Cause::Poisoned
        | Cause::Outside
        | Cause::Transient => None,
    }
}
