//! What the error numbers of a Unix mean here.

use std::io;

use libc::c_int;

use crate::mapping::sys::answer::MapRefusal;
use crate::mapping::types::Kind;

/// The outcome of a call that answers -1 and sets errno.
pub(in crate::mapping::sys) fn check(answer: c_int) -> io::Result<()> {
    if answer == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// The kind of failure that an errno stands for when the operation gives it no closer meaning.
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
        // The same number as EOPNOTSUPP but on macOS.
        errno if errno == libc::ENOTSUP => Kind::Unsupported,
        _ => Kind::Failed,
    }
}

/// What a refusal of `mmap(2)` means.
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
