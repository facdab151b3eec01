//! The action `map`: maps a source (`action`), changes the mapping step by step (`steps`), and observes it. The calls
//! themselves are in `region`.

mod action;
mod job;
mod mapping;
mod others;
pub mod outcome;
mod rehearsal;
mod short;
mod state;
mod steps;

pub use action::map;
pub use job::MapJob;
pub use mapping::Mapping;
pub use others::Others;
pub use state::State;
pub use steps::Taken;
