//! Residency: which pages of a range are in memory, dirty, or under writeback; measured, never guessed.
//!
//! A page is resident when it is in memory and up to date, as `mincore(2)` counts. The page cache also has pages that
//! are still being read, pages whose read failed, and pages that were reserved and never filled: they are cached, as
//! `cachestat(2)` counts, and not resident.
//!
//! What can be asked of the kernel, and when its answer can be believed, is decided here; the calls
//! themselves live in `sys`. Nothing here fails: a measurement that cannot be had is an unknown with its
//! reason, so that a report stays a report.

mod counted;
mod of_file;
mod of_memory;
#[cfg(test)]
mod tests;

pub(in crate::mapping) use counted::unknown;
pub use counted::{Bucket, MAX_BUCKETS, Method, Picture, Residency};
pub use of_file::{of_file, picture_of_file, picture_of_mapped_file};
pub use of_memory::{MemoryKind, of_memory, picture_of_memory};
