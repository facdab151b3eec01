//! The page cache, for systems that do not show it.

use std::io;

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;
use crate::mapping::types::{
    AddressRange, ByteLength, CountRefusal, Counts, Marks, PageSize, Process, SourceRange,
};

/// No call reports on the page cache.
pub(in crate::mapping) fn cache_stat(
    _file: &OpenFile,
    _range: SourceRange,
    _page: PageSize,
) -> Result<Counts, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// No file system shares the pages of another file system.
pub(in crate::mapping) fn same_pages(_file: &OpenFile) -> Vec<OpenFile> {
    Vec::new()
}

/// The page tables of other processes cannot be read.
pub(in crate::mapping) fn has_file_pages(
    _pid: u32,
    _memory: AddressRange,
) -> Result<bool, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// The marks of pages are not shown.
pub(in crate::mapping) fn used_pages(
    _process: Process,
    _memory: AddressRange,
) -> Result<Marks, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// No lists of pages are known.
pub(in crate::mapping) fn drain_page_lists() {}

/// A mapping does not show its file.
pub(in crate::mapping) fn with_one_page_mapped<T>(
    _file: &OpenFile,
    _page: PageSize,
    _look: impl FnOnce(u64) -> T,
) -> Result<T, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// The read-ahead of a device is unknown.
pub(in crate::mapping) fn read_ahead(_file: &OpenFile) -> Option<ByteLength> {
    None
}

/// No call starts writing without waiting: a flush that does not wait does nothing more.
pub(in crate::mapping) fn start_writeback(_file: &OpenFile, _range: SourceRange) -> io::Result<()> {
    Ok(())
}

/// Only files whose cached pages are counted are dropped as a whole.
pub(in crate::mapping) fn drop_all_cached(_file: &OpenFile) -> io::Result<()> {
    Err(unsupported())
}

/// No call reads a file without storing it.
#[derive(Debug)]
pub(in crate::mapping) struct Drain;

impl Drain {
    /// There is no such call.
    pub(in crate::mapping) fn open() -> io::Result<Self> {
        Err(unsupported())
    }

    /// There is no such call.
    pub(in crate::mapping) fn pull(&self, _file: &OpenFile, _range: SourceRange) -> io::Result<()> {
        Err(unsupported())
    }
}
