//! The files that the program generates: manual pages, schemas and completions.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use mmapctl::commands::generated;
use mmapctl::manual;
use serde_json::json;
use support::{Env, args};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn committed_files_equal_the_generated_ones() {
    let env = Env::new();
    let files = generated();
    let listing = env.run(["generate"]);
    let names: Vec<&str> = listing.ok().out_text().lines().collect();
    assert!(files.iter().map(|file| file.name.as_str()).eq(names));
    let bless = std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1");
    env.run(args!["generate", "--into", env.dir()]).ok();
    let mut stale = Vec::new();
    for file in &files {
        assert_eq!(fs::read(env.path(&file.name)).unwrap(), file.contents);
        env.run(["generate", &file.name])
            .ok()
            .stdout(&file.contents);
        let kept = root().join(&file.kept_as);
        if bless {
            fs::write(&kept, &file.contents).unwrap();
        }
        if fs::read(kept).ok().as_ref() != Some(&file.contents) {
            stale.push(&file.kept_as);
        }
    }
    let kept: BTreeSet<String> = ["man", "schema", "completions"]
        .into_iter()
        .flat_map(files_in)
        .collect();
    let foreign: Vec<&String> = kept
        .iter()
        .filter(|name| files.iter().all(|file| file.kept_as != **name))
        .collect();
    assert!(
        stale.is_empty() && foreign.is_empty(),
        "not as the program generates them: {stale:?}; not generated: {foreign:?}\n\
         MMAPCTL_BLESS=1 cargo test --test generated\nwrites the former; remove the latter"
    );
}

#[test]
fn each_written_file_is_reported_unless_quiet() {
    let env = Env::new();
    let names = generated().into_iter().map(|file| file.name);
    let expected: String = names.map(|name| format!("there/{name}\n")).collect();
    let run = env.run(["generate", "--into", "there"]);
    run.ok().stdout(expected);
    let again = env.run(["generate", "--into", "there", "--quiet"]);
    again.ok().stdout("");
}

#[test]
fn json_has_an_object_for_each_file() {
    let env = Env::new();
    let files = generated();
    let listed = env.run(["generate", "--json"]).ok().json_lines();
    let written = env.run(["generate", "--json", "--into", "there"]);
    let written = written.ok().json_lines();
    assert_eq!((listed.len(), written.len()), (files.len(), files.len()));
    for ((file, listed), written) in files.iter().zip(listed).zip(written) {
        let size = file.contents.len();
        assert_eq!(listed, json!({ "name": file.name, "size": size }));
        let path = format!("there/{}", file.name);
        assert_eq!(
            written,
            json!({ "name": file.name, "size": size, "path": path })
        );
    }
    let odd = OsStr::from_bytes(b"\xff");
    let run = env.run(args!["generate", "--json", "--into", odd]);
    assert!(
        run.ok()
            .json_lines()
            .iter()
            .all(|object| object["path_base64"].is_string())
    );
    let run = env.run(["generate", "--json", "share/man/man1/mmapctl.1"]);
    let refused = run.code(2).json_error();
    assert_eq!(
        refused["message"],
        "--json cannot be used with NAME, which prints the file itself"
    );
    run.stdout("");
}

#[test]
fn man_finds_the_generated_pages() {
    let env = Env::new();
    if env.peer("man").is_none() {
        return;
    }
    env.run(["generate", "--quiet", "--into", "usr"]).ok();
    let pages = env.path("usr/share/man");
    let man = |arguments: &[&str]| {
        let man = env.tool("man", arguments).env("MANPATH", &pages);
        man.env("MANPAGER", "cat").env("MANWIDTH", "80").run()
    };
    let page = pages.join("man1/mmapctl-map.1");
    let found = man(&["-w", "mmapctl-map"]);
    found.ok().stdout(format!("{}\n", page.display()));
    let shown = plain(man(&["mmapctl-map"]).ok().out_text());
    assert!(shown.starts_with("MMAPCTL-MAP(1)"), "{shown}");
    assert!(shown.contains("\nNAME\n"), "{shown}");
}

#[test]
fn other_files_are_kept_and_a_failure_is_one_line() {
    let env = Env::new();
    fs::create_dir_all(env.path("share/man/man1")).unwrap();
    let beside = env.file("share/man/man1/mmapctl.part", "mine");
    let old = env.file("share/man/man1/mmapctl.1", "old");
    env.run(args!["generate", "--into", env.dir()]).ok();
    assert_eq!(fs::read(beside).unwrap(), b"mine");
    assert_ne!(fs::read(old).unwrap(), b"old");
    let file = env.file("file", "");
    env.run(args!["generate", "--into", &file]).refuses(
        3,
        format!(
            "{}/share/man/man1: cannot create the directory: Not a directory",
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
fn an_unknown_file_name_is_not_found() {
    let env = Env::new();
    let run = env.run(["generate", "man/none.1"]);
    run.refuses(
        3,
        "man/none.1: cannot generate: no generated file has that name",
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
fn pages_are_clean_for_groff_in_every_encoding() {
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
fn every_page_has_all_sections_and_the_version_in_its_footer() {
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
        // The page about recipes has sections of its own.
        if page.extension().is_some_and(|section| section == "1") {
            let found = sections.iter().filter(|title| wanted.contains(title));
            assert!(found.eq(wanted.iter()), "{}: {sections:?}", page.display());
        }
        let foot = text.lines().last().unwrap();
        assert!(foot.starts_with(&version), "{}: {foot}", page.display());
    }
}

#[test]
fn the_page_about_recipes_fits_80_columns_and_has_every_recipe() {
    let env = Env::new();
    let Some(mandoc) = env.peer("mandoc") else {
        return;
    };
    let page = root().join("man/mmapctl-recipes.7");
    let run = env
        .tool(&mandoc, args!["-T", "utf8", "-O", "width=78", &page])
        .run();
    let text = plain(run.ok().out_text());
    let long: Vec<&str> = text
        .lines()
        .filter(|line| line.chars().count() > 80)
        .collect();
    assert_eq!(long, [""; 0]);
    let document = fs::read_to_string(root().join("docs/RECIPES.md")).unwrap();
    let recipes = document
        .lines()
        .filter_map(|line| line.strip_prefix("**")?.split_once("**"));
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let text = words(&text);
    for (title, _) in recipes {
        assert!(text.contains(&words(&title.replace('`', ""))), "{title}");
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
    let groups = help.ok().out_text().lines();
    let commands: Vec<&str> = groups
        .take_while(|line| *line != "Options:")
        .filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next())
        .collect();
    let pages: Vec<&str> = manual::commands().iter().map(|page| page.name).collect();
    assert_eq!(pages, commands);
}
