//! Files, and their file systems and devices.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::mapping::sys::answer::ExtentBytes;
use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::open_file::OpenFile;
use crate::mapping::types::{Mount, SourceRange, StorageDevice};

/// No file can replace another.
pub(in crate::mapping) fn is_replaceable(_file: &OpenFile) -> io::Result<bool> {
    Ok(false)
}

/// No file can replace another.
pub(in crate::mapping) fn take_over(_from: &OpenFile, _to: &OpenFile) -> io::Result<bool> {
    Ok(false)
}

/// Extents that were never written cannot be told from holes.
pub(in crate::mapping) fn extent_bytes(
    _file: &OpenFile,
    _range: SourceRange,
) -> io::Result<ExtentBytes> {
    Err(unsupported())
}

/// Access times are kept by no call.
pub(in crate::mapping) fn keep_access_time(_file: &OpenFile) {}

/// File systems that take memory are unknown.
pub(in crate::mapping) fn takes_memory(_file: &OpenFile) -> bool {
    false
}

/// No file system passes on the pages of another.
pub(in crate::mapping) fn stacking(_file: &OpenFile) -> Option<bool> {
    Some(false)
}

/// The mount of a file is unknown.
pub(in crate::mapping) fn mount_of(_file: &OpenFile) -> Option<Mount> {
    None
}

/// The device of a file is unknown.
pub(in crate::mapping) fn storage_device(_file: &OpenFile) -> Option<StorageDevice> {
    None
}

/// The release of the kernel has no meaning here.
pub(in crate::mapping) fn kernel_release() -> Option<(u32, u32)> {
    None
}

/// Every handle gives access to the contents.
pub(in crate::mapping) fn is_path_only(_file: &OpenFile) -> bool {
    false
}

/// Whether a disk rotates is unknown.
pub(in crate::mapping) fn is_rotating(_path: &Path) -> bool {
    false
}

/// The order of files on the storage is unknown.
pub(in crate::mapping) fn entry_number(_entry: &ignore::DirEntry) -> u64 {
    0
}

/// No call reports a read-only device.
pub(in crate::mapping) fn is_read_only_device(_file: &OpenFile) -> bool {
    false
}

/// No call reports who has a device open.
pub(in crate::mapping) fn is_claimed(_device: &OpenFile) -> Option<bool> {
    None
}

/// The kernel does not copy between files.
pub(in crate::mapping) fn copy_range(
    _from: &OpenFile,
    _at: u64,
    _to: &File,
    _to_at: u64,
    _length: u64,
) -> io::Result<u64> {
    Err(unsupported())
}

/// The kernel does not copy to the standard output.
pub(in crate::mapping) fn send_file(
    _from: &OpenFile,
    _at: u64,
    _to: &File,
    _length: u64,
) -> io::Result<u64> {
    Err(unsupported())
}

/// A file of this process cannot be opened again.
pub(in crate::mapping) fn open_again(_file: &OpenFile) -> io::Result<OpenFile> {
    Err(unsupported())
}

/// Only Linux shows the page cache, with which the storage could be compared.
pub(in crate::mapping) fn open_direct(_file: &OpenFile) -> io::Result<OpenFile> {
    Err(unsupported())
}

/// Reads are not accounted.
pub(in crate::mapping) fn read_from_storage() -> io::Result<u64> {
    Err(unsupported())
}

/// No call tells.
pub(in crate::mapping) fn gives_privileges(_file: &OpenFile) -> io::Result<bool> {
    Err(unsupported())
}
