//! What the kernel tells: which pages are in memory, the memory maps of processes, who uses a file, how much memory
//! there is.
//!
//! Nothing here changes anything.

pub mod holders;
pub mod memory;
pub mod page_sizes;
pub mod proc_maps;
pub mod residency;
pub mod users;
