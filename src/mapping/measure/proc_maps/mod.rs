//! What the kernel says of the mappings of a process: `/proc/PID/maps` and `/proc/PID/smaps`, parsed.
//!
//! The parsers take any bytes and never panic. They read line by line, look closely only at the mappings
//! that overlap the addresses asked for, and stop after the last of them, so that a process with 65,000
//! mappings costs no more than the kernel takes to print them.

mod lines;
mod maps;
mod smaps;
#[cfg(test)]
mod tests;

pub use lines::{Permissions, Vma};
pub(in crate::mapping) use lines::{buffered, require_processes};
pub use maps::{overlapping, visit, visit_maps, visit_own};
pub(in crate::mapping) use smaps::LOCKED;
pub use smaps::{
    MemoryUse, VmFlag, flag_meaning, memory_use, memory_use_of, own_memory_use, sum_smaps,
};
