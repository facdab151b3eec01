//! Tags of Linux: files in a directory.

use std::ffi::OsStr;
use std::fs::File;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use rustix::io::retry_on_intr;

/// The directory of tags (`shm_overview(7)`).
pub(in crate::mapping::sys) const DIRECTORY: &str = "/dev/shm/";

/// Opens a shared memory region.
pub(in crate::mapping::sys) fn open_raw(
    tag: &OsStr,
    flags: OFlags,
    mode: Mode,
) -> rustix::io::Result<File> {
    // rustix takes only the four flags that POSIX gives shm_open; the file system of tags honours the others too.
    let path = Path::new(DIRECTORY).join(tag);
    retry_on_intr(|| rustix::fs::open(&path, flags | OFlags::NOFOLLOW, mode)).map(File::from)
}

/// Removes the name of a shared memory region, by its path: the longest name leaves `shm_unlink(3)` no room for its
/// slash.
pub(in crate::mapping::sys) fn unlink_raw(tag: &OsStr) -> rustix::io::Result<()> {
    rustix::fs::unlink(Path::new(DIRECTORY).join(tag))
}

/// The path of a shared memory region.
pub(in crate::mapping) fn path_of_tag(tag: &OsStr) -> Option<PathBuf> {
    Some(Path::new(DIRECTORY).join(tag))
}
