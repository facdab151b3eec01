//! Changing the length of a mapping.

use std::io;
use std::ptr::NonNull;

/// Changes the length of a mapping, which may move it (`mremap(2)`).
pub(in crate::mapping) fn remap(
    base: NonNull<u8>,
    old: usize,
    new: usize,
) -> io::Result<NonNull<u8>> {
    // SAFETY: the range is a mapping that the caller owns; nothing keeps its old address.
    let moved = unsafe { libc::mremap(base.as_ptr().cast(), old, new, libc::MREMAP_MAYMOVE) };
    match NonNull::new(moved.cast()) {
        Some(at) if moved != libc::MAP_FAILED => Ok(at),
        _ => Err(io::Error::last_os_error()),
    }
}
