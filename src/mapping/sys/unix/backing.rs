//! What stands behind a mapping, asked after an access to it was refused: the signal says only where.

use std::fs::File;
use std::mem::MaybeUninit;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::mapping::sys::answer::Trial;

/// An open file that stands behind a mapping.
pub(in crate::mapping) type Handle<'a> = BorrowedFd<'a>;

/// A handle on an open file.
pub(in crate::mapping) fn handle(file: &File) -> Handle<'_> {
    file.as_fd()
}

/// The present size in bytes of a regular file; `None` for anything else. See `fstat(2)`.
pub(in crate::mapping) fn size(file: Handle<'_>) -> Option<u64> {
    let stat = rustix::fs::fstat(file).ok()?;
    FileType::from_raw_mode(stat.st_mode)
        .is_file()
        .then(|| u64::try_from(stat.st_size).ok())?
}

/// Whether the file system has next to no block left for us: the last few may be held for what it writes
/// about its own blocks. See `fstatvfs(3)`.
pub(in crate::mapping) fn is_full(file: Handle<'_>) -> bool {
    const FEW: u64 = 16;
    rustix::fs::fstatvfs(file).is_ok_and(|stat| stat.f_blocks > 0 && stat.f_bavail < FEW)
}

/// Reads the byte at `offset` without the mapping. See `pread(2)`.
pub(in crate::mapping) fn try_read(file: Handle<'_>, offset: u64) -> Trial {
    let mut byte = [MaybeUninit::uninit()];
    verdict(rustix::io::pread(file, &mut byte, offset).map(|_| ()))
}

/// Reserves the block of the byte at `offset`, within the file's size, as writing there would. See
/// `fallocate(2)`.
#[cfg(target_os = "linux")]
pub(in crate::mapping) fn try_reserve(file: Handle<'_>, offset: u64) -> Trial {
    verdict(rustix::fs::fallocate(
        file,
        rustix::fs::FallocateFlags::KEEP_SIZE,
        offset,
        1,
    ))
}

/// There is no call that reserves within a file here.
#[cfg(not(target_os = "linux"))]
pub(in crate::mapping) fn try_reserve(_file: Handle<'_>, _offset: u64) -> Trial {
    Trial::NotPossible
}

fn verdict(outcome: rustix::io::Result<()>) -> Trial {
    match outcome {
        Ok(()) => Trial::Works,
        Err(errno @ (Errno::NOSPC | Errno::DQUOT)) => Trial::NoSpace(errno.into()),
        Err(
            Errno::BADF
            | Errno::INVAL
            | Errno::OPNOTSUPP
            | Errno::NODEV
            | Errno::SPIPE
            | Errno::PERM
            | Errno::INTR
            | Errno::NOSYS
            | Errno::TXTBSY
            | Errno::FBIG,
        ) => Trial::NotPossible,
        Err(errno) => Trial::Fails(errno.into()),
    }
}
