//! The space of files: free space, allocated space, and holes.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::fs::MetadataExt;
use std::os::windows::io::AsRawHandle;
use std::path::PathBuf;
use std::ptr;

use windows_sys::Win32::Foundation::ERROR_MORE_DATA;
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_COMPRESSED, FILE_ATTRIBUTE_SPARSE_FILE, GetDiskFreeSpaceExW,
    GetFinalPathNameByHandleW, VOLUME_NAME_DOS,
};
use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Ioctl::{
    FILE_ALLOCATED_RANGE_BUFFER, FSCTL_QUERY_ALLOCATED_RANGES,
};

use super::call::{check, wide};
use super::facts::facts;
use super::file::{flush_data, set_len};
use super::open_file::OpenFile;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{ByteLength, SourceKind, SourceRange};

/// The number of bytes that this user may allocate on the volume (`GetDiskFreeSpaceEx`).
pub(in crate::mapping) fn free_space(file: &OpenFile) -> io::Result<ByteLength> {
    let mut directory = path_of(file.as_file()?)?;
    directory.pop();
    let directory = wide(directory.as_os_str());
    let mut free = 0;
    // SAFETY: the name ends in a zero; the number belongs to us.
    check(unsafe {
        GetDiskFreeSpaceExW(
            directory.as_ptr(),
            &raw mut free,
            ptr::null_mut(),
            ptr::null_mut(),
        )
    })?;
    Ok(ByteLength(free))
}

/// The path of an open file, in the form without a length limit.
fn path_of(file: &File) -> io::Result<PathBuf> {
    let mut path = vec![0_u16; 1 << 15];
    let room = u32::try_from(path.len()).unwrap_or(0);
    // SAFETY: the buffer has the given length; the handle is open.
    let length = unsafe {
        GetFinalPathNameByHandleW(
            file.as_raw_handle(),
            path.as_mut_ptr(),
            room,
            VOLUME_NAME_DOS,
        )
    };
    match path.get(..length as usize) {
        Some(path) if length > 0 => Ok(OsString::from_wide(path).into()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Reserves the blocks of a range beyond the end of a file, and extends the file. A file that is neither sparse nor
/// compressed gets its blocks with its size; the holes of others stay.
pub(in crate::mapping) fn reserve(file: &OpenFile, range: SourceRange) -> io::Result<()> {
    let plain = match file {
        OpenFile::File(file) => {
            let attributes = file.metadata()?.file_attributes();
            attributes & (FILE_ATTRIBUTE_SPARSE_FILE | FILE_ATTRIBUTE_COMPRESSED) == 0
        }
        OpenFile::Section(_) => true,
    };
    if !plain {
        return Err(unsupported());
    }
    let end = ByteLength(range.end().0);
    if facts(file, SourceKind::File)?.size < end {
        set_len(file, end)?;
    }
    // Some network file systems claim to be plain.
    match facts(file, SourceKind::File)?.allocated < end {
        true => Err(unsupported()),
        false => Ok(()),
    }
}

/// The offset of the first data at or after an offset; `None` if only a hole follows.
pub(in crate::mapping) fn next_data(file: &OpenFile, at: u64) -> io::Result<Option<u64>> {
    Ok(next_allocated(file, at)?.map(|(start, _)| start.max(at)))
}

/// The offset of the first hole at or after an offset; the end of the file counts as one.
pub(in crate::mapping) fn next_hole(file: &OpenFile, at: u64) -> io::Result<Option<u64>> {
    Ok(match next_allocated(file, at)? {
        Some((start, end)) if start <= at => Some(end),
        _ => Some(at),
    })
}

/// The first allocated range that ends after an offset: its start and its end (`FSCTL_QUERY_ALLOCATED_RANGES`).
fn next_allocated(file: &OpenFile, at: u64) -> io::Result<Option<(u64, u64)>> {
    let file = file.as_file()?;
    let size = file.metadata()?.len();
    let asked = FILE_ALLOCATED_RANGE_BUFFER {
        FileOffset: at.cast_signed(),
        Length: size.saturating_sub(at).cast_signed(),
    };
    let mut found = FILE_ALLOCATED_RANGE_BUFFER::default();
    let length = u32::try_from(size_of::<FILE_ALLOCATED_RANGE_BUFFER>()).unwrap_or(0);
    let mut written = 0;
    // SAFETY: both structures have the types of this request and the given lengths.
    let outcome = check(unsafe {
        DeviceIoControl(
            file.as_raw_handle(),
            FSCTL_QUERY_ALLOCATED_RANGES,
            (&raw const asked).cast(),
            length,
            (&raw mut found).cast(),
            length,
            &raw mut written,
            ptr::null_mut(),
        )
    });
    match outcome {
        // There are more ranges than the one that fits.
        Err(error) if error.raw_os_error() == Some(ERROR_MORE_DATA.cast_signed()) => {}
        other => other?,
    }
    let start = found.FileOffset.cast_unsigned();
    let end = start.saturating_add(found.Length.cast_unsigned());
    Ok((written >= length).then_some((start, end)))
}

/// No call starts reading a file into the cache; only accessing its pages does.
pub(in crate::mapping) fn will_need(_file: &OpenFile, _range: SourceRange) -> io::Result<()> {
    Err(unsupported())
}

/// No call drops pages from the system's cache.
pub(in crate::mapping) fn drop_cached(_file: &OpenFile, _range: SourceRange) -> io::Result<()> {
    Err(unsupported())
}

/// No call writes back a part of a file, so all of it is written.
pub(in crate::mapping) fn write_back(file: &OpenFile, _range: SourceRange) -> io::Result<()> {
    flush_data(file).map(drop)
}
