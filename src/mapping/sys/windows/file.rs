//! Opening files, what their handles allow, and their contents.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::os::windows::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::os::windows::io::{AsRawHandle, BorrowedHandle, RawHandle};
use std::path::Path;

use windows_sys::Wdk::Foundation::NtQueryObject;
use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_CANT_ACCESS_FILE, ERROR_DIRECTORY_NOT_SUPPORTED, ERROR_HANDLE_EOF,
    ERROR_INVALID_HANDLE, GENERIC_EXECUTE, GENERIC_READ, GENERIC_WRITE, GetHandleInformation,
    HANDLE, RtlNtStatusToDosError,
};
use windows_sys::Win32::Storage::FileSystem::{
    FILE_ATTRIBUTE_REPARSE_POINT, FILE_EXECUTE, FILE_FLAG_NO_BUFFERING,
    FILE_FLAG_OPEN_REPARSE_POINT, FILE_FLAG_WRITE_THROUGH, FILE_READ_DATA, FILE_WRITE_DATA,
};
use windows_sys::Win32::System::Console::{
    GetStdHandle, STD_ERROR_HANDLE, STD_INPUT_HANDLE, STD_OUTPUT_HANDLE,
};

use super::call::{check, error};
use super::open_file::OpenFile;
use crate::mapping::sys::call::OpenHow;
use crate::mapping::types::{ByteLength, FlushLevel, OpenFlag};

/// Opens a path (`CreateFile`), with the right to execute it if that is granted.
pub(in crate::mapping) fn open(path: &Path, how: &OpenHow) -> io::Result<OpenFile> {
    let mut rights = GENERIC_READ;
    if how.writable {
        rights |= GENERIC_WRITE;
    }
    let denied = |error: &io::Error| is(error, ERROR_ACCESS_DENIED);
    let outcome = match open_with(path, how, rights | GENERIC_EXECUTE) {
        Err(refusal) if denied(&refusal) => open_with(path, how, rights),
        other => other,
    };
    match outcome {
        // The error for a directory is the same as for a file without permission.
        Err(refusal) if denied(&refusal) && path.is_dir() => {
            Err(error(ERROR_DIRECTORY_NOT_SUPPORTED))
        }
        other => other.map(OpenFile::File),
    }
}

/// Opens a file for reading. A symbolic link is refused unless `follow` is set.
pub(in crate::mapping) fn open_found(path: &Path, follow: bool) -> io::Result<OpenFile> {
    open(path, &OpenHow::to_read(follow))
}

/// Directories cannot be opened.
pub(in crate::mapping) fn flush_directory(_directory: &OpenFile) -> io::Result<()> {
    Ok(())
}

/// No file system is known to show only the state of the kernel.
pub(in crate::mapping) fn shows_kernel_state(_directory: &Path) -> bool {
    false
}

fn open_with(path: &Path, how: &OpenHow, rights: u32) -> io::Result<File> {
    let mut flags = 0;
    for (flag, bit) in [
        (OpenFlag::Direct, FILE_FLAG_NO_BUFFERING),
        (OpenFlag::Sync, FILE_FLAG_WRITE_THROUGH),
        (OpenFlag::Dsync, FILE_FLAG_WRITE_THROUGH),
        (OpenFlag::Nofollow, FILE_FLAG_OPEN_REPARSE_POINT),
    ] {
        if how.flags.has(flag) {
            flags |= bit;
        }
    }
    let file = OpenOptions::new()
        .read(true)
        .write(how.writable)
        .create_new(how.create)
        .access_mode(rights)
        .custom_flags(flags)
        .open(path)?;
    let is_link = || -> io::Result<bool> {
        Ok(file.metadata()?.file_attributes() & FILE_ATTRIBUTE_REPARSE_POINT != 0)
    };
    if how.flags.has(OpenFlag::Nofollow) && is_link()? {
        return Err(error(ERROR_CANT_ACCESS_FILE));
    }
    Ok(file)
}

fn is(error: &io::Error, number: u32) -> bool {
    error.raw_os_error() == Some(number.cast_signed())
}

/// Duplicates an inherited handle: the value of a handle, or 0, 1 or 2 for the standard ones (`DuplicateHandle`).
pub(in crate::mapping) fn duplicate(number: i32) -> io::Result<OpenFile> {
    let handle: HANDLE = match number {
        // SAFETY: only reads a value.
        0 => unsafe { GetStdHandle(STD_INPUT_HANDLE) },
        // SAFETY: only reads a value.
        1 => unsafe { GetStdHandle(STD_OUTPUT_HANDLE) },
        // SAFETY: only reads a value.
        2 => unsafe { GetStdHandle(STD_ERROR_HANDLE) },
        other => match usize::try_from(other) {
            Ok(value) => std::ptr::without_provenance_mut(value),
            Err(_) => return Err(error(ERROR_INVALID_HANDLE)),
        },
    };
    let mut flags = 0;
    // SAFETY: the call looks the value up, and refuses it if it is not a handle.
    check(unsafe { GetHandleInformation(handle, &raw mut flags) })?;
    // SAFETY: it was just seen to be open, and nothing in this program closes handles that it did not open; the borrow
    // ends with the call.
    let theirs = unsafe { BorrowedHandle::borrow_raw(handle) };
    Ok(OpenFile::File(theirs.try_clone_to_owned()?.into()))
}

/// Duplicates the standard input.
pub(in crate::mapping) fn standard_input() -> io::Result<OpenFile> {
    duplicate(0)
}

/// The rights of a handle (`NtQueryObject`, ObjectBasicInformation).
fn rights(handle: RawHandle) -> io::Result<u32> {
    /// `PUBLIC_OBJECT_BASIC_INFORMATION` of `winternl.h`.
    #[derive(Default)]
    #[repr(C)]
    struct BasicInformation {
        attributes: u32,
        granted_access: u32,
        handle_count: u32,
        pointer_count: u32,
        reserved: [u32; 10],
    }
    const OBJECT_BASIC_INFORMATION: i32 = 0;
    let mut found = BasicInformation::default();
    let length = u32::try_from(size_of::<BasicInformation>()).unwrap_or(0);
    // SAFETY: the structure has the requested type and the given length.
    let status = unsafe {
        NtQueryObject(
            handle,
            OBJECT_BASIC_INFORMATION,
            (&raw mut found).cast(),
            length,
            std::ptr::null_mut(),
        )
    };
    match status {
        0 => Ok(found.granted_access),
        // SAFETY: only translates a number.
        status => Err(error(unsafe { RtlNtStatusToDosError(status) })),
    }
}

/// Whether the handle was opened for reading and writing.
pub(in crate::mapping) fn is_writable(file: &OpenFile) -> io::Result<bool> {
    match file {
        OpenFile::File(file) => {
            let both = FILE_READ_DATA | FILE_WRITE_DATA;
            Ok(rights(file.as_raw_handle())? & both == both)
        }
        OpenFile::Section(section) => Ok(section.is_writable()),
    }
}

/// Whether the handle was opened for writing only; it cannot be mapped then.
pub(in crate::mapping) fn is_write_only(file: &OpenFile) -> io::Result<bool> {
    match file {
        OpenFile::File(file) => {
            let both = FILE_READ_DATA | FILE_WRITE_DATA;
            Ok(rights(file.as_raw_handle())? & both == FILE_WRITE_DATA)
        }
        OpenFile::Section(_) => Ok(false),
    }
}

/// Whether mappings of the file may be executed.
pub(super) fn is_executable(file: &File) -> bool {
    rights(file.as_raw_handle()).is_ok_and(|rights| rights & FILE_EXECUTE != 0)
}

/// Closing a file reports nothing.
pub(in crate::mapping) fn try_close(_file: &OpenFile) -> io::Result<()> {
    Ok(())
}

/// Sets the size of a file, or the only size of a tag that does not exist yet.
pub(in crate::mapping) fn set_len(file: &OpenFile, size: ByteLength) -> io::Result<()> {
    match file {
        OpenFile::File(file) => file.set_len(size.0),
        OpenFile::Section(section) => section.set_len(size),
    }
}

/// Reads bytes at an offset; none at the end of the file.
pub(in crate::mapping) fn read_at(file: &OpenFile, into: &mut [u8], at: u64) -> io::Result<usize> {
    match file.as_file()?.seek_read(into, at) {
        Err(error) if is(&error, ERROR_HANDLE_EOF) => Ok(0),
        other => other,
    }
}

/// The file position, which other processes may share.
pub(in crate::mapping) fn position(file: &OpenFile) -> io::Result<u64> {
    let mut file = file.as_file()?;
    file.stream_position()
}

/// Sets the file position.
pub(in crate::mapping) fn set_position(file: &OpenFile, at: u64) -> io::Result<()> {
    let mut file = file.as_file()?;
    file.seek(SeekFrom::Start(at))?;
    Ok(())
}

/// Flushes the contents of a file and the metadata needed to read them (`FlushFileBuffers`, which needs a handle for
/// writing). Returns how far the data was flushed.
pub(in crate::mapping) fn flush_data(file: &OpenFile) -> io::Result<FlushLevel> {
    file.as_file()?.sync_data()?;
    Ok(FlushLevel::Storage)
}
