//! Copying bytes inside the kernel.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileTypeExt;

use crate::mapping::sys::error::unsupported;

/// The maximum sent at once: between calls the caller checks that the file was not truncated.
const SEND_MOST: usize = 64 << 20;

/// Copies bytes from one file to another inside the kernel, sharing blocks where the file system can
/// (`copy_file_range(2)`).
pub(in crate::mapping) fn copy_range(
    from: &File,
    at: u64,
    to: &File,
    to_at: u64,
    length: u64,
) -> io::Result<u64> {
    let (mut at, mut to_at) = (at, to_at);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let copied = rustix::fs::copy_file_range(from, Some(&mut at), to, Some(&mut to_at), length)?;
    Ok(copied as u64)
}

/// Copies bytes of a file to the standard output inside the kernel (`sendfile(2)`), if it is a file or a device, which
/// have the bytes when the call returns. A pipe or a socket would get references to the pages of the file, and could
/// see later writes to them.
pub(in crate::mapping) fn send_file(
    from: &File,
    at: u64,
    to: &File,
    length: u64,
) -> io::Result<u64> {
    let kind = to.metadata()?.file_type();
    if !kind.is_file() && !kind.is_char_device() {
        return Err(unsupported());
    }
    let mut at = at;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let sent = rustix::fs::sendfile(to, from, Some(&mut at), length.min(SEND_MOST))?;
    Ok(sent as u64)
}
