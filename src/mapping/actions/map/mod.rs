//! The action `map`: maps a source, changes the mapping, and looks at it.

pub mod expectation;
mod job;
pub mod outcome;
mod rehearsal;
pub(in crate::mapping::actions) mod short;

pub use job::{AfterMapping, MapJob, map};
