//! The page cache of files and trees: what of them is cached (`cached`); flushing (`sync`), loading (`warm`) and evicting
//! (`evict`), each measured before and after; keeping in memory (`pin`); the memory that one file takes (`why`);
//! and whether memory and storage agree (`verify`).
//! `walk` finds the files of trees.
//!
//! How commands use them, and advice on mappings, is in `actions`.

pub mod cached;
pub(in crate::mapping) mod effect;
pub mod evict;
pub mod pin;
pub mod sync;
pub mod verify;
pub mod walk;
pub mod warm;
pub mod why;

#[cfg(test)]
mod sample;
