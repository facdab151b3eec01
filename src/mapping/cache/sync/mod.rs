//! Flushing: dirty pages are written to the storage, and the pages that stay dirty are measured; for one file in detail,
//! and for each file of paths.

mod each;
mod one;
mod progress;

pub use each::{Flushing, Started, SyncedSum, start_writing};
pub(in crate::mapping) use one::flush_failure;
pub use one::{Scope, SyncMode, SyncRequest, Synced, open, sync};
pub use progress::{sync_watched, unwritten_of};
