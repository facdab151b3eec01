//! The limits of this process (`getrlimit(2)`), and whether they leave it enough memory.

use std::ptr;

use rustix::mm::{MapFlags as Flags, ProtFlags, mmap_anonymous, munmap};
use rustix::process::{Resource, getrlimit};

use crate::mapping::types::{ByteLength, Kind};

/// The memory that the program needs besides buffers whose size is decided later.
const MINIMUM: usize = 2 << 20;

/// Makes a write beyond RLIMIT_FSIZE fail with EFBIG instead of ending the process (`signal(7)`, SIGXFSZ).
pub(in crate::mapping) fn ignore_file_size_signal() {
    // SAFETY: SIG_IGN is a valid disposition for SIGXFSZ, and replaces no handler of ours. The call can fail only for a
    // signal number that does not exist.
    unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
}

/// The maximum file size (RLIMIT_FSIZE), if limited.
pub(in crate::mapping) fn file_size_limit() -> Option<ByteLength> {
    getrlimit(Resource::Fsize).current.map(ByteLength)
}

/// The maximum address space (RLIMIT_AS), if limited.
pub(in crate::mapping) fn address_space_limit() -> Option<ByteLength> {
    getrlimit(Resource::As).current.map(ByteLength)
}

/// The maximum of locked memory (RLIMIT_MEMLOCK), if limited.
pub(in crate::mapping) fn memlock_limit() -> Option<ByteLength> {
    getrlimit(Resource::Memlock).current.map(ByteLength)
}

/// Whether RLIMIT_AS and RLIMIT_DATA leave room for this many more bytes.
pub(in crate::mapping) fn limits_leave_room(bytes: usize) -> bool {
    let limited = |resource| getrlimit(resource).current.is_some();
    if !limited(Resource::As) && !limited(Resource::Data) {
        return true;
    }
    let (access, flags) = (ProtFlags::READ | ProtFlags::WRITE, Flags::PRIVATE);
    // SAFETY: makes a mapping at an address that the kernel chooses.
    match unsafe { mmap_anonymous(ptr::null_mut(), bytes, access, flags) } {
        // SAFETY: the mapping was made just now, and nothing refers to it.
        Ok(base) => unsafe { munmap(base, bytes) }.is_ok(),
        Err(_) => false,
    }
}

/// Ends the program if the limits leave too little memory: a signal would end it later.
pub(in crate::mapping::sys) fn require_minimum() {
    const SAID: &[u8] = b"mmapctl: cannot start: the limits on memory leave too little\n\
        hint: raise RLIMIT_AS or RLIMIT_DATA (ulimit -v, ulimit -d)\n";
    if limits_leave_room(MINIMUM) {
        return;
    }
    // SAFETY: the bytes are readable for their length, and the program ends without returning.
    unsafe {
        libc::write(libc::STDERR_FILENO, SAID.as_ptr().cast(), SAID.len());
        libc::_exit(Kind::OutOfMemory.exit_status().into())
    }
}
