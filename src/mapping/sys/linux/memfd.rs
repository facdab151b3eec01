//! Files that live in memory, and the paths of what this process has open.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::mapping::sys::unix::bits::huge_size_bits;
use crate::mapping::sys::unix::naming::descriptor_path;
use crate::mapping::types::PageSize;

/// What the memory maps of processes call it.
const NAME: &str = "mmapctl";

/// Creates a file that lives in memory and has no name (`memfd_create(2)`).
pub(in crate::mapping) fn memory_file(huge: Option<PageSize>) -> io::Result<File> {
    let mut flags = MemfdFlags::CLOEXEC;
    if let Some(size) = huge {
        // The size of a pool stands where mmap(2) has it as well.
        let bits = u32::try_from(huge_size_bits(size)).unwrap_or(0);
        flags |= MemfdFlags::HUGETLB | MemfdFlags::from_bits_retain(bits);
    }
    // Kernels from 6.3 on may demand that it is said whether the file may be executed, and older ones do
    // not know the word.
    match rustix::fs::memfd_create(NAME, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => Ok(rustix::fs::memfd_create(NAME, flags)?.into()),
        other => Ok(other?.into()),
    }
}

/// The path at which any process of this user finds an open file of this process (`proc_pid_fd(5)`), if `/proc`
/// is there.
pub(in crate::mapping) fn path_of_descriptor(file: &File) -> Option<PathBuf> {
    let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
    Some(PathBuf::from(path)).filter(|path| path.exists())
}

/// Opens a file of this process once more, for reading, with a position of its own (`proc_pid_fd(5)`).
pub(in crate::mapping) fn open_again(file: &File) -> io::Result<File> {
    let path = descriptor_path(file);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    Ok(retry_on_intr(|| rustix::fs::open(&path, flags, Mode::empty()))?.into())
}
