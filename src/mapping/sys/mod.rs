//! What the operating system is asked, one module per system; the only place with raw calls and the only
//! place that knows which system this is.
//!
//! All checks of bounds and alignment stand above this module: here a call is made and its answer is
//! handed back.

#![allow(unsafe_code)]

mod heap;
pub(in crate::mapping) mod trap;

cfg_select! {
    unix => {
        mod unix;

        pub(in crate::mapping) use unix::*;
    }
    windows => {
        mod lacking;
        mod windows;

        pub(in crate::mapping) use windows::*;
    }
}

cfg_select! {
    target_os = "linux" => {
        mod linux;

        pub(in crate::mapping) use linux::*;
    }
    target_os = "macos" => {
        mod bsd;
        mod lacking;
        mod macos;

        pub(in crate::mapping) use bsd::*;
        pub(in crate::mapping) use macos::*;
    }
    target_os = "freebsd" => {
        mod bsd;
        mod freebsd;
        mod lacking;

        pub(in crate::mapping) use bsd::*;
        pub(in crate::mapping) use freebsd::*;
    }
    windows => {}
}

pub(in crate::mapping) use heap::end_without_memory_with;

use super::types::{
    Access, ByteLength, MapFlags, OpenFlags, PageSize, Placement, SourceRange, Visibility,
};

/// How much memory can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code, reason = "not every system tells it")]
pub(in crate::mapping) struct MemoryRoom {
    /// How many bytes.
    pub(in crate::mapping) available: ByteLength,
    /// The limit of the control group that leaves no more, if one does.
    pub(in crate::mapping) group_limit: Option<ByteLength>,
}

/// How to open a path or a tag.
#[allow(dead_code, reason = "not every system looks at all of it")]
pub(in crate::mapping) struct OpenHow {
    /// For reading and writing, and not only for reading.
    pub(in crate::mapping) writable: bool,
    /// Create it, failing when it exists.
    pub(in crate::mapping) create: bool,
    /// The flags the user asked for; creation and truncation are not taken from here.
    pub(in crate::mapping) flags: OpenFlags,
    /// The permission bits of what is created.
    pub(in crate::mapping) mode: Option<u32>,
}

/// Whether the standard output can be written to.
#[allow(dead_code, reason = "not every system has all of them")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum OutputState {
    /// As far as can be told.
    Writable,
    /// It was closed when the program was started.
    Closed,
    /// It is open for reading.
    ReadOnly,
}

/// What a handle refers to.
#[allow(dead_code, reason = "not every system has all of them")]
pub(in crate::mapping) enum FileClass {
    /// A regular file.
    Regular,
    /// A block device.
    BlockDevice,
    /// Something that cannot be mapped, in words: "a directory".
    Other(&'static str),
}

/// A call of `mmap(2)`.
#[allow(dead_code, reason = "not every system looks at all of it")]
pub(in crate::mapping) struct MapCall<'a> {
    /// What to map; anonymous memory when absent.
    pub(in crate::mapping) file: Option<&'a OpenFile>,
    /// The offset in it, aligned.
    pub(in crate::mapping) offset: u64,
    /// How many bytes, a multiple of the page size.
    pub(in crate::mapping) length: usize,
    /// What may be done with them.
    pub(in crate::mapping) access: Access,
    /// Who sees stores.
    pub(in crate::mapping) visibility: Visibility,
    /// Where it goes.
    pub(in crate::mapping) placement: Placement,
    /// Further flags.
    pub(in crate::mapping) flags: MapFlags,
    /// Which pool of huge pages.
    pub(in crate::mapping) huge_size: Option<PageSize>,
}

/// Why a mapping was not made.
pub(in crate::mapping) enum MapFailure {
    /// This system has no such flag.
    NoSuchFlag(&'static str),
    /// What the kernel answered.
    Os(std::io::Error),
}

/// The refusals of `mmap(2)` that mean something particular.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum MapRefusal {
    /// Something is mapped at the demanded address.
    AddressInUse,
    /// No memory or address space.
    NoMemory,
    /// Permission.
    Denied,
    /// A combination of arguments that cannot be.
    Invalid,
    /// A flag that the file cannot honour.
    NotSupported,
    /// The file system or driver has no mapping operation.
    NoSuchDevice,
    /// Anything else.
    Other,
}

/// What providing a byte ended with when it was tried again.
#[derive(Debug)]
pub(in crate::mapping) enum Trial {
    /// It works.
    Works,
    /// It failed for want of space or quota.
    NoSpace(std::io::Error),
    /// It failed otherwise.
    Fails(std::io::Error),
    /// It cannot be tried on this file or through this descriptor.
    NotPossible,
}

/// How many bytes of the range lie in holes.
pub(in crate::mapping) fn hole_bytes(
    file: &OpenFile,
    range: SourceRange,
) -> std::io::Result<ByteLength> {
    let end = range.end().0;
    let mut at = range.offset().0;
    let mut holes = 0_u64;
    while at < end {
        let data = next_data(file, at)?.unwrap_or(end).min(end);
        holes = holes.saturating_add(data.saturating_sub(at));
        if data >= end {
            break;
        }
        at = next_hole(file, data)?.unwrap_or(end).min(end);
    }
    Ok(ByteLength(holes))
}
