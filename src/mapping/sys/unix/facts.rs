//! The type, size, blocks, identity and modification time of an open file or a path (`fstat(2)`).

use std::fs::{File, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::time::SystemTime;

use super::device::device_size;
use crate::mapping::sys::answer::FileClass;
use crate::mapping::types::{ByteLength, FileFacts, SourceKind, StatIdentity};

/// The type of file behind a handle (`fstat(2)`).
pub(in crate::mapping) fn classify(file: &File) -> io::Result<FileClass> {
    let metadata = file.metadata()?;
    if is_tag_without_type(&metadata) {
        return Ok(FileClass::Regular);
    }
    Ok(match thing(metadata.file_type()) {
        _ if metadata.is_dir() => FileClass::Directory,
        Some(thing) => FileClass::Stream(thing),
        None if metadata.file_type().is_block_device() => FileClass::BlockDevice,
        None if is_process_file(file) => FileClass::Stream("a file of /proc"),
        None => FileClass::Regular,
    })
}

/// The type of file at a path, if it cannot be mapped (`stat(2)`).
pub(in crate::mapping) fn unmappable_path(path: &Path) -> Option<&'static str> {
    thing(path.metadata().ok()?.file_type())
}

/// Whether this process may open a path for writing (`access(2)`).
pub(in crate::mapping) fn may_write(path: &Path) -> bool {
    rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
}

fn thing(kind: FileType) -> Option<&'static str> {
    if kind.is_file() || kind.is_block_device() {
        None
    } else if kind.is_dir() {
        Some("a directory")
    } else if kind.is_fifo() {
        Some("a pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else if kind.is_char_device() {
        Some("a character device")
    } else {
        Some("a special kernel object")
    }
}

/// Size, allocated bytes and identity (`fstat(2)`; the size of a block device by other calls).
pub(in crate::mapping) fn facts(file: &File, kind: SourceKind) -> io::Result<FileFacts> {
    let metadata = file.metadata()?;
    let size = match kind {
        SourceKind::BlockDevice => device_size(file)?,
        _ => metadata.len(),
    };
    Ok(facts_of(&metadata, size))
}

pub(in crate::mapping::sys) fn facts_of(metadata: &Metadata, size: u64) -> FileFacts {
    FileFacts {
        size: ByteLength(size),
        // st_blocks counts units of 512 bytes, independent of the block size.
        allocated: ByteLength(metadata.blocks().saturating_mul(512)),
        identity: identity(metadata),
    }
}

fn identity(metadata: &Metadata) -> StatIdentity {
    StatIdentity {
        device: metadata.dev(),
        inode: metadata.ino(),
    }
}

/// When a file was last written, if known (`fstat(2)`).
pub(in crate::mapping) fn modified(file: &File) -> io::Result<Option<SystemTime>> {
    file.metadata()?.modified().map(Some)
}

/// The identity of the file at a path; a final symbolic link is not followed (`lstat(2)`).
pub(in crate::mapping) fn identity_of_path(path: &Path) -> io::Result<StatIdentity> {
    Ok(identity(&path.symlink_metadata()?))
}

cfg_select! {
    target_os = "linux" => {
        /// Whether the file is on the proc file system, whose files look like regular ones.
        fn is_process_file(file: &File) -> bool {
            /// The type of the proc file system in `statfs(2)`.
            const PROC_SUPER_MAGIC: u64 = 0x9fa0;
            let facts = rustix::io::retry_on_intr(|| rustix::fs::fstatfs(file));
            facts.is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(PROC_SUPER_MAGIC))
        }
    }
    _ => {
        /// There is no `/proc` whose files look like regular ones.
        fn is_process_file(_file: &File) -> bool {
            false
        }
    }
}

/// Whether this is shared memory of macOS, which has permission bits and no file type. Other systems report a regular
/// file.
pub(in crate::mapping::sys) fn is_tag_without_type(metadata: &Metadata) -> bool {
    // The file type is in the upper four bits of 16, on every Unix.
    const TYPE: u32 = 0o170_000;
    cfg!(target_os = "macos") && metadata.mode() & TYPE == 0
}
