//! The parts of the program `mmapctl`, as a library for its own tests and benchmarks.
//!
//! This is no stable interface for other crates. The stable interface of the project is its command line.
//!
//! The parts, from the top:
//!
//! | part | what it holds | uses |
//! |---|---|---|
//! | `main.rs` | parse, run, exit status | `commands`, `cli` |
//! | [`commands`] | one file for each subcommand: request, action, report | all below |
//! | [`cli`] | the options, their parsing, and completion | [`manual`], [`hexview`], [`mapping`] |
//! | [`report`] | outcomes as text or JSON | [`mapping`] |
//! | [`manual`] | the manual pages | [`mapping`] |
//! | [`hexview`] | bytes as hexadecimal text, and back | nothing of ours |
//! | [`mapping`] | the core | nothing of ours |
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
