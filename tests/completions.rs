//! Completion, by driving real shells.

#![cfg(target_os = "linux")]
