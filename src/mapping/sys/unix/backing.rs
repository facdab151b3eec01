//! The file behind a mapping, examined after a refused access: the signal gives the address only.

use std::fs::File;
use std::mem::MaybeUninit;

use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::FileType;
use rustix::io::Errno;

use crate::mapping::sys::answer::Trial;

/// The open file behind a mapping.
pub(in crate::mapping) type Handle<'a> = BorrowedFd<'a>;

/// A handle of an open file.
pub(in crate::mapping) fn handle(file: &File) -> Handle<'_> {
    file.as_fd()
}

/// The current size of a regular file in bytes (`fstat(2)`); `None` for anything else.
pub(in crate::mapping) fn size(file: Handle<'_>) -> Option<u64> {
    let stat = rustix::fs::fstat(file).ok()?;
    FileType::from_raw_mode(stat.st_mode)
        .is_file()
        .then(|| u64::try_from(stat.st_size).ok())?
}

/// Whether the file system has almost no free blocks: it may keep the last few for its own records (`fstatvfs(3)`).
pub(in crate::mapping) fn is_full(file: Handle<'_>) -> bool {
    const FEW: u64 = 16;
    rustix::fs::fstatvfs(file).is_ok_and(|stat| stat.f_blocks > 0 && stat.f_bavail < FEW)
}

/// Reads the byte at `offset` without the mapping (`pread(2)`).
pub(in crate::mapping) fn try_read(file: Handle<'_>, offset: u64) -> Trial {
    let mut byte = [MaybeUninit::uninit()];
    verdict(rustix::io::pread(file, &mut byte, offset).map(|_| ()))
}

/// Reserves the block of the byte at `offset`, within the file's size, as writing there would (`fallocate(2)`).
#[cfg(target_os = "linux")]
pub(in crate::mapping) fn try_reserve(file: Handle<'_>, offset: u64) -> Trial {
    verdict(rustix::fs::fallocate(
        file,
        rustix::fs::FallocateFlags::KEEP_SIZE,
        offset,
        1,
    ))
}

/// No call reserves a block within a file.
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
