//! The list of shared memory regions.

use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;
use crate::mapping::types::{AddressRange, Device, OpenRegion, TagFacts, TagSpace};

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

/// Shared memory has no device.
pub(in crate::mapping) fn tag_device() -> io::Result<Device> {
    Err(unsupported())
}

/// The open files of other processes are not listed.
pub(in crate::mapping) fn visit_open_regions(
    _pid: u32,
    _visit: impl FnMut(OpenRegion),
) -> io::Result<()> {
    Err(unsupported())
}

/// The files that other processes map cannot be examined.
pub(in crate::mapping) fn region_of_mapping(
    _pid: u32,
    _mapping: AddressRange,
) -> io::Result<OpenRegion> {
    Err(unsupported())
}

/// No path leads to the open files of other processes.
pub(in crate::mapping) fn name_behind(_place: &Path) -> io::Result<PathBuf> {
    Err(unsupported())
}

/// There are no leases.
pub(in crate::mapping) fn take_lease(_file: &OpenFile) -> io::Result<bool> {
    Err(unsupported())
}

/// There are no leases.
pub(in crate::mapping) fn holds_lease(_file: &OpenFile) -> bool {
    false
}
