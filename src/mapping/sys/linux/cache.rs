//! The page cache of a file: reading ahead, writing back, dropping; and what holds a file's pages.

#![allow(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::num::NonZeroU64;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};

use rustix::fs::{Advice, fadvise, fstatfs, major, minor};
use rustix::io::retry_on_intr;

use crate::mapping::types::{ByteLength, SourceRange};

/// Starts reading a range into the page cache (`posix_fadvise(2)`, POSIX_FADV_WILLNEED). One call reads no
/// more than [`read_ahead`].
pub(in crate::mapping) fn will_need(file: &File, range: SourceRange) -> io::Result<()> {
    advise(file, range, Advice::WillNeed)
}

/// Reads a file into nothing: its pages come into the page cache and go nowhere, not even through memory of
/// this process.
#[derive(Debug)]
pub(in crate::mapping) struct Drain(File);

impl Drain {
    /// One that takes all there is.
    pub(in crate::mapping) fn open() -> io::Result<Self> {
        File::options().write(true).open("/dev/null").map(Self)
    }

    /// Reads a range, and waits until all of it was there (`sendfile(2)`). The error is that of the first page
    /// that cannot be read, or [`io::ErrorKind::UnexpectedEof`] where the file ends before the range.
    pub(in crate::mapping) fn pull(&self, file: &File, range: SourceRange) -> io::Result<()> {
        /// What one call moves at most.
        const MOST: u64 = 1 << 30;
        let mut at = range.offset().0;
        while at < range.end().0 {
            let length = range.end().0.saturating_sub(at).min(MOST);
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            match rustix::fs::sendfile(&self.0, file, Some(&mut at), length) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

/// Drops the clean pages of a range that nobody maps, and starts writing the dirty ones (`posix_fadvise(2)`,
/// POSIX_FADV_DONTNEED). That it returns says nothing of what it did.
pub(in crate::mapping) fn drop_cached(file: &File, range: SourceRange) -> io::Result<()> {
    let facts = file.metadata()?;
    if facts.is_file() && range.end().0 >= facts.len() {
        // A folio is dropped whole or not at all, and one of a file that was cut goes on behind its new end.
        return Ok(fadvise(file, range.offset().0, None, Advice::DontNeed)?);
    }
    advise(file, range, Advice::DontNeed)
}

fn advise(file: &File, range: SourceRange, advice: Advice) -> io::Result<()> {
    // To the call a length of 0 means "up to the end".
    let Some(length) = NonZeroU64::new(range.length().0) else {
        return Ok(());
    };
    Ok(fadvise(file, range.offset().0, Some(length), advice)?)
}

/// Starts writing the dirty pages of a range to the storage (`sync_file_range(2)`).
pub(in crate::mapping) fn start_writeback(file: &File, range: SourceRange) -> io::Result<()> {
    sync_file_range(file, range, libc::SYNC_FILE_RANGE_WRITE)
}

/// Writes the dirty pages of a range to the storage, and waits until they are there. What the file system
/// needs to find them again may still be in memory.
pub(in crate::mapping) fn write_back(file: &File, range: SourceRange) -> io::Result<()> {
    let all = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    sync_file_range(file, range, all)
}

fn sync_file_range(file: &File, range: SourceRange, flags: libc::c_uint) -> io::Result<()> {
    let overflow = |_| io::Error::from_raw_os_error(libc::EOVERFLOW);
    let offset = libc::off64_t::try_from(range.offset().0).map_err(overflow)?;
    let length = libc::off64_t::try_from(range.length().0).map_err(overflow)?;
    if length == 0 {
        return Ok(());
    }
    loop {
        // SAFETY: the descriptor is open for as long as `file` is borrowed; the call touches no memory of
        // this process.
        let answer = unsafe { libc::sync_file_range(file.as_raw_fd(), offset, length, flags) };
        match super::super::check(answer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

pub(super) const TMPFS: u32 = 0x0102_1994;
const RAMFS: u32 = 0x8584_58f6;
const HUGETLBFS: u32 = 0x9584_58f6;

/// Whether the file's pages live in memory alone, so that there is nothing to flush them to: tmpfs, ramfs,
/// hugetlbfs. A block device has a disk behind it, though its node stands on such a file system.
pub(in crate::mapping) fn is_memory_backed(file: &File) -> bool {
    matches!(file_system_type(file), Some(TMPFS | RAMFS | HUGETLBFS))
}

/// Whether blocks of the file have to be found in free memory: tmpfs, ramfs. Huge pages come out of a pool that was
/// taken from memory before.
pub(in crate::mapping) fn takes_memory(file: &File) -> bool {
    matches!(file_system_type(file), Some(TMPFS | RAMFS))
}

/// The type of the file system that the contents of a file are on; none for a device.
pub(super) fn file_system_type(file: &File) -> Option<u32> {
    let facts = file.metadata().ok()?;
    // The type is 32 bits wide in a field whose width and sign depend on the architecture.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "32 bits"
    )]
    let kind = retry_on_intr(|| fstatfs(file)).ok()?.f_type as u32;
    (!facts.file_type().is_block_device()).then_some(kind)
}

/// Whether a block device is in use by the system, as by a mounted file system (`open(2)`, O_EXCL) or behind a loop
/// device: the pages of one that is not leave memory when the last one closes it. `None` where it cannot be found out.
pub(in crate::mapping) fn is_claimed(device: &File) -> Option<bool> {
    let again = format!("/proc/self/fd/{}", device.as_raw_fd());
    let opened = File::options()
        .read(true)
        .custom_flags(libc::O_EXCL)
        .open(again);
    match opened {
        Ok(_) => is_behind_loop(device),
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Some(true),
        Err(_) => None,
    }
}

/// Whether a loop device (`loop(4)`) shows this block device; `None` where that is not shown.
fn is_behind_loop(device: &File) -> Option<bool> {
    let device = device.metadata().ok()?.rdev();
    let shows = |entry: fs::DirEntry| {
        let path = fs::read_to_string(entry.path().join("loop/backing_file")).ok()?;
        let behind = fs::metadata(path.trim_end_matches('\n')).ok()?;
        Some(behind.rdev() == device)
    };
    let entries = fs::read_dir("/sys/block").ok()?;
    Some(entries.flatten().filter_map(shows).any(|shows| shows))
}

/// The most that one call of [`will_need`] reads of this file: the read-ahead of its device
/// (`/sys/class/bdi`).
pub(in crate::mapping) fn read_ahead(file: &File) -> Option<ByteLength> {
    let metadata = file.metadata().ok()?;
    let device = match metadata.file_type().is_block_device() {
        true => metadata.rdev(),
        false => metadata.dev(),
    };
    let (major, minor) = (major(device), minor(device));
    // A partition has no entry of its own under bdi; it is found in its disk's directory.
    let places = [
        format!("/sys/class/bdi/{major}:{minor}/read_ahead_kb"),
        format!("/sys/dev/block/{major}:{minor}/queue/read_ahead_kb"),
        format!("/sys/dev/block/{major}:{minor}/../queue/read_ahead_kb"),
    ];
    let text = places
        .iter()
        .find_map(|place| fs::read_to_string(place).ok())?;
    let kilobytes: u64 = text.trim().parse().ok()?;
    kilobytes.checked_mul(1024).map(ByteLength)
}

/// Whether the system has swap space (`sysinfo(2)`).
pub(in crate::mapping) fn has_swap() -> bool {
    rustix::system::sysinfo().totalswap > 0
}

/// Memory that the kernel has retired because it is broken, in the whole system (`/proc/meminfo`,
/// HardwareCorrupted).
pub(in crate::mapping) fn corrupted_memory() -> Option<ByteLength> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("HardwareCorrupted:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kilobytes.checked_mul(1024).map(ByteLength)
}

/// Whether the kernel looks for pages to merge (`/sys/kernel/mm/ksm/run`).
pub(in crate::mapping) fn merges_pages() -> Option<bool> {
    let text = fs::read_to_string("/sys/kernel/mm/ksm/run").ok()?;
    Some(text.trim() == "1")
}
