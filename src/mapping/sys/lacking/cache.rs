//! The page cache, where the system does not show it.

use std::io;

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;
use crate::mapping::types::{
    AddressRange, ByteLength, CountRefusal, Counts, Marks, PageSize, Process, SourceRange,
};

/// There is no call that tells of the page cache.
pub(in crate::mapping) fn cache_stat(
    _file: &OpenFile,
    _range: SourceRange,
    _page: PageSize,
) -> Result<Counts, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// No file system shows the pages of another one's file.
pub(in crate::mapping) fn same_pages(_file: &OpenFile) -> Vec<OpenFile> {
    Vec::new()
}

/// The page tables of other processes cannot be asked.
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

/// No list of pages is known to wait for anything.
pub(in crate::mapping) fn drain_page_lists() {}

/// A mapping does not tell which file it is of.
pub(in crate::mapping) fn with_one_page_mapped<T>(
    _file: &OpenFile,
    _page: PageSize,
    _look: impl FnOnce(u64) -> T,
) -> Result<T, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// How far the device reads ahead is not told.
pub(in crate::mapping) fn read_ahead(_file: &OpenFile) -> Option<ByteLength> {
    None
}

/// Writing is not started without waiting for it: a flush that does not wait does nothing more.
pub(in crate::mapping) fn start_writeback(_file: &OpenFile, _range: SourceRange) -> io::Result<()> {
    Ok(())
}

/// A file cannot be read into nothing.
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
