//! The actions of the commands: each takes a typed request and returns a plain outcome.
//!
//! Options of the command line and the words of reports are not known here.

pub mod advise;
pub mod dump;
pub mod empty;
pub mod filesize;
pub mod fill;
pub mod hold;
pub mod map;
pub mod mirror;
pub mod pagesize;
mod short;
pub mod tags;
