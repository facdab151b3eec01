//! The parts of the program `mmapctl`, as a library for its own tests and benchmarks.
//!
//! This is not a stable interface for other crates. The stable interface of the project is its command line.
//!
//! The parts, from the top:
//!
//! | part | contents | uses |
//! |---|---|---|
//! | `main.rs` | parse, run, exit status | `commands`, `cli` |
//! | [`commands`] | one file for each subcommand: request, action, report | all below |
//! | [`cli`] | the options, their parsing, and completion | [`manual`], [`hexview`], [`mapping`] |
//! | [`report`] | outcomes as text or JSON | [`mapping`] |
//! | [`manual`] | the manual pages | [`mapping`] |
//! | [`hexview`] | conversion of bytes to hexadecimal text and back | no other part |
//! | [`mapping`] | the core | no other part |
//!
//! `tests/layout.rs` checks this.

pub mod cli;
pub mod commands;
pub mod hexview;
pub mod manual;
pub mod mapping;
pub mod report;
#[cfg(test)]
#[path = "../tests/support/skip.rs"]
#[allow(unreachable_pub)]
mod skip;
