//! Free memory, and allocations whose size depends on the input or the number of sources.
//!
//! Memory is reserved before it is used, which makes a lack of memory an ordinary error: no allocation aborts the
//! program, and the kernel does not kill processes.

use crate::mapping::error::{Error, Result};
use crate::mapping::sys::{self, MemoryRoom, OpenFile};
use crate::mapping::types::{ByteLength, Kind, LengthText};

/// Requests of at least this number of bytes are checked against the free memory.
const LARGE: usize = 1 << 20;

/// How often a lack of memory is measured before a request is refused.
const MEASUREMENTS: usize = 3;

/// Whether memory may go to swap space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Swap {
    /// Free swap space counts too.
    Yes,
    /// Only free memory counts.
    No,
}

/// Whether the system has swap space.
#[must_use]
pub fn has_swap() -> bool {
    sys::has_swap()
}

/// Refuses a request for more memory than is available, because the kernel would kill processes. `present` returns the
/// number of bytes already in memory; it is called only when they matter.
pub(in crate::mapping) fn check_available(
    operation: &'static str,
    wanted: ByteLength,
    swap: Swap,
    present: impl FnOnce() -> u64,
) -> Result<()> {
    let Some(room) = lacking(wanted, swap) else {
        return Ok(());
    };
    let needed = wanted.minus(ByteLength(present()));
    let available = room.available();
    if needed <= available {
        return Ok(());
    }
    let limit = match room.group.filter(|group| group.available < room.system) {
        Some(group) => format!("; the control group limit is {}", LengthText(group.limit)),
        None => String::new(),
    };
    let reason = format!(
        "{} more memory needed, {} available{limit}",
        LengthText(needed),
        LengthText(available)
    );
    Err(Error::new(Kind::OutOfMemory, operation, reason))
}

/// The memory that is available, if it is less than `wanted`. The counters of a control group are read one after the
/// other, so a moment between two of them may show less than there ever was. A lack is therefore measured several times.
fn lacking(wanted: ByteLength, swap: Swap) -> Option<MemoryRoom> {
    let mut lacking = None;
    for _ in 0..MEASUREMENTS {
        let room = sys::available_memory(swap == Swap::Yes);
        lacking = Some(room.filter(|room| wanted > room.available())?);
    }
    lacking
}

/// Reserves capacity for `more` elements, or for half of the present number if that is more.
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

/// Checks that this number of bytes is available.
///
/// # Errors
/// `out_of_memory`.
pub fn require(bytes: usize, operation: &'static str) -> Result<()> {
    check_available(operation, ByteLength::of(bytes), Swap::Yes, || 0)
}

/// The memory that work on files uses bit by bit: writing a file on a file system that keeps files in memory, or locking
/// pages.
#[derive(Debug)]
pub struct Room {
    /// What the memory is for; `None` if none is used.
    operation: Option<&'static str>,
    swap: Swap,
    /// The number of bytes that were found available and are not yet used.
    granted: u64,
}

/// The number of bytes to check at a time.
const GRANT: u64 = 32 << 20;

impl Room {
    /// For writing a file with `granted` bytes already in memory.
    pub(in crate::mapping) fn new(file: &OpenFile, granted: u64) -> Self {
        Self {
            operation: sys::takes_memory(file).then_some("write"),
            swap: Swap::Yes,
            granted,
        }
    }

    /// For locking pages.
    pub(in crate::mapping) const fn to_lock() -> Self {
        Self {
            operation: Some("lock"),
            swap: Swap::No,
            granted: 0,
        }
    }

    /// For a file that uses no memory.
    #[cfg(test)]
    #[cfg(unix)]
    pub(in crate::mapping) const fn unlimited() -> Self {
        Self {
            operation: None,
            swap: Swap::Yes,
            granted: 0,
        }
    }

    /// Checks that there is memory for `length` more bytes.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub(in crate::mapping) fn take(&mut self, length: u64) -> Result<()> {
        let Some(operation) = self.operation else {
            return Ok(());
        };
        if length > self.granted {
            let check = |bytes| check_available(operation, ByteLength(bytes), self.swap, || 0);
            self.granted = match check(length.max(GRANT)) {
                Ok(()) => length.max(GRANT),
                Err(_) => check(length).map(|()| length)?,
            };
        }
        self.granted = self.granted.saturating_sub(length);
        Ok(())
    }
}

/// A zeroed buffer of `most` bytes. If memory is short, its size is halved repeatedly, down to `least`.
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
