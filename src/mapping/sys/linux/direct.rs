//! Reading the storage of a file past the page cache, and whether it was the storage that answered.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl, fgetxattr, fstat};
use rustix::io::Errno;

use super::found::open_found;
use crate::mapping::sys::unix::naming::descriptor_path;

/// Opens a file again for reads that bypass the page cache (`open(2)`, O_DIRECT). A file system without such reads
/// refuses with EINVAL, and some serve them from memory all the same: see [`read_from_storage`].
pub(in crate::mapping) fn open_direct(file: &File) -> io::Result<File> {
    let direct = open_found(Path::new(&descriptor_path(file)), true)?;
    fcntl_setfl(&direct, fcntl_getfl(&direct)? | OFlags::DIRECT)?;
    Ok(direct)
}

/// The number of bytes that this thread has requested from block devices and servers (`proc_pid_io(5)`, `read_bytes`).
pub(in crate::mapping) fn read_from_storage() -> io::Result<u64> {
    let text = fs::read_to_string("/proc/thread-self/io")?;
    let count = text
        .lines()
        .find_map(|line| line.strip_prefix("read_bytes: "));
    let count = count.and_then(|count| count.trim().parse().ok());
    count.ok_or_else(|| io::ErrorKind::InvalidData.into())
}

/// Whether running a file gives privileges: it is set-user-ID or set-group-ID, or has capabilities (`capabilities(7)`).
pub(in crate::mapping) fn gives_privileges(file: &File) -> io::Result<bool> {
    const SET_ID: u32 = 0o6000;
    if fstat(file)?.st_mode & SET_ID != 0 {
        return Ok(true);
    }
    let mut none: [u8; 0] = [];
    match fgetxattr(file, c"security.capability", &mut none) {
        Ok(_) => Ok(true),
        Err(Errno::NODATA | Errno::OPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
