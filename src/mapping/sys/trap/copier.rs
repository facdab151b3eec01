//! The primitives for processors without assembly here: the kernel copies within the process, and returns an error
//! where an access would raise a signal.
//!
//! `process_vm_readv(2)` and `process_vm_writev(2)` copy whole pages up to the refused one and report the number of
//! bytes, which gives the exact byte. They do not report the reason. Execution cannot be tried this way.

use std::io;

use super::fault::{Fault, Stopped};

pub(in crate::mapping) const RETURN: Option<&[u8]> = None;
pub(in crate::mapping) const CODE_ALIGNMENT: usize = 1;
pub(in crate::mapping) const HEEDS_EXECUTE: bool = false;

/// Checks that the calls work.
///
/// # Errors
/// The error of `process_vm_readv(2)` where a sandbox forbids it.
pub(in crate::mapping) fn install() -> io::Result<()> {
    let from = [0_u8];
    let mut to = [1_u8];
    // SAFETY: both are buffers of one byte.
    unsafe { read(from.as_ptr(), to.as_mut_ptr(), 1) }.map_err(|_| io::Error::last_os_error())
}

fn piece(base: *mut u8, len: usize) -> libc::iovec {
    libc::iovec {
        iov_base: base.cast(),
        iov_len: len,
    }
}

/// Repeats `step`, which takes the number of bytes done and returns the number of further bytes, or -1.
fn repeat(len: usize, mut step: impl FnMut(usize) -> isize) -> Result<(), Stopped> {
    let mut done = 0_usize;
    while done < len {
        match usize::try_from(step(done)) {
            Ok(more) if more > 0 => done = done.saturating_add(more),
            _ => {
                return Err(Stopped {
                    done,
                    fault: Fault::Unknown,
                });
            }
        }
    }
    Ok(())
}

pub(in crate::mapping) unsafe fn read(
    mapped: *const u8,
    into: *mut u8,
    len: usize,
) -> Result<(), Stopped> {
    repeat(len, |done| {
        let left = len.saturating_sub(done);
        let local = piece(into.wrapping_add(done), left);
        let remote = piece(mapped.cast_mut().wrapping_add(done), left);
        // SAFETY: the caller's buffer has room for `len`; the kernel checks the mapped side.
        unsafe { libc::process_vm_readv(libc::getpid(), &local, 1, &remote, 1, 0) }
    })
}

pub(in crate::mapping) unsafe fn write(
    from: *const u8,
    mapped: *mut u8,
    len: usize,
) -> Result<(), Stopped> {
    repeat(len, |done| {
        let left = len.saturating_sub(done);
        let local = piece(from.cast_mut().wrapping_add(done), left);
        let remote = piece(mapped.wrapping_add(done), left);
        // SAFETY: the caller's buffer is only read; the mapped bytes belong to the caller.
        unsafe { libc::process_vm_writev(libc::getpid(), &local, 1, &remote, 1, 0) }
    })
}

pub(in crate::mapping) unsafe fn fill(
    mapped: *mut u8,
    byte: u8,
    len: usize,
) -> Result<(), Stopped> {
    let block = [byte; 8 << 10];
    let mut done = 0_usize;
    while done < len {
        let part = len.saturating_sub(done).min(block.len());
        // SAFETY: the block has `part` bytes and the mapped bytes belong to the caller.
        unsafe { write(block.as_ptr(), mapped.wrapping_add(done), part) }.map_err(|stopped| {
            Stopped {
                done: done.saturating_add(stopped.done),
                ..stopped
            }
        })?;
        done = done.saturating_add(part);
    }
    Ok(())
}

pub(in crate::mapping) unsafe fn rewrite(mapped: *mut u8) -> Result<(), Stopped> {
    let mut byte = 0_u8;
    // SAFETY: one byte on each side.
    unsafe {
        read(mapped, &raw mut byte, 1)?;
        write(&raw const byte, mapped, 1)
    }
}

pub(in crate::mapping) unsafe fn load(mapped: *const u64, into: &mut u64) -> Result<(), Stopped> {
    // SAFETY: both are eight bytes.
    unsafe {
        read(
            mapped.cast(),
            std::ptr::from_mut(into).cast(),
            size_of::<u64>(),
        )
    }
}

pub(in crate::mapping) unsafe fn store(mapped: *mut u64, value: u64) -> Result<(), Stopped> {
    // SAFETY: both are eight bytes.
    unsafe { write((&raw const value).cast(), mapped.cast(), size_of::<u64>()) }
}

pub(in crate::mapping) unsafe fn call(_mapped: *const u8) -> Result<(), Stopped> {
    Err(Stopped {
        done: 0,
        fault: Fault::Unknown,
    })
}

pub(in crate::mapping) unsafe fn publish(_mapped: *const u8) -> Result<(), Stopped> {
    Ok(())
}
