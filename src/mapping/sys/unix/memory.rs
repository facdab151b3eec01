//! Operations on mapped memory: changing its access, locking and advising it.

use std::io;

use super::bits::{access_bits, advice_number, protect_extra_bits};
use super::error::check;
use crate::mapping::sys::error::unsupported;
use crate::mapping::types::{Advice, Protection};

/// Changes the access to a mapping (`mprotect(2)`).
pub(in crate::mapping) fn protect(base: *mut u8, length: usize, to: Protection) -> io::Result<()> {
    let extras = to.extras.iter().try_fold(0, |bits, extra| {
        protect_extra_bits(extra)
            .map(|bit| bits | bit)
            .ok_or_else(unsupported)
    })?;
    // SAFETY: the range is a mapping that the caller owns, and its bytes are accessed only by copies that survive a
    // lack of access.
    check(unsafe { libc::mprotect(base.cast(), length, access_bits(to.access) | extras) })
}

/// Locks a mapping into memory (`mlock(2)`, or `mlock2(2)` with MLOCK_ONFAULT).
pub(in crate::mapping) fn lock(base: *mut u8, length: usize, on_fault: bool) -> io::Result<()> {
    if on_fault {
        return lock_on_fault(base, length);
    }
    // SAFETY: locking changes no byte; the kernel checks the range.
    check(unsafe { libc::mlock(base.cast(), length) })
}

/// Unlocks the pages of a mapping (`munlock(2)`).
pub(in crate::mapping) fn unlock(base: *mut u8, length: usize) -> io::Result<()> {
    // SAFETY: unlocking changes no byte; the kernel checks the range.
    check(unsafe { libc::munlock(base.cast(), length) })
}

cfg_select! {
    target_os = "linux" => {
        /// Locks pages when they are first accessed (`mlock2(2)`).
        fn lock_on_fault(base: *mut u8, length: usize) -> io::Result<()> {
            // SAFETY: locking changes no byte; the kernel checks the range.
            check(unsafe { libc::mlock2(base.cast(), length, libc::MLOCK_ONFAULT) })
        }
    }
    _ => {
        /// Locking on fault is not supported.
        fn lock_on_fault(_base: *mut u8, _length: usize) -> io::Result<()> {
            Err(unsupported())
        }
    }
}

/// Gives advice (`madvise(2)`).
///
/// # Safety
/// The range must lie in mappings that the caller owns, and no references to bytes that the advice discards may exist.
pub(in crate::mapping) unsafe fn advise(
    base: *mut u8,
    length: usize,
    advice: Advice,
) -> io::Result<()> {
    let number = advice_number(advice).ok_or_else(unsupported)?;
    // SAFETY: the caller fulfils the conditions; the kernel checks the range.
    check(unsafe { libc::madvise(base.cast(), length, number) })
}

/// The memory map shows the views.
pub(in crate::mapping) fn count_views(_base: usize, _length: usize, _times: usize) -> Option<u64> {
    None
}
