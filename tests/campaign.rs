//! Campaigns: the program under injected faults, races, signals, limits and random input, each in
//! thousands of numbered cases. CONTRIBUTING tells what each does, and how one case is run again.
//!
//! A short form of each, a few well-spread cases, is a test like any other; the long form is ignored here
//! and run by `ci/campaign.sh NAME`.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// The long form prints what it does as it goes.
#![allow(clippy::print_stdout)]
// Each campaign uses a part of what they share.
#![allow(dead_code, unreachable_pub)]

mod support;

#[path = "campaign/calls.rs"]
mod calls;
#[path = "campaign/dumps.rs"]
mod dumps;
#[path = "campaign/engine.rs"]
mod engine;
#[path = "campaign/faults.rs"]
mod faults;
#[path = "campaign/input.rs"]
mod input;
#[path = "campaign/kill.rs"]
mod kill;
#[path = "campaign/limits.rs"]
mod limits;
#[path = "campaign/oracle.rs"]
mod oracle;
#[path = "campaign/outcome.rs"]
mod outcome;
#[path = "campaign/races.rs"]
mod races;
#[path = "campaign/scenario.rs"]
mod scenario;
#[path = "campaign/trace.rs"]
mod trace;
#[path = "campaign/tree.rs"]
mod tree;
#[path = "campaign/truth.rs"]
mod truth;
#[path = "campaign/words.rs"]
mod words;
