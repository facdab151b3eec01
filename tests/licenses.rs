//! The licences of the crates whose code becomes part of the program: `THIRD-PARTY-LICENSES` has the text of each, and
//! `contrib/debian-copyright` lists those of the Debian package.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::skip;

/// The platforms of the Debian package.
const DEBIAN: &[&str] = &["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu"];
/// Further platforms that the program is built for.
const OTHERS: &[&str] = &[
    "x86_64-unknown-linux-musl",
    "aarch64-unknown-linux-musl",
    "x86_64-pc-windows-gnu",
    "x86_64-pc-windows-msvc",
    "x86_64-apple-darwin",
    "aarch64-apple-darwin",
    "x86_64-unknown-freebsd",
];
/// The licences that `deny.toml` allows. Of those that a crate offers, the first is used.
const LICENSES: &[&str] = &["MIT", "ISC", "Zlib", "Apache-2.0"];

const INTRODUCTION: &str = "\
Licences of the code in the program mmapctl

The program contains code of the crates below. Their licences follow; where a crate offers a choice of licences, the
text of one is here. The program also contains parts of

- the Rust standard library: Copyright (c) The Rust Project Contributors; MIT or Apache-2.0, at your option,
  <https://github.com/rust-lang/rust>;
- on Linux with glibc, if built with GCC: its unwinder; GPL-3.0-or-later with the GCC Runtime Library Exception 3.1,
  which permits programs under any licence;
- if linked statically with musl: musl, Copyright (c) 2005-2020 Rich Felker, et al.; MIT, <https://musl.libc.org>.

MMAPCTL_BLESS=1 cargo test --test licenses writes this file.
";

/// A crate that becomes part of the program.
struct Linked {
    name: String,
    version: String,
    repository: String,
    license: &'static str,
    text: String,
    copyright: Vec<String>,
}

#[test]
fn the_licences_of_all_linked_crates_are_listed() {
    let Some(metadata) = json_of(&["metadata", "--locked", "--format-version", "1"]) else {
        return skip("the sources of all dependencies (cargo fetch)");
    };
    let debian = linked(&metadata, DEBIAN);
    let all = linked(&metadata, &[DEBIAN, OTHERS].concat());
    assert!(debian.len() > 50 && all.len() > debian.len());
    let kept = fs::read_to_string(root().join("contrib/debian-copyright")).unwrap();
    let stale: Vec<&str> = [
        ("THIRD-PARTY-LICENSES", third_party(&all)),
        ("contrib/debian-copyright", debian_copyright(&debian, &kept)),
    ]
    .into_iter()
    .filter_map(|(name, text)| is_stale(name, &text).then_some(name))
    .collect();
    assert!(
        stale.is_empty(),
        "stale: {stale:?}; MMAPCTL_BLESS=1 cargo test --test licenses\nwrites them"
    );
}

#[test]
fn the_rules_of_cargo_deny_have_the_same_platforms_and_licences() {
    let rules = fs::read_to_string(root().join("deny.toml")).unwrap();
    let after = |key: &str| -> BTreeSet<String> {
        let list = rules.split_once(&format!("\n{key} = [")).unwrap().1;
        let list = list.split_once(']').unwrap().0;
        let quoted = list.split('"').skip(1).step_by(2);
        quoted.map(str::to_owned).collect()
    };
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    assert_eq!(after("targets"), names(&[DEBIAN, OTHERS].concat()));
    let mut allowed: BTreeSet<String> = names(LICENSES);
    // Of crates that run only during the build.
    allowed.insert("Unicode-3.0".to_owned());
    assert_eq!(after("allow"), allowed);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether the file differs, unless it is to be written.
fn is_stale(name: &str, text: &str) -> bool {
    let path = root().join(name);
    if std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, text).unwrap();
    }
    fs::read_to_string(path).ok().as_deref() != Some(text)
}

/// The output of cargo; `None` if it fails.
fn cargo(arguments: &[&str]) -> Option<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    let run = cargo.current_dir(root()).args(arguments).output().ok()?;
    run.status
        .success()
        .then(|| String::from_utf8(run.stdout).unwrap())
}

fn json_of(arguments: &[&str]) -> Option<Value> {
    cargo(arguments).map(|text| serde_json::from_str(&text).unwrap())
}

/// The crates that are linked on these platforms, sorted by name.
fn linked(metadata: &Value, platforms: &[&str]) -> Vec<Linked> {
    let mut tree = vec!["tree", "--locked", "--edges=normal,no-proc-macro"];
    tree.extend(["--prefix=none", "--format={p}"]);
    tree.extend(platforms.iter().flat_map(|name| ["--target", name]));
    let tree = cargo(&tree).expect("cargo tree succeeds if cargo metadata does");
    let lines = tree.lines().filter(|line| !line.is_empty());
    let named: BTreeSet<(&str, &str)> = lines
        .map(|line| {
            let (name, rest) = line.split_once(" v").unwrap();
            (name, rest.split(' ').next().unwrap())
        })
        .filter(|(name, _)| *name != env!("CARGO_PKG_NAME"))
        .collect();
    let packages = metadata["packages"].as_array().unwrap();
    named
        .into_iter()
        .map(|(name, version)| {
            let mut all = packages.iter();
            let package = all.find(|found| found["name"] == name && found["version"] == version);
            Linked::new(package.unwrap())
        })
        .collect()
}

impl Linked {
    fn new(package: &Value) -> Linked {
        let field = |key: &str| package[key].as_str().unwrap_or_default().to_owned();
        let (name, offered) = (field("name"), field("license"));
        let mut known = LICENSES.iter();
        let is_offered = |license: &str| offered.split([' ', '/']).any(|word| word == license);
        let license = known.find(|license| is_offered(license));
        let license = license.unwrap_or_else(|| panic!("{name}: unknown licence {offered}"));
        let folder = PathBuf::from(field("manifest_path"));
        let text = license_text(folder.parent().unwrap(), license);
        let mut copyright = copyright(&text);
        if copyright.is_empty() {
            let authors = package["authors"].as_array().unwrap().iter();
            copyright.extend(authors.map(|author| author.as_str().unwrap().to_owned()));
        }
        if copyright.is_empty() {
            copyright.push(format!("The authors of {name}"));
        }
        Linked {
            name,
            version: field("version"),
            repository: field("repository"),
            license,
            text,
            copyright,
        }
    }
}

/// The text of a licence in the folder of a crate.
fn license_text(folder: &Path, license: &str) -> String {
    let wanted = license.split('-').next().unwrap().to_uppercase();
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names
        .filter(|name| name.to_uppercase().starts_with("LICEN"))
        .collect();
    names.sort();
    let mut candidates = names.iter();
    let named = candidates.find(|name| name.to_uppercase().contains(&wanted));
    let only = (names.len() == 1).then(|| &names[0]);
    let name = named.or(only);
    let name = name.unwrap_or_else(|| panic!("{}: no text of {license}", folder.display()));
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned()
}

/// The holders that a licence text names.
fn copyright(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        let Some(rest) = line.strip_prefix("Copyright ") else {
            continue;
        };
        let marked = ["(c) ", "(C) ", "© "];
        let holder = marked.iter().find_map(|mark| rest.strip_prefix(mark));
        let is_year = rest.starts_with(|first: char| first.is_ascii_digit());
        let holder = holder.or(is_year.then_some(rest));
        let holder = holder.map(|holder| holder.trim_end_matches(" or").to_owned());
        found.extend(holder.filter(|holder| !found.contains(holder)));
    }
    found
}

/// `THIRD-PARTY-LICENSES`. Crates with the same text share it.
fn third_party(all: &[Linked]) -> String {
    let mut by_text: BTreeMap<&str, Vec<&Linked>> = BTreeMap::new();
    for linked in all {
        by_text.entry(&linked.text).or_default().push(linked);
    }
    let mut groups: Vec<_> = by_text.into_iter().collect();
    groups.sort_by_key(|(_, group)| (&group[0].name, &group[0].version));
    let mut out = INTRODUCTION.to_owned();
    for (text, group) in groups {
        out += &format!("\n{}\n", "=".repeat(80));
        for Linked {
            name,
            version,
            repository,
            license,
            ..
        } in group
        {
            out += format!("{name} {version} ({license}) {repository}").trim_end();
            out += "\n";
        }
        out += &format!("\n{text}\n");
    }
    out
}

/// `contrib/debian-copyright`. What precedes the first blank line and the texts of the licences are kept.
fn debian_copyright(all: &[Linked], kept: &str) -> String {
    let (head, rest) = kept.split_once("\n\n").unwrap();
    let own = rest.split("\n\n").next().unwrap();
    let texts = &rest[rest.find("\n\nLicense: ").unwrap()..];
    let mut out = format!("{head}\n\n{own}\n");
    for Linked {
        name,
        version,
        license,
        copyright,
        ..
    } in all
    {
        let license = if *license == "MIT" { "Expat" } else { license };
        let named = format!("\n\nLicense: {license}\n");
        assert!(texts.contains(&named), "add the text of {license}");
        let copyright = copyright.join("\n           ");
        out += &format!(
            "\nFiles: vendor/{name}-{version}/*\nCopyright: {copyright}\nLicense: {license}\n"
        );
    }
    out + &texts[1..]
}
