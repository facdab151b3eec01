//! An open file on Unix: a descriptor.

use std::fs::File;
use std::io;

/// An open file, device or shared memory region.
pub(in crate::mapping) type OpenFile = File;

/// Converts an open file to the type of this system.
pub(in crate::mapping) fn open_file(file: File) -> OpenFile {
    file
}

/// The file, for writing to it.
#[expect(
    clippy::unnecessary_wraps,
    reason = "Windows has regions that are not files"
)]
pub(in crate::mapping) fn as_file(file: &OpenFile) -> io::Result<&File> {
    Ok(file)
}
