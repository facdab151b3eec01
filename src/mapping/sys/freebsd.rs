//! What only FreeBSD answers to.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use libc::c_int;
use rustix::io::Errno;

use crate::mapping::types::{Advice, FlushLevel, MapFlag, Platform, SourceRange, Visibility};

/// The system this is.
pub(in crate::mapping) const PLATFORM: Platform = Platform::FreeBsd;

/// Whether what a file is yet to be extended by can be mapped already.
pub(in crate::mapping) const MAPS_BEYOND_END: bool = true;

/// Whether a flush of a mapping is waited for down to the storage: `msync(2)` of a part writes the pages, and
/// leaves what is needed to find them, and the drive's cache, to a flush of the file.
pub(in crate::mapping) const MSYNC_REACHES_STORAGE: bool = false;

/// Flushes the contents of a file (`fdatasync(2)`).
pub(super) fn sync_contents(file: &File) -> io::Result<FlushLevel> {
    file.sync_data().map(|()| FlushLevel::Storage)
}

/// Shared memory says that it is a regular file.
pub(super) fn is_tag_without_type(_metadata: &Metadata) -> bool {
    false
}

/// Whether the contents live in memory alone: shared memory, which is on no file system (`fstatfs(2)`, EINVAL),
/// and files of tmpfs.
pub(in crate::mapping) fn is_memory_backed(file: &File) -> bool {
    match rustix::fs::fstatfs(file) {
        Ok(facts) => is_called(&facts.f_fstypename, b"tmpfs"),
        Err(error) => error == rustix::io::Errno::INVAL,
    }
}

/// `O_DIRECT` of `open(2)`.
pub(super) const O_DIRECT: u32 = rustix::fs::OFlags::DIRECT.bits();

/// The most bytes a tag may have: `MAXPATHLEN` of the kernel, without the slash before it and the NUL byte
/// behind (`shm_open(2)`).
pub(in crate::mapping) const TAG_LIMIT: usize = 1022;

/// Whether the name of a file system is this one, in a field that zeros fill.
fn is_called(field: &[libc::c_char], name: &[u8]) -> bool {
    let found = field.iter().take_while(|&&byte| byte != 0);
    found
        .map(|byte| byte.cast_unsigned())
        .eq(name.iter().copied())
}

/// There is no renaming that refuses to replace.
pub(in crate::mapping) fn rename_new(
    _directory: BorrowedFd<'_>,
    _from: &OsStr,
    _to: &OsStr,
) -> rustix::io::Result<()> {
    Err(Errno::NOSYS)
}

/// There is no renaming of two names at once.
pub(in crate::mapping) fn exchange_names(
    _directory: BorrowedFd<'_>,
    _one: &OsStr,
    _other: &OsStr,
) -> rustix::io::Result<()> {
    Err(Errno::NOSYS)
}

/// Blocks are reserved with the size.
pub(in crate::mapping) use self::reserve as reserve_beyond_end;

/// Reserves the blocks of a range and extends the file to its end (`posix_fallocate(2)`).
pub(in crate::mapping) fn reserve(file: &File, range: SourceRange) -> io::Result<()> {
    let overflow = |_| io::Error::from_raw_os_error(libc::EFBIG);
    let offset = libc::off_t::try_from(range.offset().0).map_err(overflow)?;
    let length = libc::off_t::try_from(range.length().0).map_err(overflow)?;
    loop {
        // SAFETY: the descriptor is open for as long as `file` is borrowed; no memory is handed over.
        match unsafe { libc::posix_fallocate(file.as_raw_fd(), offset, length) } {
            0 => return Ok(()),
            libc::EINTR => {}
            // ZFS and shared memory answer that the arguments are wrong, and they are not.
            libc::EINVAL | libc::ENODEV => return Err(super::unsupported()),
            error => return Err(io::Error::from_raw_os_error(error)),
        }
    }
}

/// Nothing here: the address goes as a hint, and the answer is compared. The kernel has MAP_EXCL, but answers
/// to it in the same words as to a lack of memory.
pub(super) fn no_replace_bits(_visibility: Visibility) -> c_int {
    0
}

/// The bit of a mapping flag, and `None` for one that this system lacks. Flags whose work is done by
/// calls after the mapping is made have no bits here.
pub(super) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::FixedNoreplace => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Stack => libc::MAP_STACK,
        #[cfg(target_pointer_width = "64")]
        MapFlag::Low32 => {
            /// `MAP_32BIT` of `sys/mman.h`, which libc does not name.
            const MAP_32BIT: c_int = 0x0008_0000;
            MAP_32BIT
        }
        _ => return None,
    })
}

/// The kernel's number of an advice (`madvise(2)`).
pub(super) fn advice_number(advice: Advice) -> Option<c_int> {
    match advice {
        Advice::Dontdump => Some(libc::MADV_NOCORE),
        Advice::Dodump => Some(libc::MADV_CORE),
        other => super::common_advice_number(other),
    }
}

/// Whether mincore tells of the page cache, and not only of what this process has mapped already
/// (`mincore(2)`, the sysctl `vm.mincore_mapped`).
pub(in crate::mapping) fn may_ask_mincore(file: &File) -> bool {
    super::owns_or_writes(file) && !tells_of_mapped_pages_only()
}

fn tells_of_mapped_pages_only() -> bool {
    let mut value: c_int = 1;
    let mut length = size_of::<c_int>();
    // SAFETY: the name ends in a NUL byte; the call writes at most `length` bytes, which `value` has.
    let answer = unsafe {
        libc::sysctlbyname(
            c"vm.mincore_mapped".as_ptr(),
            (&raw mut value).cast(),
            &raw mut length,
            std::ptr::null(),
            0,
        )
    };
    answer != 0 || value != 0
}

/// Starts reading a range into memory (`posix_fadvise(2)`, POSIX_FADV_WILLNEED).
pub(in crate::mapping) fn will_need(file: &File, range: SourceRange) -> io::Result<()> {
    advise_file(file, range, rustix::fs::Advice::WillNeed)
}

/// Drops the clean pages of a range that nobody maps (`posix_fadvise(2)`, POSIX_FADV_DONTNEED).
pub(in crate::mapping) fn drop_cached(file: &File, range: SourceRange) -> io::Result<()> {
    advise_file(file, range, rustix::fs::Advice::DontNeed)
}

fn advise_file(file: &File, range: SourceRange, advice: rustix::fs::Advice) -> io::Result<()> {
    let Some(length) = std::num::NonZeroU64::new(range.length().0) else {
        return Ok(());
    };
    Ok(rustix::fs::fadvise(
        file,
        range.offset().0,
        Some(length),
        advice,
    )?)
}
