//! The file behind a mapping, examined after a refused access: the exception gives the address only.

use std::io;
use std::os::windows::fs::FileExt;

use super::error::kind_of_os_error;
use super::open_file::OpenFile;
use super::space::free_space;
use crate::mapping::sys::answer::Trial;
use crate::mapping::types::Kind;

/// The open file behind a mapping.
pub(in crate::mapping) type Handle<'a> = &'a OpenFile;

/// A handle of an open file.
pub(in crate::mapping) fn handle(file: &OpenFile) -> Handle<'_> {
    file
}

/// The current size of a file in bytes; `None` for anything else.
pub(in crate::mapping) fn size(file: Handle<'_>) -> Option<u64> {
    Some(file.as_file().ok()?.metadata().ok()?.len())
}

/// Whether the volume has almost no free space.
pub(in crate::mapping) fn is_full(file: Handle<'_>) -> bool {
    const LITTLE: u64 = 64 << 10;
    free_space(file).is_ok_and(|free| free.0 < LITTLE)
}

/// Reads the byte at `offset` without the mapping.
pub(in crate::mapping) fn try_read(file: Handle<'_>, offset: u64) -> Trial {
    match file.as_file() {
        Ok(file) => verdict(file.seek_read(&mut [0], offset)),
        Err(_) => Trial::NotPossible,
    }
}

/// No call reserves a block within a file.
pub(in crate::mapping) fn try_reserve(_file: Handle<'_>, _offset: u64) -> Trial {
    Trial::NotPossible
}

fn verdict(outcome: io::Result<usize>) -> Trial {
    let Err(error) = outcome else {
        return Trial::Works;
    };
    match error.raw_os_error().map(kind_of_os_error) {
        Some(Kind::DiskFull) => Trial::NoSpace(error),
        Some(Kind::FileTooShort | Kind::AccessDenied | Kind::Unsupported | Kind::Busy) => {
            Trial::NotPossible
        }
        _ => Trial::Fails(error),
    }
}
