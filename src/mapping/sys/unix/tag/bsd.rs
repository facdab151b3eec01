//! Tags of macOS and FreeBSD: names that `shm_open(3)` takes.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::PathBuf;

use rustix::fs::{Mode, OFlags};
use rustix::shm::OFlags as ShmOFlags;

/// Opens a shared memory region.
pub(in crate::mapping::sys) fn open_raw(
    tag: &OsStr,
    flags: OFlags,
    mode: Mode,
) -> rustix::io::Result<File> {
    // The call refuses other flags, which have no meaning for memory.
    let mut known = match flags.contains(OFlags::RDWR) {
        true => ShmOFlags::RDWR,
        false => ShmOFlags::RDONLY,
    };
    known.set(ShmOFlags::CREATE, flags.contains(OFlags::CREATE));
    known.set(ShmOFlags::EXCL, flags.contains(OFlags::EXCL));
    rustix::shm::open(rooted(tag), known, mode).map(File::from)
}

/// Removes the name of a shared memory region.
pub(in crate::mapping::sys) fn unlink_raw(tag: &OsStr) -> rustix::io::Result<()> {
    rustix::shm::unlink(rooted(tag))
}

/// The name of a shared memory region for `shm_open(3)`.
pub(in crate::mapping) fn path_of_tag(tag: &OsStr) -> Option<PathBuf> {
    Some(rooted(tag).into())
}

/// The name as `shm_open(3)` takes it.
fn rooted(tag: &OsStr) -> OsString {
    let mut name = OsString::from("/");
    name.push(tag);
    name
}
