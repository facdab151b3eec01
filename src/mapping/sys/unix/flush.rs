//! Flushing mappings and files to the storage.

use std::fs::File;
use std::io;

use super::error::{check, retry};
use crate::mapping::types::FlushLevel;

/// Flushes a mapping to its file (`msync(2)`): waits for completion or not, and invalidates other mappings of the file
/// or not.
pub(in crate::mapping) fn msync(
    base: *mut u8,
    length: usize,
    wait: bool,
    invalidate: bool,
) -> io::Result<()> {
    let mode = if wait { libc::MS_SYNC } else { libc::MS_ASYNC };
    let more = if invalidate { libc::MS_INVALIDATE } else { 0 };
    // SAFETY: the range is a mapping that the caller owns; flushing changes no byte of it.
    retry(|| check(unsafe { libc::msync(base.cast(), length, mode | more) }))
}

/// Flushes the contents of a file and the metadata needed to read them (`fdatasync(2)`; on macOS `fcntl(2)` with
/// F_FULLFSYNC where the file system has it). Returns how far the data was flushed.
pub(in crate::mapping) fn flush_data(file: &File) -> io::Result<FlushLevel> {
    retry(|| sync_contents(file))
}

/// Flushes the entries of a directory (`fsync(2)`), where the file system can do that.
pub(in crate::mapping) fn flush_directory(directory: &File) -> io::Result<()> {
    match retry(|| directory.sync_all()) {
        Err(error) if error.raw_os_error() == Some(libc::EINVAL) => Ok(()),
        other => other,
    }
}

cfg_select! {
    target_os = "macos" => {
        use std::os::fd::AsRawFd;

        /// Flushes the contents of a file to the storage (`fcntl(2)`, F_FULLFSYNC); where the file system cannot, to
        /// the drive (`fsync(2)`).
        fn sync_contents(file: &File) -> io::Result<FlushLevel> {
            // SAFETY: the descriptor is open while `file` is borrowed; no memory is passed.
            let full = check(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_FULLFSYNC) });
            match full {
                Err(error) if is_no_such_command(&error) => {
                    rustix::fs::fsync(file)?;
                    Ok(FlushLevel::Drive)
                }
                other => other.map(|()| FlushLevel::Storage),
            }
        }

        /// Whether the file system does not know a command of `fcntl(2)`: most network file systems, and read-only
        /// ones.
        fn is_no_such_command(error: &io::Error) -> bool {
            matches!(
                error.raw_os_error(),
                Some(
                    libc::ENOTSUP
                        | libc::EOPNOTSUPP
                        | libc::ENOTTY
                        | libc::EINVAL
                        | libc::ENODEV
                        | libc::EROFS
                )
            )
        }
    }
    _ => {
        /// Flushes the contents of a file (`fdatasync(2)`).
        fn sync_contents(file: &File) -> io::Result<FlushLevel> {
            file.sync_data().map(|()| FlushLevel::Storage)
        }
    }
}
