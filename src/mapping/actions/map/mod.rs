//! The action `map`: maps a source, changes the mapping (`action`), and observes it. The calls themselves are in `region`.

mod action;
mod job;
pub mod outcome;
mod rehearsal;
mod short;

pub use action::map;
pub use job::{AfterMapping, MapJob};
