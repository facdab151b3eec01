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
