//! Shared memory regions by name (`shm_overview(7)`). Linux keeps the names in a directory, other systems behind
//! `shm_open(3)`.

use std::ffi::OsStr;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;

use rustix::fs::Mode;

use super::open::{mode_bits, open_flags};
use crate::mapping::sys::call::OpenHow;

cfg_select! {
    target_os = "linux" => {
        mod linux;

        pub(in crate::mapping::sys) use linux::{DIRECTORY, open_raw, unlink_raw};
        pub(in crate::mapping) use linux::path_of_tag;
    }
    _ => {
        mod bsd;

        pub(in crate::mapping::sys) use bsd::{open_raw, unlink_raw};
        pub(in crate::mapping) use bsd::path_of_tag;
    }
}

/// Opens a shared memory region (`shm_open(3)`).
pub(in crate::mapping) fn tag_open(tag: &OsStr, how: &OpenHow) -> io::Result<File> {
    let mode = Mode::from_raw_mode(mode_bits(how.mode.unwrap_or(0o600)));
    Ok(open_raw(tag, open_flags(how), mode)?)
}

/// Removes the name of a shared memory region (`shm_unlink(3)`).
pub(in crate::mapping) fn tag_unlink(tag: &OsStr) -> io::Result<()> {
    Ok(unlink_raw(tag)?)
}

/// A name as it was typed, without leading slashes.
pub(in crate::mapping) fn tag_name(typed: &OsStr) -> &OsStr {
    let bytes = typed.as_bytes();
    let slashes = bytes.iter().take_while(|byte| **byte == b'/').count();
    OsStr::from_bytes(bytes.get(slashes..).unwrap_or_default())
}

/// The part of a tag that must have no separator: all of it.
pub(in crate::mapping) fn tag_rest(tag: &str) -> &str {
    tag
}
