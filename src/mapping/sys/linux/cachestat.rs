//! `cachestat(2)`: counts the pages of a file in the page cache, in one call for a file of any size.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

use crate::mapping::sys::unix::incore::refusal;
use crate::mapping::types::{CountRefusal, Counts, PageSize, SourceRange};

/// The number of the call on every architecture but MIPS, where it fails with ENOSYS.
const SYS_CACHESTAT: libc::c_long = 451;

/// `struct cachestat_range` of `linux/mman.h`, in bytes.
#[repr(C)]
struct Range {
    offset: u64,
    length: u64,
}

/// `struct cachestat` of `linux/mman.h`, in pages.
#[derive(Default)]
#[repr(C)]
struct CacheStat {
    cache: u64,
    dirty: u64,
    writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// Counts the pages of a non-empty range in the page cache (Linux 6.5 and later). The call does not report which of
/// them are up to date.
pub(in crate::mapping) fn cache_stat(
    file: &File,
    range: SourceRange,
    page: PageSize,
) -> Result<Counts, CountRefusal> {
    let asked = Range {
        offset: range.offset().0,
        length: range.length().0,
    };
    let mut found = CacheStat::default();
    // SAFETY: both structures have the layout that the call expects and outlive it; it reads the first, writes the
    // second, and keeps neither. The descriptor is open while `file` is borrowed.
    let status = unsafe {
        libc::syscall(
            SYS_CACHESTAT,
            file.as_raw_fd(),
            &raw const asked,
            &raw mut found,
            0,
        )
    };
    if status != 0 {
        return Err(refusal(&io::Error::last_os_error()));
    }
    Ok(Counts {
        pages: range.page_count(page).0,
        // Swapped-out pages can still be in memory while they are written or read.
        resident: (found.cache == 0 && found.evicted == 0).then_some(0),
        cached: Some(found.cache),
        dirty: Some(found.dirty),
        writeback: Some(found.writeback),
        evicted: Some(found.evicted),
        recently_evicted: Some(found.recently_evicted),
    })
}
