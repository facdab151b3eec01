//! `mmapctl dump`: the same output as comparable programs, from every type of source, and after every failure.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "dump/faults.rs"]
mod faults;
#[path = "dump/json.rs"]
mod json;
#[path = "dump/limits.rs"]
mod limits;
#[path = "dump/memory.rs"]
mod memory;
#[path = "dump/options.rs"]
mod options;
#[path = "dump/output.rs"]
mod output;
#[path = "dump/peers.rs"]
mod peers;
#[path = "dump/pid.rs"]
mod pid;
#[path = "dump/pipes.rs"]
mod pipes;
#[path = "dump/ranges.rs"]
mod ranges;
#[path = "dump/shown.rs"]
mod shown;
#[path = "dump/sources.rs"]
mod sources;
#[path = "dump/vanishing.rs"]
mod vanishing;
#[path = "dump/watch.rs"]
mod watch;

/// The bytes as `xxd -p` would show them.
fn plain(bytes: &[u8]) -> String {
    bytes
        .chunks(30)
        .map(|line| {
            line.iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
                + "\n"
        })
        .collect()
}
