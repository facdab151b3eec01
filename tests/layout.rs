//! Rules about the source text that the compiler does not enforce: who may import whom, where `unsafe`
//! and platform conditions may stand, what may be printed, and what no tracked file may name.
//!
//! Each rule is a function from source to violations, so that its own test can show it a bad sample.

// A rule that cannot read its input has no caller to report to but the test harness.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "layout/source.rs"]
mod source;

#[path = "support/skip.rs"]
#[allow(unreachable_pub)]
mod skip;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use source::Source;

/// The parts of the program and what each may name: its own part and these.
const IMPORTS: [(&str, &[&str]); 8] = [
    ("lib.rs", &[]),
    ("main.rs", &["cli", "commands", "report"]),
    ("cli", &["manual", "mapping", "hexview"]),
    (
        "commands",
        &["cli", "manual", "mapping", "hexview", "report"],
    ),
    ("manual", &["mapping"]),
    ("mapping", &[]),
    ("hexview", &[]),
    ("report", &["mapping"]),
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
const UNSAFE_PLACES: [&str; 3] = [
    "src/mapping/region/",
    "src/mapping/actions/mirror.rs",
    "src/mapping/sys/",
];

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

const FUNCTION_LINES: usize = 80;
const FILE_LINES: usize = 800;

// ---------------------------------------------------------------------------------------------------
// The rules, applied.

#[test]
fn imports_go_one_way() {
    none_of(sources().iter().flat_map(forbidden_imports));
}

#[test]
fn unsafe_stands_where_it_may_and_says_why() {
    none_of(sources().iter().flat_map(unexplained_unsafe));
}

#[test]
fn only_sys_knows_the_platform() {
    none_of(sources().iter().flat_map(platform_conditions));
}

#[test]
fn nothing_prints_past_its_caller() {
    none_of(sources().iter().flat_map(printing));
}

#[test]
fn functions_and_files_are_short() {
    none_of(sources().iter().flat_map(too_long));
}

#[test]
fn no_tracked_file_names_a_machine_or_a_private_host() {
    let machine = machine_paths();
    let found = tracked_files().into_iter().flat_map(|path| {
        let text = String::from_utf8_lossy(&fs::read(root().join(&path)).unwrap()).into_owned();
        let name = path.display().to_string();
        [
            foreign_paths(&name, &text, &machine),
            private_hosts(&name, &text),
        ]
        .concat()
    });
    none_of(found);
}

fn none_of(violations: impl Iterator<Item = String>) {
    let all: Vec<String> = violations.collect();
    assert!(
        all.is_empty(),
        "{} violations:\n{}",
        all.len(),
        all.join("\n")
    );
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `src`, read and cut into tokens.
fn sources() -> Vec<Source> {
    let mut folders = vec![root().join("src")];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path
                    .strip_prefix(root())
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .replace('\\', "/");
                found.push(Source::new(&name, &fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// What git tracks; nothing in an unpacked package, which git does not know, and where there is no git.
fn tracked_files() -> Vec<PathBuf> {
    if !root().join(".git").exists() {
        return Vec::new();
    }
    // Whoever owns the checkout: this only reads.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-z"]);
    let Ok(listing) = git.current_dir(root()).output() else {
        skip::skip("the program git");
        return Vec::new();
    };
    assert!(
        listing.status.success(),
        "{}",
        String::from_utf8_lossy(&listing.stderr)
    );
    let names = String::from_utf8(listing.stdout).unwrap();
    let files = names
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(PathBuf::from);
    files.filter(|path| root().join(path).is_file()).collect()
}

// ---------------------------------------------------------------------------------------------------
// The rules.

/// Paths that begin at the crate's root, or climb to it, and lead to a part this file may not name; and
/// crates that have no business in its part outside its tests.
fn forbidden_imports(source: &Source) -> Vec<String> {
    let part = source.part();
    let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| *name == part) else {
        return vec![source.at(1, format!("no rule says what `{part}` may import"))];
    };
    let crates: &[&str] = match part {
        "mapping" => &FACE,
        "hexview" => &SYSTEM,
        _ => &[],
    };
    let known = |name: &str| IMPORTS.iter().any(|(part, _)| *part == name);
    let inside = root_names(source)
        .into_iter()
        .filter(|(name, _)| known(name) && name != part && !allowed.contains(&name.as_str()))
        .map(|(name, line)| source.at(line, format!("`{part}` names `{name}`")));
    let outside = source
        .path_heads()
        .filter(|&index| crates.contains(&source.text(index)) && !source.in_tests(index))
        .map(|index| {
            let token = &source.tokens[index];
            source.at(
                token.line,
                format!("`{part}` uses the crate {}", token.text),
            )
        });
    inside.chain(outside).collect()
}

/// The names that follow `crate::`, `mmapctl::`, or as many `super::` as lead to the root.
fn root_names(source: &Source) -> Vec<(String, usize)> {
    let mut names = Vec::new();
    for (index, depth) in source.module_depths().into_iter().enumerate() {
        let head = !source.is(index.wrapping_sub(1), "::");
        let after = match source.text(index) {
            "crate" | "mmapctl" if head && source.is(index + 1, "::") => Some(index + 2),
            "super" if head => source.climb(index, depth),
            _ => None,
        };
        names.extend(after.into_iter().flat_map(|after| source.branches(after)));
    }
    names
}

/// `unsafe` outside its places, permission for it there, and `unsafe` without its reason.
fn unexplained_unsafe(source: &Source) -> Vec<String> {
    let allowed = UNSAFE_PLACES.iter().any(|place| {
        source.name == *place || (place.ends_with('/') && source.name.starts_with(place))
    });
    let mut found = Vec::new();
    for (index, token) in source.tokens.iter().enumerate() {
        let reason = match token.text.as_str() {
            "unsafe" if !allowed => Some("unsafe outside its places"),
            "unsafe_code" if !allowed && source.is_permission(index) => {
                Some("unsafe_code allowed outside its places")
            }
            "unsafe" if source.lacks_reason(index) => {
                Some("unsafe without a `// SAFETY:` comment just above")
            }
            _ => None,
        };
        found.extend(reason.map(|reason| source.at(token.line, reason)));
    }
    found
}

/// Conditions on the platform outside `sys`. A test may ask for the architecture, because what it expects
/// of the machine's own instructions depends on it, and so may the hex engine, which chooses by it.
fn platform_conditions(source: &Source) -> Vec<String> {
    if source.name.starts_with("src/mapping/sys/") {
        return Vec::new();
    }
    let knows_processors = source.name.starts_with("src/hexview/");
    let may_ask =
        |index| source.is(index, "target_arch") && (knows_processors || source.in_tests(index));
    let conditions = (0..source.tokens.len()).filter(|&index| {
        matches!(source.text(index), "cfg" | "cfg_attr" | "cfg_select")
            && (source.is(index + 1, "(") || source.is(index + 1, "!"))
    });
    conditions
        .flat_map(|index| index..source.group_end(index + 1))
        .filter(|&index| PLATFORM.contains(&source.text(index)))
        .filter(|&index| !may_ask(index))
        .map(|index| {
            let token = &source.tokens[index];
            source.at(
                token.line,
                format!("a condition on `{}` outside sys", token.text),
            )
        })
        .collect()
}

/// Macros that write to the process's own streams. Tests may: the harness catches it.
fn printing(source: &Source) -> Vec<String> {
    let macros = ["println", "eprintln", "print", "eprint", "dbg"];
    (0..source.tokens.len())
        .filter(|&index| macros.contains(&source.text(index)) && !source.in_tests(index))
        .filter(|&index| source.is(index + 1, "!") && !source.is(index + 2, "="))
        .map(|index| {
            source.at(
                source.tokens[index].line,
                format!("{}! is used", source.text(index)),
            )
        })
        .collect()
}

/// Functions and files that nobody reads in one go.
fn too_long(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let lines = source.program_lines();
    if lines > FILE_LINES {
        found.push(source.at(
            1,
            format!("{lines} lines besides tests, at most {FILE_LINES}"),
        ));
    }
    for index in 0..source.tokens.len() {
        if source.text(index) != "fn" || !source.tokens[index + 1].is_name() {
            continue;
        }
        let Some(body) = source.body(index) else {
            continue;
        };
        let first = source.tokens[index].line;
        let lines = source.tokens[source.group_end(body) - 1].line - first + 1;
        if lines > FUNCTION_LINES {
            let name = source.text(index + 1);
            found.push(source.at(
                first,
                format!("fn {name}: {lines} lines, at most {FUNCTION_LINES}"),
            ));
        }
    }
    found
}

/// Paths of somebody's home or of the machine that builds.
fn foreign_paths(name: &str, text: &str, machine: &[String]) -> Vec<String> {
    let homes = ["home", "Users", "root"].map(|home| format!("/{home}/"));
    numbered(text)
        .flat_map(|(number, line)| {
            let hit = homes
                .iter()
                .chain(machine)
                .find(|path| begins_a_path(line, path));
            hit.map(|path| format!("{name}:{number}: names a path of a machine: {path}"))
        })
        .collect()
}

/// Whether `path` stands in `line` as the beginning of a path and not in the middle of a longer one.
fn begins_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        // A drive's colon and a file URL's slash stand before a beginning as well.
        !before.is_some_and(|c| c.is_alphanumeric() || "._-*})]>".contains(c))
    })
}

/// Where this checkout, the toolchain and this user live, and the folder that the checkout stands in when
/// that folder is not one that every system has.
fn machine_paths() -> Vec<String> {
    const COMMON: [&str; 9] = [
        "/", "/home", "/mnt", "/opt", "/root", "/src", "/srv", "/tmp", "/usr",
    ];
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let parent = root().parent().map(|parent| parent.join(""));
    [Some(root().to_owned()), home, parent]
        .into_iter()
        .flatten()
        .map(|path| path.display().to_string())
        .filter(|path| !COMMON.contains(&path.trim_end_matches('/')) && path.len() > 1)
        .collect()
}

/// URLs whose host the public cannot reach, and hosts that only hand out packages.
fn private_hosts(name: &str, text: &str) -> Vec<String> {
    let kinds = [
        "http://",
        "https://",
        "sparse+http://",
        "sparse+https://",
        "git+ssh://",
        "ssh://",
    ];
    let mut found = Vec::new();
    for (number, line) in numbered(text) {
        for rest in kinds.iter().flat_map(|kind| line.split(kind).skip(1)) {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !".-_:@[]".contains(c));
            let host = &rest[..end.unwrap_or(rest.len())];
            if !host.is_empty() && is_private(host.trim_end_matches(['.', ':'])) {
                found.push(format!(
                    "{name}:{number}: names a private or package host: {host}"
                ));
            }
        }
    }
    found
}

fn is_private(host: &str) -> bool {
    const ENDINGS: [&str; 7] = [
        "corp",
        "home",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
    ];
    const LABELS: [&str; 7] = [
        "artifactory",
        "index",
        "mirror",
        "nexus",
        "proxy",
        "registry",
        "static",
    ];
    let labels: Vec<&str> = host.split('.').collect();
    let last = labels.last().copied().unwrap_or_default();
    host.contains(['@', ':', '['])
        || labels.len() < 2
        || last.starts_with(|c: char| c.is_ascii_digit())
        || ENDINGS.contains(&last)
        || labels
            .iter()
            .flat_map(|label| label.split('-'))
            .any(|word| LABELS.contains(&word))
}

fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
}

// ---------------------------------------------------------------------------------------------------
// Each rule can fail, and does not fail where it should not.

fn check(rule: fn(&Source) -> Vec<String>, name: &str, text: &str) -> Vec<String> {
    rule(&Source::new(name, text))
}

#[test]
fn the_import_rule_sees_every_way_to_climb() {
    let bad = [
        ("src/mapping/a.rs", "use crate::report::Table;"),
        (
            "src/mapping/a.rs",
            "use crate::{mapping::range, cli::Size};",
        ),
        (
            "src/mapping/a.rs",
            "use crate::{mapping::{range, size}, commands};",
        ),
        ("src/mapping/a.rs", "fn f() { super::super::hexview::f() }"),
        ("src/mapping/mod.rs", "use super::cli;"),
        (
            "src/mapping/a.rs",
            "mod tests { use super::super::super::cli; }",
        ),
        ("src/mapping/a.rs", "#[derive(clap::ValueEnum)] enum A {}"),
        ("src/mapping/sys/a.rs", "use ::anyhow::Result;"),
        ("src/hexview/a.rs", "use crate::mapping::range;"),
        ("src/hexview/a.rs", "use clap;"),
        (
            "src/mapping/a.rs",
            "#[cfg(test)] mod tests { f(); }\nuse serde_json::json;",
        ),
        ("src/report/a.rs", "use crate::commands::Plan;"),
        ("src/report.rs", "use crate::hexview;"),
        ("src/cli/a.rs", "use crate::commands;"),
        ("src/main.rs", "use mmapctl::mapping::error::Error;"),
        ("src/other.rs", ""),
    ];
    for (name, text) in bad {
        assert_eq!(
            check(forbidden_imports, name, text).len(),
            1,
            "{name}: {text}"
        );
    }
    let good = [
        (
            "src/mapping/a.rs",
            "use super::range; use crate::mapping::size; use serde::Serialize;",
        ),
        (
            "src/mapping/a.rs",
            "// use crate::cli\nfn f() -> &'static str { \"crate::cli\" }",
        ),
        (
            "src/mapping/a.rs",
            "mod tests { use super::super::range; use std::clap::x; }",
        ),
        (
            "src/mapping/a.rs",
            "#[cfg(test)] mod tests { use serde_json::json; }",
        ),
        (
            "src/hexview/hexyl/a.rs",
            "use super::super::output; use ::hexyl::Printer;",
        ),
        ("src/main.rs", "use mmapctl::{cli, commands, report};"),
        (
            "src/commands/a.rs",
            "use crate::{cli, mapping, hexview, report};",
        ),
    ];
    for (name, text) in good {
        assert_eq!(
            check(forbidden_imports, name, text),
            [""; 0],
            "{name}: {text}"
        );
    }
}

#[test]
fn the_unsafe_rule_wants_a_place_and_a_reason() {
    let bad = [
        ("src/report/a.rs", "// SAFETY: no\nunsafe { f() }"),
        ("src/report/a.rs", "#![allow(unsafe_code)]"),
        ("src/cli/a.rs", "#[allow(dead_code, unsafe_code)] fn f() {}"),
        ("src/mapping/region/", "fn f() {\n    unsafe { g() }\n}"),
        (
            "src/mapping/region/",
            "// SAFETY: of g.\ng();\nunsafe { h() }",
        ),
        (
            "src/mapping/region/",
            "// SAFETY: too far.\n\nunsafe { h() }",
        ),
        ("src/mapping/sys/a.rs", "unsafe impl Send for A {}"),
    ];
    for (name, text) in bad {
        assert_eq!(
            check(unexplained_unsafe, name, text).len(),
            1,
            "{name}: {text}"
        );
    }
    let good = [
        (
            "src/report/a.rs",
            "// unsafe\nlet a = \"unsafe\"; #![deny(unsafe_code)]",
        ),
        (
            "src/report/a.rs",
            "let a = r#\"unsafe \" unsafe\"#; /* unsafe /* unsafe */ unsafe */",
        ),
        (
            "src/mapping/region/fault.rs",
            "// SAFETY: it holds\n// because of this.\nlet a =\n    unsafe { f() };",
        ),
        (
            "src/mapping/sys/a.rs",
            "// SAFETY: all of it.\n#[cfg(x)]\nunsafe impl Send for A {}",
        ),
        ("src/mapping/sys/a.rs", "pub unsafe fn f() {}"),
        (
            "src/mapping/sys/a.rs",
            "let f: unsafe fn(u8) = g; let h: unsafe extern \"C\" fn() = i;",
        ),
    ];
    for (name, text) in good {
        assert_eq!(
            check(unexplained_unsafe, name, text),
            [""; 0],
            "{name}: {text}"
        );
    }
}

#[test]
fn the_platform_rule_sees_attributes_and_macros() {
    for text in [
        "#[cfg(target_os = \"linux\")] fn f() {}",
        "#[cfg(all(test, not(windows)))] fn f() {}",
        "#[cfg_attr(unix, allow(dead_code))] fn f() {}",
        "fn f() { if cfg!(target_family = \"unix\") {} }",
        "fn f() { if cfg!(target_arch = \"x86\") {} }",
        "#[cfg(test)] mod tests { #[cfg(unix)] fn f() {} }",
    ] {
        assert_eq!(
            check(platform_conditions, "src/mapping/a.rs", text).len(),
            1,
            "{text}"
        );
        assert_eq!(
            check(platform_conditions, "src/mapping/sys/a.rs", text).len(),
            0,
            "{text}"
        );
    }
    let engine = "#[cfg(target_arch = \"x86\")] fn f() {}";
    assert_eq!(
        check(platform_conditions, "src/hexview/a.rs", engine).len(),
        0
    );
    for text in [
        "#[cfg(test)] mod tests { use std::os::unix::fs; }",
        "#[cfg(test)] mod tests { fn f() { cfg!(target_arch = \"x86\") } }",
        "// cfg(unix)",
        "cfg(); unix();",
    ] {
        assert_eq!(
            check(platform_conditions, "src/cli/a.rs", text).len(),
            0,
            "{text}"
        );
    }
}

#[test]
fn the_printing_rule_knows_macros_from_words() {
    for text in ["println!()", "std::eprint! { \"a\" }", "dbg!(a)"] {
        assert_eq!(check(printing, "src/cli/a.rs", text).len(), 1, "{text}");
    }
    for name in ["src/cli/tests/a.rs", "src/cli/tests.rs"] {
        assert_eq!(check(printing, name, "println!()"), [""; 0]);
    }
    let text =
        "#[cfg(test)]\nmod tests { fn f() { println!() } }\n#[cfg(test)]\nuse a::b;\nfn g() {}";
    assert_eq!(check(printing, "src/cli/a.rs", text), [""; 0]);
    let text = "/// print!\nfn print() { writeln!(out, \"println!\"); print(); a.print != b }";
    assert_eq!(check(printing, "src/cli/a.rs", text), [""; 0]);
}

#[test]
fn the_length_rule_counts_from_signature_to_brace() {
    let function = |lines: usize| {
        let body = "    f();\n".repeat(lines - 2);
        format!(
            "trait T {{ fn f(&self) -> [u8; 4]; }}\nfn g<'a>(a: &'a str) -> [u8; 4] {{\n{body}}}\n"
        )
    };
    assert_eq!(
        check(too_long, "src/cli/a.rs", &function(FUNCTION_LINES)),
        [""; 0]
    );
    let found = check(too_long, "src/cli/a.rs", &function(FUNCTION_LINES + 1));
    assert_eq!(found, ["src/cli/a.rs:2: fn g: 81 lines, at most 80"]);
    let tested = format!("#[cfg(test)]\nmod tests {{{}}}", "\n".repeat(FILE_LINES));
    assert_eq!(check(too_long, "src/cli/a.rs", &tested), [""; 0]);
    assert_eq!(
        check(too_long, "src/cli/a.rs", &"\n".repeat(FILE_LINES)),
        [""; 0]
    );
    assert_eq!(
        check(too_long, "src/cli/a.rs", &"\n".repeat(FILE_LINES + 1)).len(),
        1
    );
}

#[test]
fn the_path_rule_sees_homes_and_this_machine() {
    // Put together here, so that this file passes its own rule.
    let slash = "/";
    let machine = [format!("{slash}fast/checkouts/")];
    for text in [
        format!("see {slash}home/somebody/notes"),
        format!("\"{slash}root/.config\""),
        format!("file:{slash}{slash}{slash}Users/somebody"),
        format!("cd {slash}fast/checkouts/mmapctl"),
    ] {
        assert_eq!(foreign_paths("a", &text, &machine).len(), 1, "{text}");
    }
    for text in [
        "cd ~/notes",
        "src/root/a",
        "/tmp/file and /dev/shm/tag",
        "$HOME/root/x",
        "a/fast/checkouts/",
    ] {
        assert_eq!(foreign_paths("a", text, &machine), [""; 0], "{text}");
    }
}

#[test]
fn the_host_rule_knows_public_hosts() {
    let colon = ":";
    for host in [
        "registry.example.com/crates",
        "index.example.org/",
        "10.0.0.1/",
        "localhost",
        "build.internal/x",
        "user@example.com",
        "example.com:8080/",
        "my-mirror.example.com",
    ] {
        let text = format!("a = \"https{colon}//{host}\"");
        assert_eq!(private_hosts("a", &text).len(), 1, "{text}");
    }
    for text in [
        "<https://docs.rs/memmap2>, https://man7.org/linux/man-pages/man2/mmap.2.html.",
        "http://www.apache.org/licenses/",
        "an index, a registry, localhost:80",
    ] {
        assert_eq!(private_hosts("a", text), [""; 0], "{text}");
    }
}
