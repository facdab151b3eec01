//! Sections: memory backed by a file or the paging file, with or without a name.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, GetLastError, HANDLE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_EXECUTE, FILE_MAP_READ, FILE_MAP_WRITE, MapViewOfFile,
    OpenFileMappingW, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_READONLY, PAGE_READWRITE,
    UnmapViewOfFile,
};

use super::call::error;
use super::region::region_at;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{ByteLength, FileFacts, StatIdentity};

/// A section with a name. A new one exists once it has a size.
#[derive(Debug)]
pub struct Section {
    name: Vec<u16>,
    writable: bool,
    made: OnceLock<Made>,
}

/// A section that exists.
#[derive(Debug)]
struct Made {
    handle: OwnedHandle,
    size: ByteLength,
}

impl Section {
    /// A section that does not exist until it has a size.
    pub(super) fn new(name: Vec<u16>, writable: bool) -> Self {
        Self {
            name,
            writable,
            made: OnceLock::new(),
        }
    }

    /// Opens an existing section.
    pub(super) fn open(name: Vec<u16>, writable: bool) -> io::Result<Self> {
        let handle = open(&name, writable)?;
        let size = size_of_section(handle.as_raw_handle())?;
        Ok(Self {
            name,
            writable,
            made: Made { handle, size }.into(),
        })
    }

    /// Its name, without the final zero.
    pub(super) fn name(&self) -> Option<OsString> {
        Some(OsString::from_wide(self.name.strip_suffix(&[0])?))
    }

    /// Whether it was opened for writing.
    pub(super) fn is_writable(&self) -> bool {
        self.writable
    }

    /// Its handle; null if it does not exist yet.
    pub(super) fn raw_handle(&self) -> RawHandle {
        self.made
            .get()
            .map_or(ptr::null_mut(), |made| made.handle.as_raw_handle())
    }

    /// Its size, 0 if it does not exist yet. All of it is allocated.
    pub(super) fn facts(&self) -> FileFacts {
        let size = self.made.get().map_or(ByteLength::ZERO, |made| made.size);
        FileFacts {
            size,
            allocated: size,
            identity: StatIdentity {
                device: 0,
                inode: 0,
            },
        }
    }

    /// Creates it with that size, which is final.
    pub(super) fn set_len(&self, size: ByteLength) -> io::Result<()> {
        if let Some(made) = self.made.get() {
            return match made.size == size {
                true => Ok(()),
                false => Err(unsupported()),
            };
        }
        if size.is_zero() {
            return Ok(());
        }
        let handle = create(
            INVALID_HANDLE_VALUE,
            PAGE_EXECUTE_READWRITE,
            size,
            &self.name,
        )?;
        // If another thread was first, its section stays.
        let _ = self.made.set(Made { handle, size });
        Ok(())
    }
}

fn open(name: &[u16], writable: bool) -> io::Result<OwnedHandle> {
    let rights = match writable {
        true => FILE_MAP_READ | FILE_MAP_WRITE,
        false => FILE_MAP_READ,
    };
    // Sections of other programs may not be executable.
    open_with(name, rights | FILE_MAP_EXECUTE).or_else(|refusal| {
        match refusal.raw_os_error().map(i32::cast_unsigned) {
            Some(ERROR_ACCESS_DENIED) => open_with(name, rights),
            _ => Err(refusal),
        }
    })
}

fn open_with(name: &[u16], rights: u32) -> io::Result<OwnedHandle> {
    // SAFETY: the name ends in a zero.
    owned(unsafe { OpenFileMappingW(rights, 0, name.as_ptr()) })
}

/// Creates a section of a file, or of the paging file for [`INVALID_HANDLE_VALUE`]; of the file's size if `size` is
/// zero. An empty name means none; an existing name is an error.
fn create(
    file: HANDLE,
    protection: u32,
    size: ByteLength,
    name: &[u16],
) -> io::Result<OwnedHandle> {
    let name = match name {
        [] => ptr::null(),
        name => name.as_ptr(),
    };
    let low = u32::try_from(size.0 & u64::from(u32::MAX)).unwrap_or(0);
    let high = u32::try_from(size.0 >> 32).unwrap_or(0);
    // SAFETY: the handle is open or means none; the name is null or ends in a zero.
    let (handle, outcome) = unsafe {
        let handle = CreateFileMappingW(file, ptr::null(), protection, high, low, name);
        (handle, GetLastError())
    };
    let handle = owned(handle)?;
    match outcome {
        ERROR_ALREADY_EXISTS => Err(error(ERROR_ALREADY_EXISTS)),
        _ => Ok(handle),
    }
}

fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    match handle.is_null() {
        true => Err(io::Error::last_os_error()),
        // SAFETY: a call has just opened it for us.
        false => Ok(unsafe { OwnedHandle::from_raw_handle(handle) }),
    }
}

/// The size of a section in whole pages: the size of a view of all of it.
fn size_of_section(handle: RawHandle) -> io::Result<ByteLength> {
    // SAFETY: a view at an address of the system's choice is made, queried and removed. Nothing else refers to it, and
    // it is never accessed.
    unsafe {
        let view = MapViewOfFile(handle, FILE_MAP_READ, 0, 0, 0);
        if view.Value.is_null() {
            return Err(io::Error::last_os_error());
        }
        let found = region_at(view.Value.cast());
        UnmapViewOfFile(view);
        Ok(ByteLength::of(found?.RegionSize))
    }
}

/// A section for mapping a file, executable if the file's handle allows it.
pub(super) fn of_file(file: &File, writable: bool, executable: bool) -> io::Result<OwnedHandle> {
    let (plain, with_execution) = match writable {
        true => (PAGE_READWRITE, PAGE_EXECUTE_READWRITE),
        false => (PAGE_READONLY, PAGE_EXECUTE_READ),
    };
    let protection = if executable { with_execution } else { plain };
    create(file.as_raw_handle(), protection, ByteLength::ZERO, &[])
}

/// A section of the paging file without a name.
pub(super) fn of_memory(size: ByteLength) -> io::Result<OwnedHandle> {
    create(INVALID_HANDLE_VALUE, PAGE_EXECUTE_READWRITE, size, &[])
}
