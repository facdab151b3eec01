//! The files that the program generates: manual pages and completions.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use examples::Fixture;
use mmapctl::manual;
use serde_json::Value;
use support::{Env, args};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn generated_files_are_those_that_the_program_generates() {
    let env = Env::new();
    let listing = env.run(["generate"]);
    let names: BTreeSet<&str> = listing.ok().out_text().lines().collect();
    let bless = std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1");
    if bless {
        env.run(args!["generate", "--into", root()]).ok();
    }
    env.run(args!["generate", "--into", env.dir()]).ok();
    let stale: Vec<&&str> = names
        .iter()
        .filter(|name| {
            let made = fs::read(env.path(name)).unwrap();
            env.run(["generate", name]).ok().stdout(&made);
            fs::read(root().join(name)).ok() != Some(made)
        })
        .collect();
    let kept: BTreeSet<String> = ["man", "completions"]
        .into_iter()
        .flat_map(files_in)
        .collect();
    let foreign: Vec<&String> = kept
        .iter()
        .filter(|name| !names.contains(name.as_str()))
        .collect();
    assert!(
        stale.is_empty() && foreign.is_empty(),
        "not as the program generates them: {stale:?}; not generated: {foreign:?}\n\
         MMAPCTL_BLESS=1 cargo test --test generated\nwrites the former; remove the latter"
    );
}

#[test]
fn what_stands_beside_the_generated_files_is_kept_and_a_failure_is_one_line() {
    let env = Env::new();
    fs::create_dir(env.path("man")).unwrap();
    let beside = env.file("man/mmapctl.part", "mine");
    let old = env.file("man/mmapctl.1", "old");
    env.run(args!["generate", "--into", env.dir()]).ok();
    assert_eq!(fs::read(beside).unwrap(), b"mine");
    assert_ne!(fs::read(old).unwrap(), b"old");
    let file = env.file("file", "");
    env.run(args!["generate", "--into", &file]).refuses(
        3,
        format!(
            "{}/man: cannot create the directory: Not a directory",
            file.display()
        ),
    );
}

fn files_in(folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(root().join(folder)) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.map(|name| format!("{folder}/{name}")).collect()
}

#[test]
fn a_name_that_is_not_generated_is_not_found() {
    let env = Env::new();
    let run = env.run(["generate", "man/none.1"]);
    run.refuses(
        3,
        "man/none.1: cannot generate: there is no file of that name",
    );
}

fn pages() -> Vec<PathBuf> {
    let names = files_in("man").into_iter();
    names.map(|name| root().join(name)).collect()
}

#[test]
fn pages_are_clean_for_mandoc() {
    let env = Env::new();
    let Some(mandoc) = env.peer("mandoc") else {
        return;
    };
    let mut arguments = args!["-T", "lint", "-W", "style"].to_vec();
    arguments.extend(pages().into_iter().map(PathBuf::into_os_string));
    env.tool(&mandoc, &arguments).run().ok().stdout("");
}

#[test]
fn pages_are_clean_for_groff_whatever_the_encoding() {
    let env = Env::new();
    let Some(groff) = env.peer("groff") else {
        return;
    };
    for page in pages() {
        let source = fs::read(&page).unwrap();
        assert!(source.is_ascii(), "{}", page.display());
        let arguments = args!["-man", "-ww", "-z", "-T", "utf8", &page];
        env.tool(&groff, arguments).run().ok().stdout("").stderr("");
    }
}

#[test]
fn every_page_has_every_section_and_the_version_at_its_foot() {
    let env = Env::new();
    let Some(mandoc) = env.peer("mandoc") else {
        return;
    };
    let version = format!("mmapctl {}", env!("CARGO_PKG_VERSION"));
    for page in pages() {
        let run = env.tool(&mandoc, args!["-T", "ascii", &page]).run();
        let text = plain(run.ok().out_text());
        let sections: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with(|c: char| c.is_ascii_uppercase()))
            .collect();
        let wanted = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "EXIT STATUS",
            "ENVIRONMENT",
            "JSON OUTPUT",
            "PORTABILITY",
            "EXAMPLES",
            "SEE ALSO",
        ];
        let found = sections.iter().filter(|title| wanted.contains(title));
        assert!(found.eq(wanted.iter()), "{}: {sections:?}", page.display());
        let foot = text.lines().last().unwrap();
        assert!(foot.starts_with(&version), "{}: {foot}", page.display());
    }
}

/// Text without the backspaces that make it bold or underlined.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars() {
        if c == '\u{8}' {
            plain.pop();
        } else {
            plain.push(c);
        }
    }
    plain
}

#[test]
fn every_command_has_a_page() {
    let env = Env::new();
    let help = env.run(["--help"]);
    let commands: Vec<&str> = help
        .ok()
        .out_text()
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .collect();
    let pages: Vec<&str> = manual::commands().iter().map(|page| page.name).collect();
    assert_eq!(pages, commands);
}

// ---------------------------------------------------------------------------------------------------
// JSON fields: what the pages say, held against what the commands print.

/// Command lines that between them print every field. What they print on stderr must be documented too.
const RUNS: &[(&str, &[&str])] = &[
    (
        "map",
        &[
            "mmapctl map --json data.bin",
            "mmapctl map --json --anon -n 1M -a c --flags noreserve,denywrite --probe --remap 2M --protect r+sem --advise random",
            "mmapctl map --json new.bin -n 1M -a w --advise cold --open sync",
            "mmapctl map --json $'\\xff.bin' -n 1M -a w",
            "mmapctl map --json --tag telemetry",
            "mmapctl map --json --fd 3 3<data.bin",
            "mmapctl map --json data.bin --hold 1ms",
            "mmapctl map --json data.bin log.bin --hold 1ms",
        ],
    ),
    (
        "dump",
        &[
            "mmapctl dump --json data.bin -n 64",
            "mmapctl dump --json data.bin -n 64 --format values",
            "mmapctl dump --json data.bin -n 64 --output out.txt",
            "mmapctl dump --json $'\\xff.bin'",
            "mmapctl dump --json --tag telemetry",
            "mmapctl dump --json --fd 3 3<data.bin",
        ],
    ),
    (
        "pagesize",
        &[
            "mmapctl pagesize --json",
            "mmapctl pagesize --json --all",
            "mmapctl pagesize --json --huge",
            "mmapctl pagesize --json --align 5000",
            "mmapctl pagesize --json --pages 5000",
        ],
    ),
    (
        "filesize",
        &[
            "mmapctl filesize --json --long data.bin",
            "mmapctl filesize --json --set 1M new.bin",
            "mmapctl filesize --json $'\\xff.bin'",
            "mmapctl filesize --json --tag telemetry",
            "mmapctl filesize --json --fd 3 3<data.bin",
        ],
    ),
    (
        "mirror",
        &[
            "mmapctl mirror --json --anon -n 64K --verify",
            "mmapctl mirror --json $'\\xff.bin' -n 64K",
            "mmapctl mirror --json new.bin -n 64K --hold 1ms",
            "mmapctl mirror --json --tag telemetry",
            "mmapctl mirror --json --fd 3 3<>data.bin",
        ],
    ),
    (
        "fill",
        &[
            "mmapctl fill --json new.bin -n 64K --pattern 55aa --verify",
            "mmapctl fill --json $'\\xff.bin' -n 64K --random",
            "mmapctl fill --json data.bin --from log.bin --flush sync",
            "mmapctl fill --json data.bin --from-hex head.hex",
            "mmapctl fill --json --tag telemetry -n 64K --access c",
            "mmapctl fill --json --fd 3 3<>data.bin",
        ],
    ),
    (
        "sync",
        &[
            "mmapctl sync --json data.bin",
            "mmapctl sync --json $'\\xff.bin'",
            "mmapctl sync --json --tag telemetry",
            "mmapctl sync --json --fd 3 3<>data.bin",
        ],
    ),
    (
        "advise",
        &[
            "mmapctl advise warm --json data.bin",
            "mmapctl advise warm --json $'\\xff.bin'",
            "mmapctl advise evict --json --fd 3 3<data.bin",
            "mmapctl map --quiet --lock --tag telemetry -- mmapctl advise evict --json --tag telemetry",
            "mmapctl advise random --json data.bin --hold 1ms",
            "mmapctl advise random --json data.bin log.bin --hold 1ms",
            "mmapctl advise cold --json data.bin",
            "sleep 60 & until grep -q sleep /proc/$!/comm; do :; done; mmapctl advise cold --json --pid $! --mapping '*'; kill $!",
        ],
    ),
    (
        "tags",
        &[
            "mmapctl tags --json",
            "mmapctl map --quiet --tag telemetry -- mmapctl tags --json --users telemetry",
        ],
    ),
    (
        "unlink",
        &["mmapctl map --quiet --tag telemetry -- mmapctl unlink --json telemetry"],
    ),
];

/// Fields that only some systems or misfortunes bring forth.
const RARE: &[&str] = &[
    "unknown_reason",
    "dirty_unknown_reason",
    "memory.vm_flags_partial[]",
    "effect.notes[]",
    "unreadable[].offset",
    "unreadable[].length",
    "marks.pages",
    "marks.used",
];

#[test]
fn every_json_field_is_on_the_page_and_every_field_on_the_page_is_printed() {
    if Env::new().peer("bash").is_none() || !support::may_advise_processes() {
        return;
    }
    let runs: BTreeMap<&str, &[&str]> = RUNS.iter().copied().collect();
    let mut wrong = Vec::new();
    for page in manual::commands() {
        let Some(lines) = runs.get(page.name) else {
            panic!("no run shows the fields of {}", page.name);
        };
        let told: BTreeSet<String> = page.fields.iter().flat_map(|g| g.paths()).collect();
        let mut seen = BTreeSet::new();
        for line in *lines {
            let Some(fixture) = Fixture::new() else {
                return;
            };
            fixture.env().file(
                <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff.bin"),
                "abc",
            );
            let run = fixture.shell(line);
            for object in run.out_text().lines() {
                let mut value: Value = serde_json::from_str(object).unwrap_or_else(|e| run.fail(e));
                if value.get("ready").is_some()
                    && let Some(held) = value.as_object_mut().unwrap().remove("mappings")
                {
                    seen.insert("mappings".to_owned());
                    for mapping in held.as_array().unwrap() {
                        collect(mapping, String::new(), &mut seen);
                    }
                }
                collect(&value, String::new(), &mut seen);
            }
            if run.out().is_empty() {
                run.fail("no JSON was printed");
            }
        }
        // An object that is absent is null.
        seen.retain(|path| {
            !told
                .iter()
                .any(|field| field.starts_with(&format!("{path}.")))
        });
        wrong.extend(
            seen.difference(&told)
                .map(|f| format!("{}: undocumented: {f}", page.name)),
        );
        let unseen = told
            .difference(&seen)
            .filter(|field| !RARE.iter().any(|rare| field.ends_with(rare)));
        wrong.extend(unseen.map(|f| format!("{}: documented, not printed: {f}", page.name)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The path of every value that is no object.
fn collect(value: &Value, path: String, seen: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                collect(value, format!("{path}{dot}{key}"), seen);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect(value, format!("{path}[]"), seen);
            }
        }
        _ => {
            seen.insert(path);
        }
    }
}

#[test]
fn the_fields_of_an_error_are_on_the_main_page() {
    let env = Env::new();
    let told: BTreeSet<&str> = manual::ERROR.iter().map(|field| field.path).collect();
    let odd = <std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(b"\xff");
    let mut seen = BTreeSet::new();
    for arguments in [
        args!["dump", "--json", "none"].to_vec(),
        args!["dump", "--json", odd].to_vec(),
        args!["map", "--json", "none", "-a", "w"].to_vec(),
    ] {
        let error = env.run(arguments).json_error();
        seen.extend(error.as_object().unwrap().keys().cloned());
    }
    // An offset takes a fault, which the tests of faults bring about.
    seen.insert("offset".to_owned());
    let seen: BTreeSet<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(seen, told);
}
