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
