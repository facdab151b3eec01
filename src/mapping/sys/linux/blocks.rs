//! Reserving blocks for files.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use rustix::fs::FallocateFlags;
use rustix::io::{Errno, retry_on_intr};

use crate::mapping::sys::answer::ExtentBytes;
use crate::mapping::sys::unix::error::check;
use crate::mapping::types::{ByteLength, SourceOffset, SourceRange};

/// Reserves the blocks of a range and extends the file to its end (`fallocate(2)`).
///
/// A full file system can refuse a range that already has its blocks: XFS wants free blocks for all of it. Then only
/// the parts without unshared blocks are reserved.
pub(in crate::mapping) fn reserve(file: &File, range: SourceRange) -> io::Result<()> {
    reserve_as(file, FallocateFlags::empty(), range)
}

/// Reserves the blocks of a range without changing the size (`fallocate(2)`, FALLOC_FL_KEEP_SIZE).
pub(in crate::mapping) fn reserve_beyond_end(file: &File, range: SourceRange) -> io::Result<()> {
    reserve_as(file, FallocateFlags::KEEP_SIZE, range)
}

fn reserve_as(file: &File, flags: FallocateFlags, range: SourceRange) -> io::Result<()> {
    match fallocate(file, flags, range) {
        Err(Errno::NOSPC) => reserve_gaps(file, flags, range),
        other => Ok(other?),
    }
}

fn fallocate(file: &File, flags: FallocateFlags, range: SourceRange) -> rustix::io::Result<()> {
    let (offset, length) = (range.offset().0, range.length().0);
    retry_on_intr(|| rustix::fs::fallocate(file, flags, offset, length))
}

fn reserve_gaps(file: &File, flags: FallocateFlags, range: SourceRange) -> io::Result<()> {
    let mut at = range.offset().0;
    while at < range.end().0 {
        let extent = next_extent(file, at, range.end().0).map_err(|_| Errno::NOSPC)?;
        let (start, end) = extent.map_or((range.end().0, range.end().0), |e| (e.start, e.end));
        if let Some(gap) = part(at, start) {
            fallocate(file, flags, gap)?;
        }
        let own = part(start.max(at), end.min(range.end().0));
        if let Some(shared) = own.filter(|_| extent.is_some_and(|extent| extent.shared)) {
            fallocate(file, flags | FallocateFlags::UNSHARE_RANGE, shared)?;
        }
        at = end;
    }
    Ok(())
}

fn part(start: u64, end: u64) -> Option<SourceRange> {
    let length = end.checked_sub(start).filter(|length| *length > 0)?;
    SourceRange::new(SourceOffset(start), ByteLength(length))
}

/// Consecutive blocks of a file.
#[derive(Clone, Copy, Debug)]
struct Extent {
    start: u64,
    end: u64,
    /// Shared with other files: a write needs new blocks.
    shared: bool,
    /// Allocated and never written: it reads as zeros without a look at the storage.
    unwritten: bool,
}

/// `struct fiemap` with room for one extent (`linux/fiemap.h`).
#[repr(C)]
#[derive(Debug, Default)]
struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped: u32,
    count: u32,
    reserved: u32,
    logical: u64,
    physical: u64,
    extent_length: u64,
    extent_reserved: [u64; 2],
    extent_flags: u32,
    extent_reserved_more: [u32; 3],
}

/// The first extent that ends after an offset and starts before another; `None` if only a gap follows.
fn next_extent(file: &File, at: u64, end: u64) -> io::Result<Option<Extent>> {
    /// `struct fiemap` without extents.
    type Head = [u64; 4];
    /// FIEMAP_EXTENT_SHARED.
    const SHARED: u32 = 0x2000;
    /// FIEMAP_EXTENT_UNWRITTEN.
    const UNWRITTEN: u32 = 0x800;
    let mut map = Fiemap {
        start: at,
        length: end.saturating_sub(at),
        count: 1,
        ..Fiemap::default()
    };
    let request = libc::_IOWR::<Head>(u32::from(b'f'), 11);
    // SAFETY: the structure has the layout of the request, with room for the one requested extent, and outlives the
    // call.
    let answer = unsafe { libc::ioctl(file.as_raw_fd(), request, &raw mut map) };
    check(answer)?;
    Ok((map.mapped > 0).then(|| Extent {
        start: map.logical,
        end: map.logical.saturating_add(map.extent_length),
        shared: map.extent_flags & SHARED != 0,
        unwritten: map.extent_flags & UNWRITTEN != 0,
    }))
}

/// The bytes of a range in blocks of the storage (FIEMAP). What is in neither kind of them is in holes.
pub(in crate::mapping) fn extent_bytes(file: &File, range: SourceRange) -> io::Result<ExtentBytes> {
    let (mut at, end) = (range.offset().0, range.end().0);
    let mut bytes = ExtentBytes::default();
    while at < end
        && let Some(extent) = next_extent(file, at, end)?
    {
        let own = part(extent.start.max(at), extent.end.min(end)).unwrap_or_default();
        let sum = match extent.unwritten {
            true => &mut bytes.unwritten,
            false => &mut bytes.written,
        };
        *sum = sum.plus(own.length());
        at = extent.end.max(at.saturating_add(1));
    }
    Ok(bytes)
}
