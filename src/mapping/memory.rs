//! Memory of which somebody else decides the amount: an input, a number of sources, a process with many mappings.
//!
//! It is reserved before it is used, so that too little of it is a failure like any other, and not the end of
//! the program.

use super::error::{Error, Kind, Result};

/// Reserves room for `more` elements.
///
/// # Errors
/// `out_of_memory`.
pub fn reserve<T>(list: &mut Vec<T>, more: usize, operation: &'static str) -> Result<()> {
    list.try_reserve(more)
        .map_err(|_| Error::new(Kind::OutOfMemory, operation, "not enough memory"))
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
