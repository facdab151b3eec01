//! Raw system calls. Only this module makes them, and only it depends on the operating system.
//!
//! A function here makes a call and returns its result; its callers check bounds and alignment. Calls of every Unix are
//! in `unix`, and calls of one system are in the folder or file of that system. `lacking` has replacements for systems
//! that lack a call. This file only declares the modules: each file imports from the file that defines an item.

#![allow(unsafe_code)]

#[macro_use]
mod select;

mod answer;
mod call;
mod error;
mod heap;
mod open_file;
mod system;
pub(in crate::mapping) mod trap;

cfg_select! {
    unix => {
        mod unix;

        pub(in crate::mapping) use unix::*;
    }
    windows => {
        mod windows;

        pub(in crate::mapping) use windows::*;
    }
}

cfg_select! {
    target_os = "linux" => {
        mod linux;

        pub(in crate::mapping) use linux::*;
    }
    target_os = "macos" => {
        mod bsd;
        mod lacking;
        mod macos;

        pub(in crate::mapping) use bsd::*;
        pub(in crate::mapping) use lacking::*;
        pub(in crate::mapping) use macos::*;
    }
    target_os = "freebsd" => {
        mod bsd;
        mod freebsd;
        mod lacking;

        pub(in crate::mapping) use bsd::*;
        pub(in crate::mapping) use freebsd::*;
        pub(in crate::mapping) use lacking::*;
    }
    windows => {
        mod lacking;

        pub(in crate::mapping) use lacking::*;
    }
}

pub(in crate::mapping) use answer::{
    Event, FileClass, FoundChange, GroupRoom, MapFailure, MapRefusal, MemoryRoom, OutputState,
    Trial,
};
pub(in crate::mapping) use call::{MapCall, OpenHow};
pub(in crate::mapping) use heap::end_without_memory_with;
pub(in crate::mapping) use system::{
    FIXED_REPLACES, FLUSH_NEEDS_WRITING, LOOKING_MOVES_POSITION, MAPS_BEYOND_END, MEMMAP2_SERVES,
    MSYNC_REACHES_STORAGE, PLATFORM, TAG_LIMIT,
};
