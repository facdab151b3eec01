//! Giving advice and judging what it did: on a mapping of this process, or on the memory of another one.

mod changes;
mod cooling;
mod judge;
pub mod own;
pub mod process;
pub mod sight;
