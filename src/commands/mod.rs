//! One module per command: a request from what was typed, the action of the core, and the report of its outcome.
//!
//! A command gets its arguments and a [`Console`](crate::report::Console), and gives back the exit status or the
//! failure. What it does is the core's, and what it prints is the report's.

mod advise;
mod details;
mod dump;
mod failure;
mod filesize;
mod fill;
mod generate;
mod hold;
mod map;
mod mirror;
mod outcome;
mod pagesize;
mod run;
mod show;
mod sync;
mod tags;
mod unlink;

pub use outcome::Exit;
pub use run::{refuse, run};

pub use crate::mapping::process::startup::prepare;
