//! What only macOS answers to.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;

use libc::c_int;
use rustix::fs::RenameFlags;

use crate::mapping::types::{Advice, FlushLevel, MapFlag, Platform, SourceRange, Visibility};

/// The system this is.
pub(in crate::mapping) const PLATFORM: Platform = Platform::MacOs;

/// Whether what a file is yet to be extended by can be mapped already: shared memory cannot be mapped before it
/// has its size.
pub(in crate::mapping) const MAPS_BEYOND_END: bool = false;

/// Whether a flush of a mapping is waited for down to the storage, and not only to the drive's cache.
pub(in crate::mapping) const MSYNC_REACHES_STORAGE: bool = false;

/// Flushes the contents of a file down to the storage (`fcntl(2)`, F_FULLFSYNC), and where its file system
/// cannot, to the drive (`fsync(2)`).
pub(super) fn sync_contents(file: &File) -> io::Result<FlushLevel> {
    // SAFETY: the descriptor is open for as long as `file` is borrowed; no memory is handed over.
    let full = super::check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_FULLFSYNC) });
    match full {
        Err(error) if is_no_such_command(&error) => {
            rustix::fs::fsync(file)?;
            Ok(FlushLevel::Drive)
        }
        other => other.map(|()| FlushLevel::Storage),
    }
}

/// What file systems that do not know a command of `fcntl(2)` answer: those behind a network, for the most part;
/// and those without anything to flush, because nobody may write to them.
fn is_no_such_command(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::ENOTSUP
                | libc::EOPNOTSUPP
                | libc::ENOTTY
                | libc::EINVAL
                | libc::ENODEV
                | libc::EROFS
        )
    )
}

/// Shared memory has permission bits and no type.
pub(super) fn is_tag_without_type(metadata: &Metadata) -> bool {
    metadata.mode() & u32::from(libc::S_IFMT) == 0
}

/// Whether the contents live in memory alone: shared memory, which has no file behind it.
pub(in crate::mapping) fn is_memory_backed(file: &File) -> bool {
    file.metadata()
        .is_ok_and(|metadata| is_tag_without_type(&metadata))
}

/// The outcome of a command of `fcntl(2)` that is for files: of shared memory, which is open and has none, the
/// kernel says that the descriptor is a bad one.
fn check_file_command(answer: c_int) -> io::Result<()> {
    match super::check(answer) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Err(super::unsupported()),
        other => other,
    }
}

/// There is no flag of `open(2)` that bypasses the cache; `fcntl(2)` with F_NOCACHE comes closest, and says
/// nothing about mappings.
pub(super) const O_DIRECT: u32 = 0;

/// The most bytes a tag may have: `PSHMNAMLEN` of the kernel, without the slash before it.
pub(in crate::mapping) const TAG_LIMIT: usize = 30;

/// Gives a file of the directory another name, which nothing may have (`renameatx_np(2)`).
pub(in crate::mapping) fn rename_new(
    directory: BorrowedFd<'_>,
    from: &OsStr,
    to: &OsStr,
) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
}

/// Lets two names of the directory change what they refer to (`renameatx_np(2)`).
pub(in crate::mapping) fn exchange_names(
    directory: BorrowedFd<'_>,
    one: &OsStr,
    other: &OsStr,
) -> rustix::io::Result<()> {
    rustix::fs::renameat_with(directory, one, directory, other, RenameFlags::EXCHANGE)
}

/// Blocks are reserved with the size.
pub(in crate::mapping) use self::reserve as reserve_beyond_end;

/// Reserves the blocks by which a range exceeds the file, and extends the file to its end (`fcntl(2)`,
/// F_PREALLOCATE). Holes inside the file cannot be reserved.
pub(in crate::mapping) fn reserve(file: &File, range: SourceRange) -> io::Result<()> {
    let size = file.metadata()?.len();
    let end = range.end().0;
    if range.offset().0 < size {
        return Err(super::unsupported());
    }
    let overflow = |_| io::Error::from_raw_os_error(libc::EFBIG);
    let mut wanted = libc::fstore_t {
        fst_flags: libc::F_ALLOCATEALL,
        fst_posmode: libc::F_PEOFPOSMODE,
        fst_offset: 0,
        fst_length: libc::off_t::try_from(end.saturating_sub(size)).map_err(overflow)?,
        fst_bytesalloc: 0,
    };
    // SAFETY: the command takes a pointer to this structure, which outlives the call.
    check_file_command(unsafe {
        libc::fcntl(file.as_raw_fd(), libc::F_PREALLOCATE, &raw mut wanted)
    })?;
    file.set_len(end)
}

/// There is no flag that refuses an occupied address: it goes as a hint, and the answer is compared.
pub(super) fn no_replace_bits(_visibility: Visibility) -> c_int {
    0
}

/// The bit of a mapping flag, and `None` for one that this system lacks. Flags whose work is done by
/// calls after the mapping is made have no bits here.
pub(super) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::FixedNoreplace => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Noreserve => libc::MAP_NORESERVE,
        _ => return None,
    })
}

/// The kernel's number of an advice (`madvise(2)`).
pub(super) fn advice_number(advice: Advice) -> Option<c_int> {
    // MADV_PAGEOUT stands in sys/mman.h too, and is for kernels that were built to be debugged.
    super::common_advice_number(advice)
}

/// Whether mincore tells this process the truth about a file.
pub(in crate::mapping) fn may_ask_mincore(file: &File) -> bool {
    super::owns_or_writes(file)
}

/// Starts reading a range into memory (`fcntl(2)`, F_RDADVISE).
pub(in crate::mapping) fn will_need(file: &File, range: SourceRange) -> io::Result<()> {
    let overflow = |_| io::Error::from_raw_os_error(libc::EOVERFLOW);
    let wanted = libc::radvisory {
        ra_offset: libc::off_t::try_from(range.offset().0).map_err(overflow)?,
        // It is a hint, and as much of it as can be said is given.
        ra_count: c_int::try_from(range.length().0).unwrap_or(c_int::MAX),
    };
    // SAFETY: the command takes a pointer to this structure, which outlives the call.
    check_file_command(unsafe {
        libc::fcntl(file.as_raw_fd(), libc::F_RDADVISE, &raw const wanted)
    })
}

/// Drops the clean pages of a range (`msync(2)`, MS_INVALIDATE).
pub(in crate::mapping) fn drop_cached(file: &File, range: SourceRange) -> io::Result<()> {
    let overflow = |_| io::Error::from_raw_os_error(libc::EOVERFLOW);
    let length = usize::try_from(range.length().0).map_err(overflow)?;
    if length == 0 {
        return Ok(());
    }
    let map = memmap2::MmapOptions::new()
        .offset(range.offset().0)
        .len(length)
        .map_raw_read_only(file)?;
    super::msync(map.as_mut_ptr(), length, true, true)
}
