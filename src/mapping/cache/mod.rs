//! The page cache of files: flushing, loading and evicting.

pub mod evict;
pub mod reasons;
pub mod sync;
pub mod warm;
