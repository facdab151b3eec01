//! Memory of which somebody else decides the amount: an input, a number of sources.
//!
//! It is reserved before it is used, so that too little of it is a failure like any other, and not the end of
//! the program: neither by an allocation that fails nor by a kernel that ends programs when memory is short.

use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::sys::OpenFile;
use crate::mapping::types::{ByteLength, Kind, LengthText};

/// From how many bytes on the system is asked whether there are so many.
const LARGE: usize = 1 << 20;

/// Whether memory may go to swap space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Swap {
    /// The room in it counts, too.
    Yes,
    /// It stays in memory.
    No,
}

/// Refuses to take more memory than there is: the kernel would end programs for it, and not only this one.
/// `present` tells how much of it has been taken already, and is asked only when that matters.
pub(in crate::mapping) fn check_available(
    operation: &'static str,
    wanted: ByteLength,
    swap: Swap,
    present: impl FnOnce() -> u64,
) -> Result<()> {
    let room = sys::available_memory(swap == Swap::Yes);
    let Some(room) = room.filter(|room| wanted > room.available) else {
        return Ok(());
    };
    let needed = wanted.minus(ByteLength(present()));
    if needed <= room.available {
        return Ok(());
    }
    let limit = match room.group_limit {
        Some(limit) => format!("; the control group is limited to {}", LengthText(limit)),
        None => String::new(),
    };
    let reason = format!(
        "{} more are needed in memory and {} are available{limit}",
        LengthText(needed),
        LengthText(room.available)
    );
    Err(Error::new(Kind::OutOfMemory, operation, reason))
}

/// Reserves room for `more` elements, or for the half of those that are there, if that is more.
///
/// # Errors
/// `out_of_memory`.
pub fn reserve<T>(list: &mut Vec<T>, more: usize, operation: &'static str) -> Result<()> {
    if list.capacity().saturating_sub(list.len()) >= more {
        return Ok(());
    }
    let more = more.max(list.len().div_euclid(2));
    let bytes = more.saturating_mul(size_of::<T>());
    if bytes >= LARGE {
        require(bytes, operation)?;
    }
    list.try_reserve_exact(more)
        .map_err(|_| Error::new(Kind::OutOfMemory, operation, "not enough memory"))
}

/// Sees that so many bytes can be used before memory of others has to be given up.
///
/// # Errors
/// `out_of_memory`.
pub fn require(bytes: usize, operation: &'static str) -> Result<()> {
    check_available(operation, ByteLength::of(bytes), Swap::Yes, || 0)
}

/// The memory that a file takes while it is written, where files are kept in memory.
#[derive(Debug)]
pub struct Room {
    in_memory: bool,
    /// How many bytes there was memory for when it was last looked for, and that are not written yet.
    granted: u64,
}

/// For how many bytes memory is looked for at a time.
const GRANT: u64 = 32 << 20;

impl Room {
    /// For a file of which so many bytes take no more memory than they do now.
    pub(in crate::mapping) fn new(file: &OpenFile, granted: u64) -> Self {
        Self {
            in_memory: sys::takes_memory(file),
            granted,
        }
    }

    /// For a file that takes none.
    #[cfg(test)]
    pub(in crate::mapping) const fn unlimited() -> Self {
        Self {
            in_memory: false,
            granted: 0,
        }
    }

    /// Sees that there is memory for so many bytes more.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub(in crate::mapping) fn take(&mut self, length: u64) -> Result<()> {
        if !self.in_memory {
            return Ok(());
        }
        if length > self.granted {
            let check = |bytes| check_available("write", ByteLength(bytes), Swap::Yes, || 0);
            self.granted = match check(length.max(GRANT)) {
                Ok(()) => length.max(GRANT),
                Err(_) => check(length).map(|()| length)?,
            };
        }
        self.granted = self.granted.saturating_sub(length);
        Ok(())
    }
}

/// A buffer of zeros of `most` bytes, or of the half of that, and so on down to `least`: as much as there is memory for.
///
/// # Errors
/// `out_of_memory`.
pub fn buffer(most: usize, least: usize, operation: &'static str) -> Result<Vec<u8>> {
    let mut buffer = Vec::new();
    let mut size = most;
    while size > least && buffer.try_reserve_exact(size).is_err() {
        size = size.div_euclid(2).max(least);
    }
    reserve(&mut buffer, size, operation)?;
    buffer.resize(size, 0);
    Ok(buffer)
}
