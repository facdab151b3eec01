//! The mapping core: sources, ranges, mappings, guarded copies and measurements.
//!
//! Knows nothing of clap, terminals or text: it takes typed requests and returns plain outcomes or an
//! error with a kind. Every call to the operating system goes through `sys`.

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

pub mod advice;
mod apart;
pub mod bytes;
mod copy;
mod data_runs;
pub mod description;
mod device;
mod draft;
pub mod effect;
pub mod error;
pub mod evict;
pub mod export;
mod fault;
pub mod fill;
pub mod hold;
pub mod holders;
pub mod interrupt;
mod lock;
pub mod marks;
pub mod memfd;
pub mod memory;
pub mod mirror;
pub mod observe;
pub mod output;
pub mod pages;
mod piecewise;
pub mod platform;
pub mod privileges;
pub mod process;
pub mod region;
pub mod remote;
pub mod residency;
pub mod size;
pub mod source;
pub mod stream;
pub mod sync;
mod sys;
mod tag;
pub mod tags;
pub mod types;
pub mod users;
pub mod vmas;
pub mod warm;
