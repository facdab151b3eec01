//! The mappings of a process: a parser of `/proc/PID/maps` and `/proc/PID/smaps` (`proc(5)`).
//!
//! The parser accepts any bytes and never panics. It reads line by line, parses only the mappings that overlap the
//! requested addresses, and stops after the last of them. Reading a process with 65,000 mappings takes little longer
//! than the kernel needs to print them. `measure::users` finds the processes that map a file.

mod lines;
mod maps;
mod smaps;
#[cfg(test)]
mod tests;

pub use lines::{Permissions, Vma};
pub(in crate::mapping) use lines::{buffered, require_processes};
pub(in crate::mapping) use maps::has_mappings;
pub use maps::{visit, visit_maps, visit_own};
pub(in crate::mapping) use smaps::{
    LOCKED, locked_mappings, own_memory_use_of, visit_mappings, visit_memory_use,
};
pub use smaps::{
    MemoryUse, VmFlag, flag_meaning, memory_use, memory_use_of, own_memory_use, sum_smaps,
};
