//! The three standard descriptors, and which of them were closed at the start of the program.
//!
//! Before `main`, the standard library opens `/dev/null` in place of a closed one, which would discard output. This
//! file therefore checks the descriptors earlier, and opens a directory in place of a closed one. A directory can
//! neither be read nor written, and keeps later files from getting the number.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::fd::{FromRawFd, RawFd};
use std::sync::atomic::{AtomicU8, Ordering};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{OFlags, Timespec};

use super::limits::require_minimum;
use super::pipe::widen_pipe;
use crate::mapping::sys::answer::OutputState;

/// The standard descriptors that were closed, one bit each.
static CLOSED: AtomicU8 = AtomicU8::new(0);

/// The C library calls it before `main`, and before the standard library checks the descriptors.
#[used]
#[cfg_attr(
    target_os = "macos",
    // SAFETY: the section holds pointers to functions like this one, which need no initialisation.
    unsafe(link_section = "__DATA,__mod_init_func")
)]
#[cfg_attr(
    not(target_os = "macos"),
    // SAFETY: as above.
    unsafe(link_section = ".init_array")
)]
static BEFORE_MAIN: extern "C" fn() = occupy_closed;

/// Records which standard descriptors are closed and occupies them, lowest first. A started program gets them closed.
extern "C" fn occupy_closed() {
    require_minimum();
    const NOTHING: &CStr = c"/";
    for number in 0..3 {
        // SAFETY: reads a flag of a descriptor, which need not be open.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } != -1 {
            continue;
        }
        CLOSED.fetch_or(bit(number), Ordering::Relaxed);
        // SAFETY: the path ends in a NUL. The lowest free number is this one; if the directory cannot be opened, the
        // standard library opens `/dev/null`.
        unsafe {
            libc::open(
                NOTHING.as_ptr(),
                libc::O_RDONLY | libc::O_DIRECTORY | libc::O_CLOEXEC,
            )
        };
    }
}

fn bit(number: RawFd) -> u8 {
    1_u8.checked_shl(number.unsigned_abs()).unwrap_or(0)
}

/// Whether this is a standard descriptor that was closed at the start of the program.
pub(super) fn was_closed(number: RawFd) -> bool {
    number >= 0 && CLOSED.load(Ordering::Relaxed) & bit(number) != 0
}

/// Descriptor 1, which this type never closes.
#[derive(Debug)]
pub(in crate::mapping) struct StandardOutput(ManuallyDrop<File>);

impl StandardOutput {
    pub(in crate::mapping) fn new() -> Self {
        // SAFETY: the descriptor is open, see above, and nothing in this program closes it; `ManuallyDrop` keeps this
        // handle from being the first to.
        Self(ManuallyDrop::new(unsafe {
            File::from_raw_fd(libc::STDOUT_FILENO)
        }))
    }

    /// Whether it can be written to (`fcntl(2)`, F_GETFL).
    pub(in crate::mapping) fn state(&self) -> OutputState {
        let reads_only = |flags: OFlags| flags & OFlags::ACCMODE == OFlags::RDONLY;
        match rustix::fs::fcntl_getfl(&*self.0) {
            _ if was_closed(libc::STDOUT_FILENO) => OutputState::Closed,
            Ok(flags) if reads_only(flags) => OutputState::ReadOnly,
            _ => OutputState::Writable,
        }
    }

    /// Whether its reader has closed it, as far as is known without a write (`poll(2)`).
    pub(in crate::mapping) fn has_no_reader(&self) -> bool {
        let mut watched = [PollFd::new(&*self.0, PollFlags::empty())];
        let gone = PollFlags::ERR | PollFlags::HUP;
        let polled = poll(&mut watched, Some(&Timespec::default()));
        polled.is_ok_and(|_| watched.iter().any(|fd| fd.revents().intersects(gone)))
    }

    /// The open file behind it.
    pub(in crate::mapping) fn file(&self) -> Option<&File> {
        Some(&self.0)
    }

    /// Enlarges the pipe behind it. Returns whether it is a pipe.
    pub(in crate::mapping) fn widen(&self) -> bool {
        widen_pipe(&self.0)
    }

    pub(in crate::mapping) fn writer(&mut self) -> &mut impl io::Write {
        &mut *self.0
    }
}
