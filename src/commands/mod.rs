//! One module per command: it makes a request of the arguments, calls the action of the core, and reports the outcome.
//!
//! A command takes its arguments and a [`Console`](crate::report::Console), and returns the exit status or the failure.
//! No outcome, report or text for people is defined here.

mod advise;
mod cached;
mod details;
mod diff;
mod differences;
mod dump;
mod dump_watch;
mod evict;
mod failure;
mod filesize;
mod fill;
mod generate;
mod hold;
mod map;
mod mirror;
mod outcome;
mod pagesize;
mod pin;
mod pmap;
mod record;
mod recording;
mod replay;
mod restore;
mod rows;
mod run;
mod service;
mod show;
mod snapshot;
mod sync;
mod tags;
mod unlink;
mod verify;
mod warm;
mod watch;
mod why;

pub use generate::{Generated, generated};
pub use outcome::Exit;
pub use run::{refuse, run};

pub use crate::mapping::process::startup::prepare;
