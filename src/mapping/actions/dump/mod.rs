//! The action `dump`: passes a range of a source or stream to a file (`export`) or to the caller's writer.
//!
//! This module does not know how bytes become text.

pub mod export;
mod job;
mod outcome;
mod reading;

pub use job::Dump;
pub use outcome::{Dumped, Ended, ShowError, Shown};
pub use reading::{Reading, StreamRange};
