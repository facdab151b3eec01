//! Keeps files and everything below directories in memory: locks their pages until a signal arrives or a time elapses, and
//! follows their changes.
//!
//! A file is mapped and locked, and its descriptor is closed. A *pass* (`pass`) walks over all paths and brings the locks
//! up to date; nothing is locked or unlocked in any other way. Changes that the kernel reports (`watch`) only start the
//! next pass. So nothing depends on the order or the completeness of these reports.

mod budget;
mod file;
mod limits;
mod outcome;
mod pass;
mod plan;
mod run;
mod watch;

pub use outcome::{PinChange, PinEvent, PinRequest, PinTotals, Pinned};
pub use run::pin;
