//! Advice on the memory of another process.

use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::mapping::sys::error::unsupported;
use crate::mapping::sys::unix::bits::advice_number;
use crate::mapping::sys::unix::error::overflow;
use crate::mapping::types::{AddressRange, Advice};

/// A handle of a process, which never refers to a later process with the same number (`pidfd_open(2)`).
#[derive(Debug)]
pub(in crate::mapping) struct ProcessHandle(OwnedFd);

impl ProcessHandle {
    /// Opens the process that currently has this number.
    pub(in crate::mapping) fn open(pid: u32) -> io::Result<Self> {
        let pid = i32::try_from(pid)
            .ok()
            .and_then(Pid::from_raw)
            .ok_or_else(|| io::Error::from_raw_os_error(libc::ESRCH))?;
        Ok(Self(pidfd_open(pid, PidfdFlags::empty())?))
    }

    /// Gives advice on memory of the process. Returns the number of bytes, which may be fewer than requested
    /// (`process_madvise(2)`).
    pub(in crate::mapping) fn advise(
        &self,
        memory: AddressRange,
        advice: Advice,
    ) -> io::Result<u64> {
        let part = libc::iovec {
            iov_base: std::ptr::without_provenance_mut(
                usize::try_from(memory.start()).map_err(overflow)?,
            ),
            iov_len: usize::try_from(memory.length()).map_err(overflow)?,
        };
        let number = advice_number(advice).ok_or_else(unsupported)?;
        // SAFETY: the call reads the one vector, which outlives it. The addresses are those of the other process; no
        // advice that the kernel accepts for another process changes bytes.
        let done = unsafe {
            libc::syscall(
                libc::SYS_process_madvise,
                self.0.as_raw_fd(),
                &raw const part,
                1,
                number,
                0,
            )
        };
        u64::try_from(done).map_err(|_| io::Error::last_os_error())
    }
}

/// Opens the file behind a mapping of a process (`proc_pid_map_files(5)`).
pub(in crate::mapping) fn open_mapped_file(pid: u32, mapping: AddressRange) -> io::Result<File> {
    let (start, end) = (mapping.start(), mapping.end());
    File::open(format!("/proc/{pid}/map_files/{start:x}-{end:x}"))
}
