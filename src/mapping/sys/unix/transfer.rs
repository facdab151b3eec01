//! Transfers between files and mapped memory by the kernel, which checks each access, and locks on whole files.

use std::fs::{File, TryLockError};
use std::io;
use std::os::fd::AsRawFd;

/// Reads from a file into memory (`read(2)`). An inaccessible first byte is EFAULT.
///
/// # Safety
/// The memory is address space of a mapping that nothing in this process refers to; it need not be accessible.
pub(in crate::mapping) unsafe fn read_to_memory(
    file: &File,
    into: *mut u8,
    length: usize,
) -> io::Result<usize> {
    // SAFETY: the descriptor is open; the kernel checks each access to the memory, which belongs to the caller.
    let count = unsafe { libc::read(file.as_raw_fd(), into.cast(), length) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Writes memory to a file (`write(2)`). An inaccessible first byte is EFAULT.
///
/// # Safety
/// As for [`read_to_memory`].
pub(in crate::mapping) unsafe fn write_from_memory(
    file: &File,
    from: *const u8,
    length: usize,
) -> io::Result<usize> {
    // SAFETY: as above.
    let count = unsafe { libc::write(file.as_raw_fd(), from.cast(), length) };
    usize::try_from(count).map_err(|_| io::Error::last_os_error())
}

/// Whether the error means that memory was inaccessible during a transfer (EFAULT).
pub(in crate::mapping) fn is_memory_fault(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EFAULT)
}

/// Locks a file for as long as it is open (`flock(2)`). Returns false when another process holds the lock.
pub(in crate::mapping) fn try_lock(file: &File) -> io::Result<bool> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error),
    }
}
