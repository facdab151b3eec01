//! The actions of the commands: each takes a typed request and returns a plain outcome.
//!
//! The actions know neither command-line options nor the wording of reports.

pub mod advise;
pub mod diff;
pub mod dump;
pub mod empty;
pub mod filesize;
pub mod fill;
pub mod hold;
pub mod map;
pub mod mirror;
pub mod pagesize;
pub mod pmap;
pub mod ring;
mod runs;
pub mod selection;
mod short;
pub mod tags;
