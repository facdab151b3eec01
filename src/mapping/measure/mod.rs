//! Measurements from the kernel: the pages that are in memory, their folios, the memory maps of processes, the users of
//! a file, the sizes of pages and the free memory.
//!
//! Nothing here changes a file, a mapping or the page cache. A measurement that is not possible is reported as
//! unknown with its reason, never guessed. The rooms below are `platform`, `error`, `sys` and `types`.

pub mod expectation;
pub(in crate::mapping) mod frames;
pub mod holders;
pub mod mappers;
pub mod memory;
pub mod openers;
pub mod page_sizes;
pub mod proc_maps;
pub mod residency;
pub mod users;
