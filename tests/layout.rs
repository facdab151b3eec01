//! Rules about the source text that the compiler does not enforce: the direction of imports, no cycles of files, the
//! places of `unsafe`, platform conditions, outcomes and texts, the length of files and functions, and names that no
//! tracked file may contain.
//!
//! This file lists the parts and rooms of the program, and the rules. Each rule is a function from source text to
//! violations, and has its own test with a bad sample.

// A rule that cannot read its input fails the test.
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

/// The parts of the program from the top, each with the other parts that it may name. All of these are below it.
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

/// The rooms of `mapping` from the top: each may name itself and the rooms below it. A room is a folder or
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

/// Uses of such a crate in `mapping`, each with its reason.
const FACE_PLACES: [(&str, &str, &str); 1] = [(
    "src/mapping/cache/snapshot/",
    "serde_json",
    "a snapshot is a file of JSON, which is read too",
)];

/// Crates for files, memory and arguments, which a pure formatter does not need.
const SYSTEM: [&str; 7] = [
    "anyhow",
    "clap",
    "indicatif",
    "libc",
    "memmap2",
    "rustix",
    "signal_hook",
];

/// The places where `unsafe` is allowed: files, and folders with a final slash.
const UNSAFE_PLACES: [&str; 2] = ["src/mapping/sys/", "src/mapping/region/"];

/// Conditions on the platform, which are allowed in `sys` only.
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

/// Texts in `mapping` that look like options of this program but are not, each with its reason.
const FOREIGN_OPTIONS: [(&str, &str); 1] = [("--setrw", "an option of blockdev(8)")];

const FUNCTION_LINES: usize = 60;
const FILE_LINES: usize = 600;

// ---------------------------------------------------------------------------------------------------
// The application of the rules.

#[test]
fn imports_go_one_way() {
    none_of(sources().iter().flat_map(rules::forbidden_imports));
}

#[test]
fn rooms_name_only_rooms_below_them() {
    none_of(sources().iter().flat_map(rules::forbidden_rooms));
}

#[test]
fn files_do_not_form_cycles() {
    none_of(graph::circles(sources()));
}

#[test]
fn unsafe_is_only_in_its_places_and_has_a_reason() {
    none_of(sources().iter().flat_map(rules::unexplained_unsafe));
}

#[test]
fn only_sys_has_platform_conditions() {
    none_of(sources().iter().flat_map(rules::platform_conditions));
}

#[test]
fn nothing_prints_directly() {
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
fn no_tracked_file_names_a_machine_path_or_a_private_host() {
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
