//! Other programs that tests compare with, drive or depend on, and the versions that behave as the tests expect.
//!
//! `src/hexview/tests` uses this file too.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Programs whose versions differ in ways that matter to the tests: the option that prints the version, and the
/// beginnings of the version line. Add a version after the tests have passed with it.
const VERSIONS: &[(&str, &str, &[&str])] = &[
    (
        "bash",
        "--version",
        &[
            "GNU bash, version 4.2",
            "GNU bash, version 4.3",
            "GNU bash, version 4.4",
            "GNU bash, version 5.",
        ],
    ),
    ("cmp", "--version", &["cmp (GNU diffutils) 3."]),
    ("elvish", "-version", &["0.19."]),
    ("fish", "--version", &["fish, version 3."]),
    ("groff", "--version", &["GNU groff version 1.22."]),
    ("hexdump", "--version", &["hexdump from util-linux 2.38"]),
    ("hexyl", "--version", &["hexyl 0.17.0"]),
    ("nu", "--version", &["0.108."]),
    ("od", "--version", &["od (GNU coreutils) 9.1"]),
    ("strace", "--version", &["strace -- version 6."]),
    ("xxd", "--version", &["xxd 2022-01-14", "xxd 2026-06-16"]),
    ("zsh", "--version", &["zsh 5."]),
];

/// Another program, from the directory where `.ci/run` installs exact versions or from the search path; otherwise
/// a text that says what is missing.
pub fn find(program: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin");
    let there = std::iter::once(installed)
        .chain(std::env::split_paths(&path))
        .map(|directory| directory.join(program))
        .filter(|candidate| candidate.is_file());
    let Some((_, option, wanted)) = VERSIONS.iter().find(|(name, ..)| *name == program) else {
        let first = { there }.next();
        return first.ok_or_else(|| format!("the program {program}"));
    };
    let mut others = Vec::new();
    for candidate in there {
        let told = version(&candidate, option);
        if told.lines().any(|line| is_one_of(line, wanted)) {
            return Ok(candidate);
        }
        others.extend(told.lines().next().map(str::to_owned));
    }
    let wanted = wanted.join("' or '");
    Err(match others.first() {
        None => format!("the program {program}, '{wanted}'"),
        Some(other) => format!("the program {program}, '{wanted}' and not '{other}'"),
    })
}

/// The version output of a program.
fn version(program: &Path, option: &str) -> String {
    let mut asked = Command::new(program);
    let asked = asked.arg(option).stdin(Stdio::null()).output();
    let Ok(output) = asked else {
        return String::new();
    };
    let told = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&told).into_owned()
}

/// Whether a line begins with one of these versions, with a complete last number.
fn is_one_of(line: &str, versions: &[&str]) -> bool {
    versions.iter().any(|version| {
        line.strip_prefix(version).is_some_and(|rest| {
            version.ends_with('.') || !rest.starts_with(|c: char| c.is_ascii_digit())
        })
    })
}
