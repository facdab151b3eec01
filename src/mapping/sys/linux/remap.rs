//! Moving, resizing, sealing and naming a mapping.

use std::ffi::CStr;
use std::io;
use std::ptr::NonNull;

use libc::{c_int, c_long};

use crate::mapping::sys::unix::error::check;
use crate::mapping::types::RemapPlace;

/// `mseal(2)` has this number on every processor; libc does not name it everywhere.
const SYS_MSEAL: c_long = 462;

/// Changes the length of a mapping, which may move it (`mremap(2)`). With [`RemapPlace::At`] it replaces what is mapped
/// at that address.
pub(in crate::mapping) fn remap(
    base: NonNull<u8>,
    old: usize,
    new: usize,
    place: RemapPlace,
) -> io::Result<NonNull<u8>> {
    let (flags, address): (c_int, u64) = match place {
        RemapPlace::Free => (libc::MREMAP_MAYMOVE, 0),
        RemapPlace::LeaveOld => (libc::MREMAP_MAYMOVE | libc::MREMAP_DONTUNMAP, 0),
        RemapPlace::At(address) => (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, address),
    };
    let address =
        usize::try_from(address).map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    let target = std::ptr::with_exposed_provenance_mut::<libc::c_void>(address);
    // SAFETY: the range is a mapping that the caller owns; nothing keeps its old address. A fixed address is in a
    // reservation of the caller.
    let moved = unsafe { libc::mremap(base.as_ptr().cast(), old, new, flags, target) };
    match NonNull::new(moved.cast()) {
        Some(at) if moved != libc::MAP_FAILED => Ok(at),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Seals a mapping: from now on the kernel refuses to unmap, move, resize and protect it, and to discard its bytes
/// (`mseal(2)`, since Linux 6.10).
pub(in crate::mapping) fn seal(base: *mut u8, length: usize) -> io::Result<()> {
    let flags: c_long = 0;
    // SAFETY: the range is a mapping that the caller owns; sealing changes no byte.
    match unsafe { libc::syscall(SYS_MSEAL, base, length, flags) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Names anonymous memory in the memory map of the process (`PR_SET_VMA_ANON_NAME`, `prctl(2)`).
pub(in crate::mapping) fn name_memory(base: *mut u8, length: usize, name: &CStr) -> io::Result<()> {
    // SAFETY: the range is a mapping that the caller owns, and the name ends in NUL; the kernel copies it.
    check(unsafe {
        libc::prctl(
            libc::PR_SET_VMA,
            libc::PR_SET_VMA_ANON_NAME,
            base.addr(),
            length,
            name.as_ptr(),
        )
    })
}
