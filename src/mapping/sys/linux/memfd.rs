//! Files in memory, and the paths of open files of this process.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::path::PathBuf;

use rustix::fs::{MemfdFlags, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use crate::mapping::sys::unix::bits::huge_size_bits;
use crate::mapping::sys::unix::naming::descriptor_path;
use crate::mapping::types::PageSize;

/// Its name in memory maps.
const NAME: &str = "mmapctl";

/// Creates a file in memory without a name (`memfd_create(2)`).
pub(in crate::mapping) fn memory_file(huge: Option<PageSize>) -> io::Result<File> {
    let mut flags = MemfdFlags::CLOEXEC;
    if let Some(size) = huge {
        // The size of the pool is in the same bits as for mmap(2).
        let bits = u32::try_from(huge_size_bits(size)).unwrap_or(0);
        flags |= MemfdFlags::HUGETLB | MemfdFlags::from_bits_retain(bits);
    }
    // Linux 6.3 and later may require a flag that says whether the file may be executed; older kernels do not know it.
    match rustix::fs::memfd_create(NAME, flags | MemfdFlags::NOEXEC_SEAL) {
        Err(Errno::INVAL) => Ok(rustix::fs::memfd_create(NAME, flags)?.into()),
        other => Ok(other?.into()),
    }
}

/// The path by which any process of this user can open an open file of this process (`proc_pid_fd(5)`), if `/proc` is
/// mounted.
pub(in crate::mapping) fn path_of_descriptor(file: &File) -> Option<PathBuf> {
    let path = format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd());
    Some(PathBuf::from(path)).filter(|path| path.exists())
}

/// Opens a file of this process again, for reading, with its own file position (`proc_pid_fd(5)`).
pub(in crate::mapping) fn open_again(file: &File) -> io::Result<File> {
    let path = descriptor_path(file);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    Ok(retry_on_intr(|| rustix::fs::open(&path, flags, Mode::empty()))?.into())
}
