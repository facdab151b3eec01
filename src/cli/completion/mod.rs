//! Completion of command lines in shells.
//!
//! The scripts under `completions/` run the program for each completion, with the name of the shell in the environment
//! variable `MMAPCTL_COMPLETE` and the typed words after `--`. The first line of the answer is `values`, followed by
//! one value in each line, or `files` or `command`, which the shell completes itself. Nushell reads a file of
//! definitions and does not run the program.

mod bash;
mod candidates;
mod found;
mod lines;
mod request;
mod scripts;
mod shell;

pub(super) use request::answer;
pub use scripts::{Script, scripts};
