//! Transfers between files and mapped memory, and locks, which nothing on this system uses.

use std::fs::File;
use std::io;

use super::open_file::OpenFile;
use crate::mapping::sys::error::unsupported;

/// Nothing is read straight into mapped memory.
pub(in crate::mapping) unsafe fn read_to_memory(
    _file: &OpenFile,
    _into: *mut u8,
    _length: usize,
) -> io::Result<usize> {
    Err(unsupported())
}

/// Nothing is written straight from mapped memory.
pub(in crate::mapping) unsafe fn write_from_memory(
    _file: &File,
    _from: *const u8,
    _length: usize,
) -> io::Result<usize> {
    Err(unsupported())
}

/// No transfer fails so.
pub(in crate::mapping) fn is_memory_fault(_error: &io::Error) -> bool {
    false
}

/// Files are not locked.
pub(in crate::mapping) fn try_lock(_file: &OpenFile) -> io::Result<bool> {
    Err(unsupported())
}
