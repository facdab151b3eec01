//! Campaigns: the program under injected faults, races, signals, limits, pressure and random input, each with
//! thousands of numbered cases. CONTRIBUTING describes each campaign, and how to repeat a single case.
//!
//! The short form of each campaign, a few evenly spread cases, is an ordinary test. The long form is ignored
//! here; `ci/campaign.sh NAME` runs it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// The long form prints its progress.
#![allow(clippy::print_stdout)]
// Each campaign uses part of the shared code.
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
#[path = "campaign/orphans.rs"]
mod orphans;
#[path = "campaign/outcome.rs"]
mod outcome;
#[path = "campaign/races.rs"]
mod races;
#[path = "campaign/ring.rs"]
mod ring;
#[path = "campaign/scenario.rs"]
mod scenario;
#[path = "campaign/soak.rs"]
mod soak;
#[path = "campaign/trace.rs"]
mod trace;
#[path = "campaign/tree.rs"]
mod tree;
#[path = "campaign/truth.rs"]
mod truth;
#[path = "campaign/words.rs"]
mod words;
