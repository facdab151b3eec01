//! A pseudo-terminal whose other end the test holds.

// None of the crates in use has a safe wrapper for these C functions.
#![allow(unsafe_code)]

use std::fs::File;
use std::os::fd::FromRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

/// Both ends of a raw terminal of this number of columns: the test's end, and the program's end.
pub fn raw_terminal(columns: u16) -> (File, File) {
    let (mut ours, mut theirs) = (-1, -1);
    let size = libc::winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    // SAFETY: the call writes two descriptor numbers and reads a structure, all of which are local variables.
    let opened = unsafe {
        libc::openpty(
            &mut ours,
            &mut theirs,
            ptr::null_mut(),
            ptr::null_mut(),
            &raw const size as _,
        )
    };
    assert_eq!(opened, 0, "{}", std::io::Error::last_os_error());
    // SAFETY: both were just opened, and nothing else uses them.
    let (ours, theirs) = unsafe { (File::from_raw_fd(ours), File::from_raw_fd(theirs)) };
    for end in [&ours, &theirs] {
        rustix::io::fcntl_setfd(end, rustix::io::FdFlags::CLOEXEC).unwrap();
    }
    make_raw(&theirs);
    (ours, theirs)
}

/// Makes the standard input of a command its controlling terminal: the keys of the terminal then send it signals, and so
/// does a change of its size.
pub fn with_controlling_terminal(command: &mut Command) {
    let take = || {
        rustix::process::setsid()?;
        rustix::process::ioctl_tiocsctty(std::io::stdin())?;
        Ok(())
    };
    // SAFETY: the function makes two system calls, and nothing else.
    unsafe { command.pre_exec(take) };
}

fn make_raw(terminal: &File) {
    use std::os::fd::AsRawFd;
    let mut settings = std::mem::MaybeUninit::uninit();
    // SAFETY: the first call fills the structure before the second and third read it.
    let outcome = unsafe {
        let got = libc::tcgetattr(terminal.as_raw_fd(), settings.as_mut_ptr());
        libc::cfmakeraw(settings.as_mut_ptr());
        got | libc::tcsetattr(terminal.as_raw_fd(), libc::TCSANOW, settings.as_ptr())
    };
    assert_eq!(outcome, 0, "{}", std::io::Error::last_os_error());
}
