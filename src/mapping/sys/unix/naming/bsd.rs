//! Naming on macOS and FreeBSD, where every file has a name.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStringExt;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use crate::mapping::sys::error::unsupported;

/// A directory is opened like a file.
pub(in crate::mapping::sys) const DIRECTORY_ONLY: OFlags = OFlags::empty();

/// The target of a symbolic link; `None` for anything else, or if the name does not exist.
pub(in crate::mapping::sys) fn read_link(
    directory: BorrowedFd<'_>,
    name: &OsStr,
) -> rustix::io::Result<Option<OsString>> {
    match rustix::fs::readlinkat(directory, name, Vec::new()) {
        Ok(target) => Ok(Some(OsString::from_vec(target.into_bytes()))),
        Err(Errno::INVAL | Errno::NOENT) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Every file is created under a name.
#[expect(clippy::unnecessary_wraps, reason = "shaped like the call of Linux")]
pub(in crate::mapping::sys) fn make_unnamed(
    _directory: BorrowedFd<'_>,
    _flags: OFlags,
    _mode: Mode,
) -> rustix::io::Result<Option<File>> {
    Ok(None)
}

/// There are no files without a name.
pub(in crate::mapping::sys) fn link_unnamed(
    _file: &File,
    _directory: BorrowedFd<'_>,
    _name: &OsStr,
) -> io::Result<()> {
    Err(unsupported())
}
