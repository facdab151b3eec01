//! What only macOS answers to.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use libc::c_int;

use crate::mapping::access::{MapFlag, Visibility};
use crate::mapping::advice::Advice;
use crate::mapping::platform::Platform;
use crate::mapping::range::SourceRange;

/// The system this is.
pub(in crate::mapping) const PLATFORM: Platform = Platform::MacOs;

/// Whether a flush of a mapping is waited for down to the storage, and not only to the drive's cache.
pub(in crate::mapping) const MSYNC_REACHES_STORAGE: bool = false;

/// There is no flag of `open(2)` that bypasses the cache; `fcntl(2)` with F_NOCACHE comes closest, and says
/// nothing about mappings.
pub(super) const O_DIRECT: u32 = 0;

/// The most bytes a tag may have: `PSHMNAMLEN` of the kernel, without the slash before it.
pub(in crate::mapping) const TAG_LIMIT: usize = 30;

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
    super::check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_PREALLOCATE, &raw mut wanted) })?;
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
    match advice {
        Advice::Pageout => {
            /// `MADV_PAGEOUT` of `sys/mman.h`, which libc does not name.
            const MADV_PAGEOUT: c_int = 10;
            Some(MADV_PAGEOUT)
        }
        other => super::common_advice_number(other),
    }
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
        ra_count: c_int::try_from(range.length().0).map_err(overflow)?,
    };
    // SAFETY: the command takes a pointer to this structure, which outlives the call.
    super::check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_RDADVISE, &raw const wanted) })
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
