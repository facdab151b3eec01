//! The contents of a file: reading at an offset, its size, and where it has data and holes.

use std::fs::File;
use std::io;

use rustix::fs::SeekFrom;
use rustix::io::{Errno, retry_on_intr};

use crate::mapping::types::ByteLength;

/// Reads bytes at an offset without moving the file position (`pread(2)`); none at the end of the file.
pub(in crate::mapping) fn read_at(file: &File, into: &mut [u8], at: u64) -> io::Result<usize> {
    Ok(retry_on_intr(|| rustix::io::pread(file, &mut *into, at))?)
}

/// The file position, which other processes may share (`lseek(2)`).
pub(in crate::mapping) fn position(file: &File) -> io::Result<u64> {
    Ok(rustix::fs::tell(file)?)
}

/// Sets the file position.
pub(in crate::mapping) fn set_position(file: &File, at: u64) -> io::Result<()> {
    rustix::fs::seek(file, SeekFrom::Start(at))?;
    Ok(())
}

/// Sets the size of a file (`ftruncate(2)`).
pub(in crate::mapping) fn set_len(file: &File, size: ByteLength) -> io::Result<()> {
    file.set_len(size.0)
}

/// The offset of the first data at or after an offset; `None` if only a hole follows (`lseek(2)`). Moves the file
/// position, so the file must not be shared.
pub(in crate::mapping) fn next_data(file: &File, at: u64) -> io::Result<Option<u64>> {
    no_more(rustix::fs::seek(file, SeekFrom::Data(at)))
}

/// The offset of the first hole at or after an offset; the end of the file counts as one. Moves the file position too.
pub(in crate::mapping) fn next_hole(file: &File, at: u64) -> io::Result<Option<u64>> {
    no_more(rustix::fs::seek(file, SeekFrom::Hole(at)))
}

fn no_more(found: rustix::io::Result<u64>) -> io::Result<Option<u64>> {
    match found {
        Ok(offset) => Ok(Some(offset)),
        Err(Errno::NXIO) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
