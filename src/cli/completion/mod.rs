//! Completion of command lines in shells.
//!
//! The scripts under `completions/` ask the program itself on every press of the key: with the shell's name
//! in the environment variable `MMAPCTL_COMPLETE`, and what is typed so far after `--`, it prints an answer. Its
//! first line says what can be completed: `values`, which follow, one a line; or `files` or `command`, which
//! shells complete better than the program could. Nushell has a file of definitions and asks nothing.

mod bash;
mod candidates;
mod found;
mod lines;
mod request;
mod scripts;
mod shell;

pub(super) use request::answer;
pub use scripts::scripts;
