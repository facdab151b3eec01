//! What the operating system is asked, one module per system; the only place with raw calls and the only
//! place that knows which system this is.
//!
//! All checks of bounds and alignment stand above this module: here a call is made and its answer is
//! handed back.

#![allow(unsafe_code)]

#[cfg(target_os = "linux")]
mod linux;
#[cfg(unix)]
mod unix;

#[cfg(target_os = "linux")]
pub(in crate::mapping) use linux::*;
#[cfg(unix)]
pub(in crate::mapping) use unix::*;

use crate::mapping::access::OpenFlags;

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
