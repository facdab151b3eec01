//! Sections: memory that a file or the paging file stands behind, with or without a name.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::windows::ffi::OsStringExt;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle, RawHandle};
use std::path::PathBuf;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_ALREADY_EXISTS, GetLastError, HANDLE, INVALID_HANDLE_VALUE,
};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_EXECUTE, FILE_MAP_READ, FILE_MAP_WRITE, MapViewOfFile,
    OpenFileMappingW, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_READONLY, PAGE_READWRITE,
    UnmapViewOfFile,
};

use super::file::OpenFile;
use super::memory::region_at;
use crate::mapping::sys::OpenHow;
use crate::mapping::types::{ByteLength, Facts, Identity, PageSize};

/// A section with a name. One that is to be created exists from the moment that it is given a size.
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
    /// Whether it was opened for writing.
    pub(super) fn is_writable(&self) -> bool {
        self.writable
    }

    /// Its handle, null for one that is yet to be made.
    pub(super) fn raw_handle(&self) -> RawHandle {
        self.made
            .get()
            .map_or(ptr::null_mut(), |made| made.handle.as_raw_handle())
    }

    /// Its size, 0 for one that is yet to be made. All of it is allocated.
    pub(super) fn facts(&self) -> Facts {
        let size = self.made.get().map_or(ByteLength::ZERO, |made| made.size);
        Facts {
            size,
            allocated: size,
            identity: Identity {
                device: 0,
                inode: 0,
            },
        }
    }

    /// Makes it, with that size. It cannot be given another one afterwards.
    pub(super) fn set_len(&self, size: ByteLength) -> io::Result<()> {
        if let Some(made) = self.made.get() {
            return match made.size == size {
                true => Ok(()),
                false => Err(super::unsupported()),
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
        // Somebody who made it in the meantime loses nothing: ours was never set.
        let _ = self.made.set(Made { handle, size });
        Ok(())
    }
}

/// Opens or creates a shared memory region (`OpenFileMapping`, `CreateFileMapping`). What is to be created
/// is not there before it has a size.
pub(in crate::mapping) fn tag_open(tag: &OsStr, how: &OpenHow) -> io::Result<OpenFile> {
    let name = super::wide(&full_name(tag));
    let section = Section {
        writable: how.writable,
        made: OnceLock::new(),
        name,
    };
    match open(&section.name, how.writable) {
        Ok(_) if how.create => return Err(super::error(ERROR_ALREADY_EXISTS)),
        Ok(handle) => {
            let size = size_of_section(handle.as_raw_handle())?;
            let _ = section.made.set(Made { handle, size });
        }
        Err(error) if how.create && error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    Ok(OpenFile::Section(section))
}

/// The name of the object: in the session's own namespace unless the tag names one.
fn full_name(tag: &OsStr) -> OsString {
    let text = tag.to_string_lossy();
    let mut name = match tag_rest(&text) == text {
        true => OsString::from("Local\\"),
        false => OsString::new(),
    };
    name.push(tag);
    name
}

/// What others find a tag by: the name of its section.
pub(in crate::mapping) fn path_of_tag(tag: &OsStr) -> Option<PathBuf> {
    Some(full_name(tag).into())
}

/// What others find a section by, where it has a name; an inherited handle has none that is known.
pub(in crate::mapping) fn path_of_descriptor(file: &OpenFile) -> Option<PathBuf> {
    match file {
        OpenFile::File(_) => None,
        OpenFile::Section(section) => {
            let name = section.name.strip_suffix(&[0])?;
            Some(OsString::from_wide(name).into())
        }
    }
}

/// Memory that other programs can open: a section with a name that nobody else thinks of.
pub(in crate::mapping) fn memory_file(huge: Option<PageSize>) -> io::Result<OpenFile> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    if huge.is_some() {
        return Err(super::unsupported());
    }
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let name = format!("Local\\mmapctl.{}.{number}", std::process::id());
    Ok(OpenFile::Section(Section {
        name: super::wide(OsStr::new(&name)),
        writable: true,
        made: OnceLock::new(),
    }))
}

/// The part of a tag in which no separator may stand: what follows the namespace.
pub(in crate::mapping) fn tag_rest(tag: &str) -> &str {
    ["Local\\", "Global\\"]
        .iter()
        .find_map(|prefix| tag.strip_prefix(prefix))
        .unwrap_or(tag)
}

/// A name goes with the last handle, and no call removes it before.
pub(in crate::mapping) fn tag_unlink(_tag: &OsStr) -> io::Result<()> {
    Err(super::unsupported())
}

fn open(name: &[u16], writable: bool) -> io::Result<OwnedHandle> {
    let rights = match writable {
        true => FILE_MAP_READ | FILE_MAP_WRITE,
        false => FILE_MAP_READ,
    };
    // Sections that others made may not be executable.
    open_with(name, rights | FILE_MAP_EXECUTE).or_else(|error| {
        match error.raw_os_error().map(i32::cast_unsigned) {
            Some(ERROR_ACCESS_DENIED) => open_with(name, rights),
            _ => Err(error),
        }
    })
}

fn open_with(name: &[u16], rights: u32) -> io::Result<OwnedHandle> {
    // SAFETY: the name ends in a zero.
    owned(unsafe { OpenFileMappingW(rights, 0, name.as_ptr()) })
}

/// Makes a section of a file, or of the paging file for [`INVALID_HANDLE_VALUE`]; of the file's size where
/// `size` is zero. The name is empty for none; with one that exists, `already exists`.
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
    // SAFETY: the handle is open or stands for none, the name is null or ends in a zero.
    let (handle, outcome) = unsafe {
        let handle = CreateFileMappingW(file, ptr::null(), protection, high, low, name);
        (handle, GetLastError())
    };
    let handle = owned(handle)?;
    match outcome {
        ERROR_ALREADY_EXISTS => Err(super::error(ERROR_ALREADY_EXISTS)),
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

/// The size of a section in whole pages: that of a view of all of it.
fn size_of_section(handle: RawHandle) -> io::Result<ByteLength> {
    // SAFETY: a view at an address of the system's choice, which nobody else knows of and which is never
    // touched, is made, asked about and removed.
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

/// A section of a file for the time of mapping it, executable where the file's handle allows that.
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
