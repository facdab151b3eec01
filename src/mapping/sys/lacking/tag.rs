//! The list of shared memory regions.

use std::ffi::{OsStr, OsString};
use std::io;

use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{TagFacts, TagSpace};

/// Shared memory regions are not listed.
pub(in crate::mapping) fn tag_names() -> io::Result<Vec<OsString>> {
    Err(unsupported())
}

/// Shared memory regions are not listed.
pub(in crate::mapping) fn tag_facts(_name: &OsStr) -> io::Result<Option<TagFacts>> {
    Err(unsupported())
}

/// No memory map shows a device.
pub(in crate::mapping) fn maps_show_device_of_tags() -> bool {
    true
}

/// Shared memory has no file system.
pub(in crate::mapping) fn tag_space() -> io::Result<TagSpace> {
    Err(unsupported())
}
