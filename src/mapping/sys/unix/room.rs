//! Whether the limits of this process leave it memory: asked before its start is over, and by what could do with less.

use std::ptr;

use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::{Resource, getrlimit};

use crate::mapping::types::Kind;

/// What the program needs besides buffers whose size is decided later.
const LEAST: usize = 2 << 20;

/// Whether RLIMIT_AS and RLIMIT_DATA leave room for so many bytes more.
pub(in crate::mapping) fn limits_leave_room(bytes: usize) -> bool {
    let limited = |resource| getrlimit(resource).current.is_some();
    if !limited(Resource::As) && !limited(Resource::Data) {
        return true;
    }
    let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, MapFlags::PRIVATE);
    // SAFETY: makes a mapping at an address that the kernel chooses.
    match unsafe { mmap_anonymous(ptr::null_mut(), bytes, access, flags) } {
        // SAFETY: the mapping was made just now, and nobody knows it.
        Ok(base) => unsafe { munmap(base, bytes) }.is_ok(),
        Err(_) => false,
    }
}

/// Ends the program where limits leave too little for it: later it would be ended by a signal.
pub(super) fn require_least() {
    const SAID: &[u8] = b"mmapctl: cannot start: the limits on memory leave too little\n\
        hint: raise RLIMIT_AS or RLIMIT_DATA (ulimit -v, ulimit -d)\n";
    if limits_leave_room(LEAST) {
        return;
    }
    // SAFETY: the bytes are readable for their length, and the program ends without coming back to anybody.
    unsafe {
        libc::write(libc::STDERR_FILENO, SAID.as_ptr().cast(), SAID.len());
        libc::_exit(Kind::OutOfMemory.exit_status().into())
    }
}
