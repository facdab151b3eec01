//! Residency: the pages of a range that are in memory, dirty or under writeback.
//!
//! A page is resident when it is in memory and up to date, as `mincore(2)` counts. The page cache also has pages that
//! are still being read, that could not be read, or that were reserved and never filled. These are cached, as
//! `cachestat(2)` counts, but not resident.
//!
//! This module decides which call to use and when to trust its result; the calls themselves are in `sys`. Nothing here
//! fails: a measurement that is not possible is reported as unknown, with its reason.

mod counted;
mod of_file;
mod of_memory;
mod runs;
#[cfg(test)]
#[cfg(unix)]
mod tests;

pub(in crate::mapping) use counted::unknown;
pub use counted::{Bucket, MAX_BUCKETS, Method, Picture, Residency};
pub use of_file::{cached_of_file, of_file, picture_of_file, picture_of_mapped_file};
pub use of_memory::{MemoryKind, of_memory, picture_of_memory};
pub use runs::runs_of_file;
