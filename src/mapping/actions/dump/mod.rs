//! The action `dump`: passes a range of a source, of a stream or of the memory of a process to a file (`export`) or to the caller's writer.
//!
//! This module does not know how bytes become text.

pub mod export;
mod job;
mod memory;
mod outcome;
mod reading;
mod watch;

pub use job::Dump;
pub use memory::MemoryRange;
pub use memory::{GapCause, MemoryGap, MemoryPart, MemoryRequest};
pub use outcome::{Dumped, Ended, MemoryDumped, ShowError, Shown};
pub use reading::{Reading, StreamRange};
pub use watch::{Change, Extent, Look, WatchedRange};
