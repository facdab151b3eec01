//! Files, and the file systems and devices that they are on.

use std::fs::File;
use std::io;

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;

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

/// Who has a device open is not told.
pub(in crate::mapping) fn is_claimed(_device: &OpenFile) -> Option<bool> {
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
    Err(unsupported())
}

/// Bytes pass through the process.
pub(in crate::mapping) fn send_file(
    _from: &OpenFile,
    _at: u64,
    _to: &File,
    _length: u64,
) -> io::Result<u64> {
    Err(unsupported())
}

/// A file of this process cannot be opened once more.
pub(in crate::mapping) fn open_again(_file: &OpenFile) -> io::Result<OpenFile> {
    Err(unsupported())
}
