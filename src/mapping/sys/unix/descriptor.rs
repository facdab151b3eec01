//! Descriptors: duplicating them, and how they were opened (`fcntl(2)`).

use std::fs::File;
use std::io;
use std::os::fd::{BorrowedFd, IntoRawFd, RawFd};

use rustix::fs::OFlags;
use rustix::io::Errno;

use super::streams::was_closed;

/// Duplicates a descriptor (`fcntl(2)`, `F_DUPFD_CLOEXEC`).
pub(in crate::mapping) fn duplicate(number: RawFd) -> io::Result<File> {
    if number < 0 || was_closed(number) {
        return Err(Errno::BADF.into());
    }
    // SAFETY: the number is not negative, and the kernel returns EBADF when it is not open. The borrow ends with the
    // call, and nothing in this program closes descriptors that it did not open.
    let theirs = unsafe { BorrowedFd::borrow_raw(number) };
    Ok(File::from(rustix::io::fcntl_dupfd_cloexec(theirs, 3)?))
}

/// Duplicates the standard input.
pub(in crate::mapping) fn standard_input() -> io::Result<File> {
    duplicate(libc::STDIN_FILENO)
}

/// Whether the handle was opened for reading and writing (`fcntl(2)`, `F_GETFL`).
pub(in crate::mapping) fn is_writable(file: &File) -> io::Result<bool> {
    Ok(rustix::fs::fcntl_getfl(file)? & OFlags::ACCMODE == OFlags::RDWR)
}

/// Whether the handle was opened for writing only; it cannot be mapped then.
pub(in crate::mapping) fn is_write_only(file: &File) -> io::Result<bool> {
    Ok(rustix::fs::fcntl_getfl(file)? & OFlags::ACCMODE == OFlags::WRONLY)
}

/// The error that closing the file would report (`close(2)`): network file systems and FUSE may report failed writes
/// only then. Without a free descriptor for the attempt, nothing is reported.
pub(in crate::mapping) fn try_close(file: &File) -> io::Result<()> {
    let Ok(copy) = file.try_clone() else {
        return Ok(());
    };
    let copy = copy.into_raw_fd();
    // SAFETY: the descriptor was made just now and is closed once; nothing else refers to it.
    match unsafe { libc::close(copy) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            // It is closed nevertheless.
            error if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            error => Err(error),
        },
    }
}
