//! Calls of macOS alone.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use libc::c_int;

use super::bsd::owns_or_writes;
use super::error::unsupported;
use super::unix::error::{check, overflow};
use super::unix::facts::is_tag_without_type;
use super::unix::flush::msync;
use crate::mapping::types::SourceRange;

/// Whether the contents are in memory only: shared memory, which has no file behind it.
pub(in crate::mapping) fn is_memory_backed(file: &File) -> bool {
    file.metadata()
        .is_ok_and(|metadata| is_tag_without_type(&metadata))
}

/// The outcome of an `fcntl(2)` command for files. For shared memory, whose descriptor is open, the kernel reports a
/// bad descriptor.
fn check_file_command(answer: c_int) -> io::Result<()> {
    match check(answer) {
        Err(error) if error.raw_os_error() == Some(libc::EBADF) => Err(unsupported()),
        other => other,
    }
}

/// Reserving blocks sets the size.
pub(in crate::mapping) use self::reserve as reserve_beyond_end;

/// Reserves the blocks of a range beyond the end of a file, and extends the file (`fcntl(2)`, F_PREALLOCATE). Holes
/// inside the file cannot be reserved.
pub(in crate::mapping) fn reserve(file: &File, range: SourceRange) -> io::Result<()> {
    let size = file.metadata()?.len();
    let end = range.end().0;
    if range.offset().0 < size {
        return Err(unsupported());
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

/// Whether mincore gives this process correct information about a file.
pub(in crate::mapping) fn may_ask_mincore(file: &File) -> bool {
    owns_or_writes(file)
}

/// Starts reading a range into memory (`fcntl(2)`, F_RDADVISE).
pub(in crate::mapping) fn will_need(file: &File, range: SourceRange) -> io::Result<()> {
    let wanted = libc::radvisory {
        ra_offset: libc::off_t::try_from(range.offset().0).map_err(overflow)?,
        // It is a hint: a longer range is clipped.
        ra_count: c_int::try_from(range.length().0).unwrap_or(c_int::MAX),
    };
    // SAFETY: the command takes a pointer to this structure, which outlives the call.
    check_file_command(unsafe {
        libc::fcntl(file.as_raw_fd(), libc::F_RDADVISE, &raw const wanted)
    })
}

/// Drops the clean pages of a range (`msync(2)`, MS_INVALIDATE).
pub(in crate::mapping) fn drop_cached(file: &File, range: SourceRange) -> io::Result<()> {
    let length = usize::try_from(range.length().0).map_err(overflow)?;
    if length == 0 {
        return Ok(());
    }
    let map = memmap2::MmapOptions::new()
        .offset(range.offset().0)
        .len(length)
        .map_raw_read_only(file)?;
    msync(map.as_mut_ptr(), length, true, true)
}
