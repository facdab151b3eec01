//! `mmapctl map`: its mappings, their effect measured from outside, and its refusals.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "map/access.rs"]
mod access;
#[path = "map/after.rs"]
mod after;
#[path = "map/creation.rs"]
mod creation;
#[path = "map/flags.rs"]
mod flags;
#[path = "map/output.rs"]
mod output;
#[path = "map/placement.rs"]
mod placement;
#[path = "map/resident.rs"]
mod resident;
#[path = "map/sources.rs"]
mod sources;
#[path = "map/then.rs"]
mod then;

use std::fs::File;
use std::os::unix::fs::FileExt;

use serde_json::Value;

use support::{Env, Held, args, smaps_at};

/// A mapping that the program holds, and the report on it.
struct Mapping {
    held: Held,
    report: Value,
}

impl Mapping {
    /// Maps a source, and holds the mapping until dropped.
    #[track_caller]
    fn hold<A: AsRef<std::ffi::OsStr>>(env: &Env, args: impl IntoIterator<Item = A>) -> Mapping {
        let mut held = env
            .cmd(args!["map", "--json", "--hold=60s"])
            .args(args)
            .hold();
        let report = serde_json::from_str(&held.line(0)).unwrap();
        Mapping { held, report }
    }

    fn address(&self) -> u64 {
        address(&self.report)
    }

    /// The flags that the kernel shows for it, read from outside.
    fn vm_flags(&self) -> Vec<String> {
        smaps_at(self.held.pid(), self.address()).unwrap().flags
    }

    /// The permissions in `/proc/PID/maps`.
    fn permissions(&self) -> String {
        let found = smaps_at(self.held.pid(), self.address()).unwrap();
        found.line.permissions
    }

    fn memory(&self) -> File {
        let path = format!("/proc/{}/mem", self.held.pid());
        File::options().read(true).write(true).open(path).unwrap()
    }

    /// Reads a byte as the program would see it.
    fn get(&self, offset: u64) -> u8 {
        let mut byte = [0];
        self.memory()
            .read_exact_at(&mut byte, self.address() + offset)
            .unwrap();
        byte[0]
    }

    /// Writes a byte as the program would.
    fn set(&self, offset: u64, value: u8) {
        self.memory()
            .write_all_at(&[value], self.address() + offset)
            .unwrap();
    }
}

/// The address in a report.
fn address(report: &Value) -> u64 {
    let text = report["address"].as_str().unwrap();
    u64::from_str_radix(text.strip_prefix("0x").unwrap(), 16).unwrap()
}

/// The words of a list in a report.
fn words(list: &Value) -> Vec<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect()
}

/// The reported effect of a flag.
fn effect<'a>(report: &'a Value, flag: &str) -> &'a str {
    let flags = report["flags"].as_array().unwrap();
    let found = flags.iter().find(|entry| entry["flag"] == flag).unwrap();
    found["effect"].as_str().unwrap()
}
