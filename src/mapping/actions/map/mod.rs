//! The action `map`: maps a source, changes the mapping, and looks at it.

mod action;
pub mod expectation;
mod job;
pub mod outcome;
mod rehearsal;
pub(in crate::mapping::actions) mod short;

pub use action::map;
pub use job::{AfterMapping, MapJob};
