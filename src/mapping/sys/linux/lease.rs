//! Leases (`fcntl(2)`): what the kernel knows of the uses of a file.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;

/// Selects the signal of a lease (`F_SETSIG`).
const SET_SIGNAL: i32 = 10;

/// Takes a write lease on an open file of this user, which ends when the file is closed. Returns false if the file is
/// open or mapped through another open file description, in any process. Whoever opens or truncates the file meanwhile
/// waits.
pub(in crate::mapping) fn take_lease(file: &File) -> io::Result<bool> {
    // The kernel sends this signal when another process waits; it is ignored by default. SIGIO would end this one.
    control(file, SET_SIGNAL, libc::SIGURG)?;
    match control(file, libc::F_SETLEASE, libc::F_WRLCK) {
        Ok(_) => Ok(true),
        Err(error) if error.raw_os_error() == Some(libc::EAGAIN) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether the lease is held and no process waits for its end.
pub(in crate::mapping) fn holds_lease(file: &File) -> bool {
    control(file, libc::F_GETLEASE, 0).is_ok_and(|kind| kind == libc::F_WRLCK)
}

fn control(file: &File, command: i32, argument: i32) -> io::Result<i32> {
    // SAFETY: these commands take an integer and access no memory of this process.
    match unsafe { libc::fcntl(file.as_raw_fd(), command, argument) } {
        -1 => Err(io::Error::last_os_error()),
        answer => Ok(answer),
    }
}
