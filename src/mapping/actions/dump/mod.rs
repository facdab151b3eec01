//! The action `dump`: passes a range of a source or stream to a file (`export`) or to the caller's writer.
//!
//! How bytes become text is not known here.

pub mod export;
mod job;
mod outcome;
mod reading;

pub use job::Dump;
pub use outcome::{Dumped, Ended, ShowError, Shown};
pub use reading::{Reading, StreamRange};
