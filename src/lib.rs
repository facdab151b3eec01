//! The parts of the `mmapctl` program, as a library so that its own tests and benchmarks can reach them.
//!
//! Nothing here is a stable interface for other crates: the promise of this project is its command
//! line. Imports go one way: `main → cli, commands`; `commands → cli, manual, mapping, hexview, report`;
//! `report → mapping`; `mapping → mapping::sys`. A test (`tests/layout.rs`) scans for violations.

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
