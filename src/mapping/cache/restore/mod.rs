//! Restoring: loads the ranges of a snapshot, and drops the others of its files if that is wanted.
//!
//! The snapshot is not trusted. `open` opens regular files below the root only; nothing is written or run.

mod exact;
mod open;
mod run;
mod sum;
mod threads;

pub use open::Skip;
pub use run::{Plan, RestoreEvent, RestoreRequest, Restorer};
pub use sum::RestoredSum;
