//! Memory of which somebody else decides the amount: an input, a number of sources.
//!
//! It is reserved before it is used, so that too little of it is a failure like any other, and not the end of
//! the program: neither by an allocation that fails nor by a kernel that ends programs when memory is short.

use super::error::{Error, Kind, Result};
use super::lock::{self, Swap};
use super::range::ByteLength;

/// From how many bytes on the system is asked whether there are so many.
const LARGE: usize = 1 << 20;

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
    lock::check_available(operation, ByteLength::of(bytes), Swap::Yes, || 0)
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
