//! Evicting: drops pages from the page cache, and finds out why others stay; for one file in detail, and for each file of
//! paths.

mod each;
mod one;

pub use each::{EvictedSum, Evicting, MemoryOnly, Stayed};
pub(super) use one::evict_and;
pub use one::{Evicted, evict};
