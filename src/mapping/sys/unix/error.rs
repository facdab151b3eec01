//! The meaning of error numbers, and helpers for calls that set errno.

use std::io;
use std::num::TryFromIntError;

use libc::c_int;

use crate::mapping::sys::answer::MapRefusal;
use crate::mapping::types::Kind;

/// The result of a call that returns -1 and sets errno.
pub(in crate::mapping::sys) fn check(answer: c_int) -> io::Result<()> {
    if answer == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Repeats a call while a signal interrupts it (EINTR).
pub(in crate::mapping::sys) fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// The error for a number that does not fit an argument.
pub(in crate::mapping::sys) fn overflow(_: TryFromIntError) -> io::Error {
    io::Error::from_raw_os_error(libc::EOVERFLOW)
}

/// The kind of failure of an errno, unless the operation gives it a more specific meaning.
pub(in crate::mapping) fn kind_of_os_error(errno: i32) -> Kind {
    match errno {
        libc::ENOENT | libc::ENOTDIR | libc::EBADF | libc::ESRCH => Kind::NotFound,
        libc::EACCES | libc::EPERM | libc::EROFS => Kind::AccessDenied,
        libc::ENOSPC | libc::EDQUOT | libc::EFBIG => Kind::DiskFull,
        libc::ENOMEM | libc::EOVERFLOW => Kind::OutOfMemory,
        libc::ENODEV | libc::EOPNOTSUPP | libc::ENOSYS | libc::EISDIR => Kind::Unsupported,
        libc::EEXIST => Kind::AlreadyExists,
        libc::EBUSY | libc::ETXTBSY | libc::EAGAIN => Kind::Busy,
        libc::EMFILE | libc::ENFILE => Kind::Limit,
        libc::EFAULT => Kind::Fault,
        // The same number as EOPNOTSUPP, except on macOS.
        errno if errno == libc::ENOTSUP => Kind::Unsupported,
        _ => Kind::Failed,
    }
}

/// Whether an error is that of the limit on open files of this process (RLIMIT_NOFILE).
pub(in crate::mapping) fn is_descriptor_limit(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMFILE)
}

/// Whether an error is that of symbolic links that lead to each other.
pub(in crate::mapping) fn is_link_loop(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::ELOOP)
}

/// The meaning of an error of `mmap(2)`.
pub(in crate::mapping) fn refusal_of(error: &io::Error) -> MapRefusal {
    match error.raw_os_error() {
        Some(libc::EEXIST) => MapRefusal::AddressInUse,
        Some(libc::ENOMEM) => MapRefusal::NoMemory,
        Some(libc::EACCES | libc::EPERM) => MapRefusal::Denied,
        Some(libc::EINVAL) => MapRefusal::Invalid,
        Some(libc::EOPNOTSUPP) => MapRefusal::NotSupported,
        Some(errno) if errno == libc::ENOTSUP => MapRefusal::NotSupported,
        Some(libc::ENODEV) => MapRefusal::NoSuchDevice,
        _ => MapRefusal::Other,
    }
}
