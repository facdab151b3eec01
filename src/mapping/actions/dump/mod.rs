//! The action `dump`: takes a range of a source out of it, to a file or to whatever shows the bytes.
//!
//! How bytes become text is not known here.

pub mod export;
mod job;
mod outcome;

pub use job::Dump;
pub use outcome::{Dumped, Ended, ShowError, Shown};
