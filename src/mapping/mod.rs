//! The core: it takes typed requests, and returns plain outcomes or an error.
//!
//! It does not depend on the command line, terminals, report texts or JSON documents. An outcome is plain data;
//! `report` puts it into words.
//!
//! The rooms, from the top. Each may use only itself and the rooms below it:
//!
//! | room | contents |
//! |---|---|
//! | [`actions`] | the action of each command, from request to outcome |
//! | [`cache`] | the page cache of files: flushing, loading and evicting |
//! | [`region`] | a live mapping and guarded access to its bytes |
//! | [`process`] | this process: signals, child programs, standard output, limits and privileges |
//! | [`source`] | files, devices, tags and anonymous memory: opening, creating and resizing them |
//! | [`measure`] | measurements from the kernel: residency, memory maps, users of a file, free memory |
//! | [`platform`] | the features of each platform |
//! | [`error`] | the one error type |
//! | `sys` | system calls, one folder or file for each system |
//! | [`types`] | plain data that every room shares |
//!
//! Conditional compilation is in `sys` only, and `unsafe` code in `sys` and `region` only. `tests/layout.rs` checks
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
