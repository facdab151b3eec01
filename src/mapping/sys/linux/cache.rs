//! The page cache of a file: reading into it, writing it back, dropping it.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::{Advice, fadvise, major, minor};

use crate::mapping::sys::unix::error::{check, overflow, retry};
use crate::mapping::sys::unix::fadvise::advise_file;
use crate::mapping::types::{ByteLength, SourceRange};

/// Reads a file and discards the bytes: its pages enter the page cache without passing through this process.
#[derive(Debug)]
pub(in crate::mapping) struct Drain(File);

impl Drain {
    /// Opens `/dev/null`.
    pub(in crate::mapping) fn open() -> io::Result<Self> {
        File::options().write(true).open("/dev/null").map(Self)
    }

    /// Reads a range and waits for completion (`sendfile(2)`). The error is that of the first page that cannot be read,
    /// or [`io::ErrorKind::UnexpectedEof`] if the file ends before the range.
    pub(in crate::mapping) fn pull(&self, file: &File, range: SourceRange) -> io::Result<()> {
        /// The maximum of one call.
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

/// Drops the clean pages of a range that no process maps, and starts writing the dirty ones (`posix_fadvise(2)`,
/// POSIX_FADV_DONTNEED). Success does not mean that any page was dropped.
pub(in crate::mapping) fn drop_cached(file: &File, range: SourceRange) -> io::Result<()> {
    let facts = file.metadata()?;
    if facts.is_file() && range.end().0 >= facts.len() {
        // A folio is dropped as a whole or not at all, and may extend beyond the new end of a truncated file.
        return Ok(fadvise(file, range.offset().0, None, Advice::DontNeed)?);
    }
    advise_file(file, range, Advice::DontNeed)
}

/// The same for a whole file.
pub(in crate::mapping) fn drop_all_cached(file: &File) -> io::Result<()> {
    Ok(fadvise(file, 0, None, Advice::DontNeed)?)
}

/// Starts writing the dirty pages of a range to the storage (`sync_file_range(2)`).
pub(in crate::mapping) fn start_writeback(file: &File, range: SourceRange) -> io::Result<()> {
    sync_file_range(file, range, libc::SYNC_FILE_RANGE_WRITE)
}

/// Writes the dirty pages of a range to the storage and waits for completion. Metadata needed to read them may stay in
/// memory.
pub(in crate::mapping) fn write_back(file: &File, range: SourceRange) -> io::Result<()> {
    let all = libc::SYNC_FILE_RANGE_WAIT_BEFORE
        | libc::SYNC_FILE_RANGE_WRITE
        | libc::SYNC_FILE_RANGE_WAIT_AFTER;
    sync_file_range(file, range, all)
}

fn sync_file_range(file: &File, range: SourceRange, flags: libc::c_uint) -> io::Result<()> {
    let offset = libc::off64_t::try_from(range.offset().0).map_err(overflow)?;
    let length = libc::off64_t::try_from(range.length().0).map_err(overflow)?;
    if length == 0 {
        return Ok(());
    }
    retry(|| {
        // SAFETY: the descriptor is open while `file` is borrowed; the call accesses no memory of this process.
        check(unsafe { libc::sync_file_range(file.as_raw_fd(), offset, length, flags) })
    })
}

/// The maximum that one call of `posix_fadvise(2)` with POSIX_FADV_WILLNEED reads of this file: the read-ahead of its
/// device (`/sys/class/bdi`).
pub(in crate::mapping) fn read_ahead(file: &File) -> Option<ByteLength> {
    let metadata = file.metadata().ok()?;
    let device = match metadata.file_type().is_block_device() {
        true => metadata.rdev(),
        false => metadata.dev(),
    };
    let (major, minor) = (major(device), minor(device));
    // A partition has no entry under bdi; its disk has one.
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
