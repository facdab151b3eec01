//! The commands on Windows, one module for each; `ci/windows.sh` runs them under Wine.
//!
//! They share a fresh directory and a way to run the program. Where Wine differs from Windows, the test
//! documents the difference and accepts both results.

#![cfg(windows)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "windows/support.rs"]
mod support;

#[path = "windows/advise.rs"]
mod advise;
#[path = "windows/console.rs"]
mod console;
#[path = "windows/dump.rs"]
mod dump;
#[path = "windows/errors.rs"]
mod errors;
#[path = "windows/filesize.rs"]
mod filesize;
#[path = "windows/fill.rs"]
mod fill;
#[path = "windows/help.rs"]
mod help;
#[path = "windows/map.rs"]
mod map;
#[path = "windows/mirror.rs"]
mod mirror;
#[path = "windows/pagesize.rs"]
mod pagesize;
#[path = "windows/sync.rs"]
mod sync;
#[path = "windows/tags.rs"]
mod tags;
