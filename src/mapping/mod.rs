//! The core: it takes typed requests, and returns plain outcomes or an error.
//!
//! It knows nothing of the command line, of terminals, of report texts or of JSON documents. An outcome says what
//! happened as values; `report` has the sentences.
//!
//! The rooms, from the top. Each may use itself and the rooms below it, and no other:
//!
//! | room | what it holds |
//! |---|---|
//! | [`actions`] | what each command does, from request to outcome |
//! | [`cache`] | the page cache of files: flushing, loading and evicting |
//! | [`region`] | a live mapping and guarded access to its bytes |
//! | [`process`] | this process: signals, child programs, standard output, limits and privileges |
//! | [`source`] | files, devices, tags and anonymous memory: opening, creating and resizing them |
//! | [`measure`] | what the kernel reports: residency, memory maps, users of a file, free memory |
//! | [`platform`] | what each platform can do |
//! | [`error`] | the one error type |
//! | `sys` | system calls, one folder or file for each system |
//! | [`types`] | plain data that every room shares |
//!
//! Conditions on the platform are in `sys` only, and `unsafe` code in `sys` and `region` only. `tests/layout.rs` checks
//! these rules.

#![deny(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing
)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::indexing_slicing
    )
)]

pub mod actions;
pub mod cache;
pub mod error;
pub mod measure;
pub mod platform;
pub mod process;
pub mod region;
pub mod source;
mod sys;
pub mod types;
