//! The page cache of files: flushing (`sync`), loading (`warm`) and evicting (`evict`), each measured before and after.
//!
//! How commands use them, and advice on mappings, is in `actions`.

pub(in crate::mapping) mod effect;
pub mod evict;
pub mod sync;
pub mod warm;

#[cfg(test)]
mod sample;
