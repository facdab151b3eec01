//! What the operating system is asked, one module per system; the only place with raw calls and the only
//! place that knows which system this is.
//!
//! All checks of bounds and alignment stand above this module: here a call is made and its answer is
//! handed back.

#![allow(unsafe_code)]

cfg_select! {
    unix => {
        pub(in crate::mapping) mod backing;
        mod incore;
        pub(in crate::mapping) mod trap;
        mod unix;

        pub(in crate::mapping) use incore::{
            incore_of_file, incore_of_memory, mincore_piece, resident_runs,
        };
        pub(in crate::mapping) use unix::*;
    }
    _ => {}
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
}

use crate::mapping::access::{Access, MapFlags, OpenFlags, Placement, Visibility};
use crate::mapping::range::PageSize;

/// How to open a path or a tag.
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

/// What a handle refers to.
pub(in crate::mapping) enum FileClass {
    /// A regular file.
    Regular,
    /// A block device.
    BlockDevice,
    /// Something that cannot be mapped, in words: "a directory".
    Other(&'static str),
}

/// A call of `mmap(2)`.
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
pub(in crate::mapping) enum Refusal {
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
