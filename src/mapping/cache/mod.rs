//! The page cache of files: flushing, loading and evicting.

pub(in crate::mapping) mod effect;
pub mod evict;
pub mod sync;
pub mod warm;
