//! What every Unix answers to.

use crate::mapping::error::Kind;

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
        libc::EINTR => Kind::Interrupted,
        _ => Kind::Failed,
    }
}
