//! Rules about the source text that the compiler does not enforce: who may import whom, that no files need
//! each other in a circle, where `unsafe`, platform conditions, outcomes and words may stand, what may be
//! printed, how long things may be, and what no tracked file may name.
//!
//! Here is the house: its parts and rooms, what each may name, and the list of the rules. Each rule is a
//! function from source to violations, so that its own test can show it a bad sample.

// A rule that cannot read its input has no caller to report to but the test harness.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "layout/files.rs"]
mod files;
#[path = "layout/graph.rs"]
mod graph;
#[path = "layout/paths.rs"]
mod paths;
#[path = "layout/rules.rs"]
mod rules;
#[path = "layout/samples.rs"]
mod samples;
#[path = "layout/source.rs"]
mod source;
#[path = "layout/tracked.rs"]
mod tracked;

#[path = "support/skip.rs"]
#[allow(unreachable_pub)]
mod skip;

use files::{sources, tracked_texts};
use tracked::{foreign_paths, machine_paths, private_hosts};

/// The parts of the program from the top, and what each may name: its own part and these, which stand below
/// it.
const IMPORTS: [(&str, &[&str]); 8] = [
    ("lib.rs", &[]),
    ("main.rs", &["commands", "cli"]),
    (
        "commands",
        &["cli", "report", "manual", "hexview", "mapping"],
    ),
    ("cli", &["manual", "hexview", "mapping"]),
    ("report", &["mapping"]),
    ("manual", &["mapping"]),
    ("hexview", &[]),
    ("mapping", &[]),
];

/// The rooms of `mapping` from the top: each may name itself and those below it. A room is a folder or a
/// file of that name.
const ROOMS: [&str; 10] = [
    "actions", "cache", "region", "process", "source", "measure", "platform", "error", "sys",
    "types",
];

/// Crates for command lines, terminals and text.
const FACE: [&str; 8] = [
    "anstream",
    "anstyle",
    "anyhow",
    "clap",
    "hexyl",
    "humantime",
    "indicatif",
    "serde_json",
];

/// Crates for files, memory and arguments, which a pure formatter has no use for.
const SYSTEM: [&str; 7] = [
    "anyhow",
    "clap",
    "indicatif",
    "libc",
    "memmap2",
    "rustix",
    "signal_hook",
];

/// Where `unsafe` may stand: files, or folders when they end in a slash.
const UNSAFE_PLACES: [&str; 2] = ["src/mapping/sys/", "src/mapping/region/"];

/// What a condition may ask about the platform only in `sys`.
const PLATFORM: [&str; 8] = [
    "target_os",
    "target_family",
    "target_env",
    "target_vendor",
    "target_arch",
    "unix",
    "windows",
    "linux",
];

/// What looks like an option in a text of `mapping` and is none of this program's, and why it is there.
const FOREIGN_OPTIONS: [(&str, &str); 1] = [("--setrw", "an option of blockdev(8)")];

const FUNCTION_LINES: usize = 60;
const FILE_LINES: usize = 600;

// ---------------------------------------------------------------------------------------------------
// The rules, applied.

#[test]
fn imports_go_one_way() {
    none_of(sources().iter().flat_map(rules::forbidden_imports));
}

#[test]
fn rooms_name_only_what_stands_below_them() {
    none_of(sources().iter().flat_map(rules::forbidden_rooms));
}

#[test]
fn files_need_each_other_in_no_circle() {
    none_of(graph::circles(sources()));
}

#[test]
fn unsafe_stands_where_it_may_and_says_why() {
    none_of(sources().iter().flat_map(rules::unexplained_unsafe));
}

#[test]
fn only_sys_knows_the_platform() {
    none_of(sources().iter().flat_map(rules::platform_conditions));
}

#[test]
fn nothing_prints_past_its_caller() {
    none_of(sources().iter().flat_map(rules::printing));
}

#[test]
fn functions_and_files_are_short() {
    none_of(sources().iter().flat_map(rules::too_long));
}

#[test]
fn commands_define_no_outcome() {
    none_of(sources().iter().flat_map(rules::outcomes_in_commands));
}

#[test]
fn the_core_names_no_option() {
    none_of(sources().iter().flat_map(rules::options_in_the_core));
}

#[test]
fn no_tracked_file_names_a_machine_or_a_private_host() {
    let machine = machine_paths();
    none_of(tracked_texts().into_iter().flat_map(|(name, text)| {
        [
            foreign_paths(&name, &text, &machine),
            private_hosts(&name, &text),
        ]
        .concat()
    }));
}

fn none_of(violations: impl IntoIterator<Item = String>) {
    let all: Vec<String> = violations.into_iter().collect();
    assert!(
        all.is_empty(),
        "{} violations:\n{}",
        all.len(),
        all.join("\n")
    );
}
