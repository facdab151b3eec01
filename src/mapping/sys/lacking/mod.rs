//! The answers of a system that has nothing to ask.
//!
//! A platform's module names those that are true of it. Which platform lacks what is told to the user by
//! the table in `platform`; these answers agree with it.

#![allow(
    clippy::unnecessary_wraps,
    dead_code,
    reason = "shaped like the calls of the systems that have them"
)]

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Empty};
use std::ops::Range;
use std::path::Path;
use std::ptr::NonNull;

use super::OpenFile;
use crate::mapping::sys::OpenHow;
use crate::mapping::types::{
    AddressRange, Advice, ByteLength, Capability, CountRefusal, Counts, HugePool, Identity, Marks,
    PageSize, Process, SourceRange, TagFacts, TagSpace,
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

/// Page tables cannot be asked as a whole.
pub(in crate::mapping) fn present_pages(
    _memory: AddressRange,
    _visit: impl FnMut(AddressRange),
) -> Result<(), CountRefusal> {
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
pub(in crate::mapping) fn settle_page_lists() {}

/// Files are made under their names.
#[derive(Debug)]
pub(in crate::mapping) struct Place(Infallible);

impl Place {
    pub(in crate::mapping) fn of(_path: &Path, _follow: bool) -> io::Result<Option<Self>> {
        Ok(None)
    }

    pub(in crate::mapping) fn name(&self) -> &OsStr {
        match self.0 {}
    }

    pub(in crate::mapping) fn check_free(&self) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn identity(&self, _name: &OsStr) -> io::Result<Option<Identity>> {
        match self.0 {}
    }

    pub(in crate::mapping) fn make(
        &self,
        _how: &OpenHow,
        _mode: u32,
    ) -> io::Result<(OpenFile, Option<OsString>)> {
        match self.0 {}
    }

    pub(in crate::mapping) fn name_new(
        &self,
        _file: &OpenFile,
        _stand_in: Option<&OsStr>,
    ) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn name_stand_in(&self, _file: &OpenFile) -> io::Result<OsString> {
        match self.0 {}
    }

    pub(in crate::mapping) fn exchange(&self, _stand_in: &OsStr) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn remove(&self, _name: &OsStr) -> io::Result<()> {
        match self.0 {}
    }

    pub(in crate::mapping) fn open(&self, _how: &OpenHow) -> io::Result<OpenFile> {
        match self.0 {}
    }
}

/// The names of shared memory regions are in no directory.
pub(in crate::mapping) fn place_of_tag(_tag: &OsStr) -> io::Result<Option<super::Place>> {
    Ok(None)
}

/// No file takes the place of another.
pub(in crate::mapping) fn is_replaceable(_file: &OpenFile) -> io::Result<bool> {
    Ok(false)
}

/// No file takes the place of another.
pub(in crate::mapping) fn take_over(_from: &OpenFile, _to: &OpenFile) -> io::Result<bool> {
    Ok(false)
}

/// Nothing is known of file systems that take memory.
pub(in crate::mapping) fn takes_memory(_file: &OpenFile) -> bool {
    false
}

/// Nobody says how much memory can be taken.
pub(in crate::mapping) fn available_memory(_swap: bool) -> Option<super::MemoryRoom> {
    None
}

/// No file system passes the pages of another one on.
pub(in crate::mapping) fn is_stacked(_file: &OpenFile) -> bool {
    false
}

/// The type of a file system is not asked for.
pub(in crate::mapping) fn file_system(_file: &OpenFile) -> Option<String> {
    None
}

/// No handle stands for a path alone.
pub(in crate::mapping) fn is_path_only(_file: &OpenFile) -> bool {
    false
}

/// No device is told to be read-only before it is written to.
pub(in crate::mapping) fn is_read_only_device(_file: &OpenFile) -> bool {
    false
}

/// No process's memory map is told as text.
pub(in crate::mapping) fn open_memory_map(_process: Process, _detailed: bool) -> io::Result<Empty> {
    Err(super::unsupported())
}

/// Nothing stands against asking; the answers say that they are not to be had.
pub(in crate::mapping) fn shows_processes() -> bool {
    true
}

/// Processes are not listed with what they map.
pub(in crate::mapping) fn are_all_processes(_pids: &[u32]) -> bool {
    false
}

/// Processes are not listed with what they map.
pub(in crate::mapping) fn process_ids() -> io::Result<Vec<u32>> {
    Err(super::unsupported())
}

/// Processes are not listed with what they map.
pub(in crate::mapping) fn command_name(_pid: u32) -> io::Result<Vec<u8>> {
    Err(super::unsupported())
}

/// Processes are not listed with what they map.
pub(in crate::mapping) fn is_gone(_error: &io::Error) -> bool {
    false
}

/// A mapping does not tell which file it is of.
pub(in crate::mapping) fn with_one_page_mapped<T>(
    _file: &OpenFile,
    _page: PageSize,
    _look: impl FnOnce(u64) -> T,
) -> Result<T, CountRefusal> {
    Err(CountRefusal::NoSuchCall)
}

/// A mapping keeps the length it was made with.
pub(in crate::mapping) fn remap(
    _base: NonNull<u8>,
    _old: usize,
    _new: usize,
) -> io::Result<NonNull<u8>> {
    Err(super::unsupported())
}

/// The kernel does not show what is mapped where.
pub(in crate::mapping) fn count_views(_base: usize, _length: usize, _times: usize) -> Option<u64> {
    None
}

/// The kernel does not tell how many mappings a process may have.
pub(in crate::mapping) fn mapping_limit() -> Option<u64> {
    None
}

/// Nothing is copied between files inside the kernel.
pub(in crate::mapping) fn copy_range(
    _from: &OpenFile,
    _at: u64,
    _to: &File,
    _to_at: u64,
    _length: u64,
) -> io::Result<u64> {
    Err(super::unsupported())
}

/// Shared memory has no list.
pub(in crate::mapping) fn tag_names() -> io::Result<Vec<OsString>> {
    Err(super::unsupported())
}

/// Shared memory has no list.
pub(in crate::mapping) fn tag_facts(_name: &OsStr) -> io::Result<Option<TagFacts>> {
    Err(super::unsupported())
}

/// No memory map shows any device.
pub(in crate::mapping) fn maps_show_device_of_tags() -> bool {
    true
}

/// Shared memory has no file system.
pub(in crate::mapping) fn tag_space() -> io::Result<TagSpace> {
    Err(super::unsupported())
}

/// Bytes pass through the process.
pub(in crate::mapping) fn send_file(
    _from: &OpenFile,
    _at: u64,
    _to: &File,
    _length: u64,
) -> io::Result<u64> {
    Err(super::unsupported())
}

/// Pipes have the size they have.
pub(in crate::mapping) fn widen_pipe(_file: &OpenFile) -> bool {
    false
}

/// Memory that a pipe takes over, which none does.
#[derive(Debug)]
pub(in crate::mapping) enum PipeMemory {}

impl PipeMemory {
    pub(in crate::mapping) fn size(_file: &File) -> Option<usize> {
        None
    }

    pub(in crate::mapping) fn new(_size: usize) -> io::Result<Self> {
        Err(super::unsupported())
    }

    pub(in crate::mapping) fn room(&mut self) -> &mut [u8] {
        match *self {}
    }

    pub(in crate::mapping) fn bytes(&self) -> &[u8] {
        match *self {}
    }

    pub(in crate::mapping) fn send(
        &mut self,
        _pipe: &File,
        _bytes: Range<usize>,
    ) -> io::Result<usize> {
        match *self {}
    }
}

/// Users have no numbers.
pub(in crate::mapping) fn user_name(_uid: u32) -> Option<String> {
    None
}

/// There are no pools of huge pages.
pub(in crate::mapping) fn huge_pools() -> io::Result<Vec<HugePool>> {
    Ok(Vec::new())
}

/// The kernel does not make huge pages of ordinary ones, or does not tell of which size.
pub(in crate::mapping) fn transparent_huge_page() -> io::Result<Option<ByteLength>> {
    Ok(None)
}

/// There are no capabilities in the sense of Linux.
pub(in crate::mapping) fn holds(_capability: Capability) -> Option<bool> {
    None
}

/// Writing is not started without waiting for it: a flush that does not wait does nothing more.
pub(in crate::mapping) fn start_writeback(_file: &OpenFile, _range: SourceRange) -> io::Result<()> {
    Ok(())
}

/// Who has a device open is not told.
pub(in crate::mapping) fn is_claimed(_device: &OpenFile) -> Option<bool> {
    None
}

/// What other processes have open is not told.
pub(in crate::mapping) fn has_device_open(_pid: u32, _device: &OpenFile) -> io::Result<bool> {
    Err(super::unsupported())
}

/// How far the device reads ahead is not told.
pub(in crate::mapping) fn read_ahead(_file: &OpenFile) -> Option<ByteLength> {
    None
}

/// Whether there is swap space is not told; there may be some.
pub(in crate::mapping) fn has_swap() -> bool {
    true
}

/// Broken memory is not counted.
pub(in crate::mapping) fn corrupted_memory() -> Option<ByteLength> {
    None
}

/// Equal pages are not merged on advice.
pub(in crate::mapping) fn merges_pages() -> Option<bool> {
    None
}

/// A file cannot be read into nothing.
#[derive(Debug)]
pub(in crate::mapping) struct Drain;

impl Drain {
    /// There is no such call.
    pub(in crate::mapping) fn open() -> io::Result<Self> {
        Err(super::unsupported())
    }

    /// There is no such call.
    pub(in crate::mapping) fn pull(&self, _file: &OpenFile, _range: SourceRange) -> io::Result<()> {
        Err(super::unsupported())
    }
}

/// Another process's memory cannot be advised.
#[derive(Debug)]
pub(in crate::mapping) struct ProcessHandle;

impl ProcessHandle {
    /// There is no such handle.
    pub(in crate::mapping) fn open(_pid: u32) -> io::Result<Self> {
        Err(super::unsupported())
    }

    /// There is no such call.
    pub(in crate::mapping) fn advise(
        &self,
        _memory: AddressRange,
        _advice: Advice,
    ) -> io::Result<u64> {
        Err(super::unsupported())
    }
}

/// A file of this process cannot be opened once more.
pub(in crate::mapping) fn open_again(_file: &OpenFile) -> io::Result<OpenFile> {
    Err(super::unsupported())
}

/// The files that other processes map cannot be opened.
pub(in crate::mapping) fn open_mapped_file(
    _pid: u32,
    _mapping: AddressRange,
) -> io::Result<OpenFile> {
    Err(super::unsupported())
}
