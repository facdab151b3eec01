//! The page cache of files: flushing (`sync`), loading (`warm`) and evicting (`evict`), each measured before and after,
//! and the memory that one file takes (`why`).
//!
//! How commands use them, and advice on mappings, is in `actions`.

pub(in crate::mapping) mod effect;
pub mod evict;
pub mod sync;
pub mod warm;
pub mod why;

#[cfg(test)]
mod sample;
