//! The type, size, blocks, identity and modification time of an open file or a path.

use std::fs::{File, OpenOptions};
use std::io;
use std::mem::MaybeUninit;
use std::os::windows::fs::OpenOptionsExt;
use std::os::windows::io::AsRawHandle;
use std::path::Path;
use std::time::SystemTime;

use windows_sys::Win32::Storage::FileSystem::{
    BY_HANDLE_FILE_INFORMATION, FILE_FLAG_OPEN_REPARSE_POINT, FILE_STANDARD_INFO, FILE_TYPE_CHAR,
    FILE_TYPE_DISK, FILE_TYPE_PIPE, FileStandardInfo, GetFileInformationByHandle,
    GetFileInformationByHandleEx, GetFileType,
};

use super::call::check;
use super::open_file::OpenFile;
use crate::mapping::sys::answer::FileClass;
use crate::mapping::types::{ByteLength, FileFacts, SourceKind, StatIdentity};

/// The type of file behind a handle (`GetFileType`).
pub(in crate::mapping) fn classify(file: &OpenFile) -> io::Result<FileClass> {
    let OpenFile::File(file) = file else {
        return Ok(FileClass::Regular);
    };
    // SAFETY: the handle is open while the file is borrowed.
    Ok(match unsafe { GetFileType(file.as_raw_handle()) } {
        FILE_TYPE_DISK if file.metadata().is_ok_and(|metadata| metadata.is_dir()) => {
            FileClass::Directory
        }
        FILE_TYPE_DISK => FileClass::Regular,
        FILE_TYPE_CHAR => FileClass::Stream("a character device"),
        FILE_TYPE_PIPE => FileClass::Stream("a pipe or a socket"),
        _ => FileClass::Other("a special kernel object"),
    })
}

/// The type of file at a path, if it cannot be mapped.
pub(in crate::mapping) fn unmappable_path(path: &Path) -> Option<&'static str> {
    path.is_dir().then_some("a directory")
}

/// Whether a path lacks the attribute that refuses writing. Its permissions are not asked.
pub(in crate::mapping) fn may_write(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| !metadata.permissions().readonly())
}

fn information(file: &File) -> io::Result<BY_HANDLE_FILE_INFORMATION> {
    let mut found = MaybeUninit::uninit();
    // SAFETY: the call fills the structure in or fails.
    unsafe {
        check(GetFileInformationByHandle(
            file.as_raw_handle(),
            found.as_mut_ptr(),
        ))?;
        Ok(found.assume_init())
    }
}

/// Size and allocated bytes (`GetFileInformationByHandleEx`, FileStandardInfo).
fn standard(file: &File) -> io::Result<FILE_STANDARD_INFO> {
    let mut found = FILE_STANDARD_INFO::default();
    let length = u32::try_from(size_of::<FILE_STANDARD_INFO>()).unwrap_or(0);
    // SAFETY: the structure has the requested type and the given length.
    check(unsafe {
        GetFileInformationByHandleEx(
            file.as_raw_handle(),
            FileStandardInfo,
            (&raw mut found).cast(),
            length,
        )
    })?;
    Ok(found)
}

/// Size, allocated bytes and identity.
pub(in crate::mapping) fn facts(file: &OpenFile, _kind: SourceKind) -> io::Result<FileFacts> {
    let file = match file {
        OpenFile::File(file) => file,
        OpenFile::Section(section) => return Ok(section.facts()),
    };
    // SAFETY: the handle is open while the file is borrowed.
    if unsafe { GetFileType(file.as_raw_handle()) } != FILE_TYPE_DISK {
        return Ok(FileFacts {
            size: ByteLength::ZERO,
            allocated: ByteLength::ZERO,
            identity: identity_of_file(file)?,
        });
    }
    let sizes = standard(file)?;
    Ok(FileFacts {
        size: ByteLength(sizes.EndOfFile.cast_unsigned()),
        allocated: ByteLength(sizes.AllocationSize.cast_unsigned()),
        identity: identity_of_file(file)?,
    })
}

/// The same for a regular file; `None` for anything else.
pub(in crate::mapping) fn facts_of_regular(file: &OpenFile) -> io::Result<Option<FileFacts>> {
    match classify(file)? {
        FileClass::Regular => facts(file, SourceKind::File).map(Some),
        _ => Ok(None),
    }
}

/// When a file was last written; unknown for a tag.
pub(in crate::mapping) fn modified(file: &OpenFile) -> io::Result<Option<SystemTime>> {
    match file {
        OpenFile::File(file) => file.metadata()?.modified().map(Some),
        OpenFile::Section(_) => Ok(None),
    }
}

/// The identity of a file: the serial number of its volume, and its number on the volume. Pipes and devices differ from
/// every file, but not from each other.
fn identity_of_file(file: &File) -> io::Result<StatIdentity> {
    // SAFETY: the handle is open while the file is borrowed.
    if unsafe { GetFileType(file.as_raw_handle()) } != FILE_TYPE_DISK {
        return Ok(StatIdentity {
            device: u64::MAX,
            inode: u64::MAX,
        });
    }
    let found = information(file)?;
    Ok(StatIdentity {
        device: u64::from(found.dwVolumeSerialNumber),
        inode: u64::from(found.nFileIndexHigh) << 32 | u64::from(found.nFileIndexLow),
    })
}

/// The identity of the file at a path; a final link is not followed.
pub(in crate::mapping) fn identity_of_path(path: &Path) -> io::Result<StatIdentity> {
    let file = OpenOptions::new()
        .access_mode(0)
        .custom_flags(FILE_FLAG_OPEN_REPARSE_POINT)
        .open(path)?;
    identity_of_file(&file)
}

/// Whether the contents are in memory only, as those of every tag.
pub(in crate::mapping) fn is_memory_backed(file: &OpenFile) -> bool {
    matches!(file, OpenFile::Section(_))
}
