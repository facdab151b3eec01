//! Operations on mapped memory: changing its access, locking, advising and flushing it.

use std::io;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_INVALID_PARAMETER, ERROR_NOT_LOCKED, ERROR_WORKING_SET_QUOTA,
};
use windows_sys::Win32::System::Memory::{
    FlushViewOfFile, MEM_MAPPED, PAGE_EXECUTE_WRITECOPY, PAGE_WRITECOPY, VirtualLock, VirtualUnlock,
};
use windows_sys::Win32::System::Threading::{
    GetCurrentProcess, GetProcessWorkingSetSize, SetProcessWorkingSetSize,
};

use super::call::{check, error};
use super::late;
use super::region::{change_protection, protection, region_at};
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{Advice, Protection};

/// Changes the access to a mapping (`VirtualProtect`).
pub(in crate::mapping) fn protect(base: *mut u8, length: usize, to: Protection) -> io::Result<()> {
    if !to.extras.is_empty() {
        return Err(unsupported());
    }
    let region = region_at(base)?;
    let copies = region.Type == MEM_MAPPED
        && matches!(
            region.AllocationProtect,
            PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY
        );
    change_protection(base, length, protection(to.access, copies)).map_err(|refusal| {
        match refusal.raw_os_error().map(i32::cast_unsigned) {
            // The arguments are valid: the view does not allow the protection.
            Some(ERROR_INVALID_PARAMETER) => error(ERROR_ACCESS_DENIED),
            _ => refusal,
        }
    })
}

/// Locks a mapping into memory (`VirtualLock`), and enlarges the working set if need be.
pub(in crate::mapping) fn lock(base: *mut u8, length: usize, on_fault: bool) -> io::Result<()> {
    if on_fault {
        return Err(unsupported());
    }
    // SAFETY: locking changes no byte; the system checks the range.
    let lock = || check(unsafe { VirtualLock(base.cast(), length) });
    match lock() {
        Err(error) if error.raw_os_error() == Some(ERROR_WORKING_SET_QUOTA.cast_signed()) => {
            enlarge_working_set(length)?;
            lock()
        }
        other => other,
    }
}

fn enlarge_working_set(by: usize) -> io::Result<()> {
    let (mut least, mut most) = (0, 0);
    // SAFETY: the handle refers to this process; both numbers belong to us.
    unsafe {
        let process = GetCurrentProcess();
        check(GetProcessWorkingSetSize(
            process,
            &raw mut least,
            &raw mut most,
        ))?;
        check(SetProcessWorkingSetSize(
            process,
            least.saturating_add(by),
            most.saturating_add(by),
        ))
    }
}

/// Gives advice, with the closest call.
///
/// # Safety
/// The range must lie in mappings that the caller owns, and no references to bytes that the advice discards may exist.
pub(in crate::mapping) unsafe fn advise(
    base: *mut u8,
    length: usize,
    advice: Advice,
) -> io::Result<()> {
    match advice {
        Advice::Willneed => late::prefetch(base, length),
        Advice::Dontneed | Advice::Pageout => unlock(base, length),
        // SAFETY: the caller fulfils the conditions.
        Advice::Free => unsafe { late::discard(base, length) },
        _ => Err(unsupported()),
    }
}

/// Unlocks pages; removes pages that are not locked from the working set (`VirtualUnlock`).
pub(in crate::mapping) fn unlock(base: *mut u8, length: usize) -> io::Result<()> {
    // SAFETY: unlocking changes no byte; the system checks the range.
    match check(unsafe { VirtualUnlock(base.cast(), length) }) {
        Err(error) if error.raw_os_error() == Some(ERROR_NOT_LOCKED.cast_signed()) => Ok(()),
        other => other,
    }
}

/// Starts writing the changed pages of a mapping to its file (`FlushViewOfFile`). To wait for completion, flush the
/// file afterwards. Other mappings of the file are always up to date.
pub(in crate::mapping) fn msync(
    base: *mut u8,
    length: usize,
    _wait: bool,
    _invalidate: bool,
) -> io::Result<()> {
    // SAFETY: the range is a mapping that the caller owns; flushing changes no byte of it.
    check(unsafe { FlushViewOfFile(base.cast(), length) })
}
