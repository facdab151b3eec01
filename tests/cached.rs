//! `mmapctl cached`: every row agrees with cachestat, stat and du, on any tree, and no file notices it.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "cached/metrics.rs"]
mod metrics;
#[path = "cached/rows.rs"]
mod rows;
#[path = "cached/trees.rs"]
mod trees;
#[path = "cached/watch.rs"]
mod watch;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use support::{Env, args, clean_file, evict, page_size};

/// A directory on a disk, with a tree in `t`: `a/x` of 9 pages and `a/b/y` of 3 pages and a half, which are in memory;
/// `c/z` of 5 pages, which is not; and the empty file `c/.e`.
fn tree() -> Option<(Env, PathBuf)> {
    let env = Env::with_disk()?;
    let top = env.path("t");
    for directory in ["a/b", "c"] {
        fs::create_dir_all(top.join(directory)).unwrap();
    }
    let page = page_size();
    clean_file(&top, "a/x", 9 * page);
    clean_file(&top, "a/b/y", 3 * page + page / 2);
    evict(clean_file(&top, "c/z", 5 * page));
    fs::write(top.join("c/.e"), "").unwrap();
    Some((env, top))
}

/// The rows of a run in JSON, by path; that of the total has an empty path.
fn rows(run: &support::Run) -> Vec<(String, Value)> {
    let path = |row: &Value| row["path"].as_str().unwrap_or("").to_owned();
    run.json_lines()
        .into_iter()
        .map(|row| (path(&row), row))
        .collect()
}

fn row<'a>(rows: &'a [(String, Value)], path: &str) -> &'a Value {
    let found = rows.iter().find(|(name, _)| name == path);
    &found
        .unwrap_or_else(|| panic!("no row of {path:?} in {rows:?}"))
        .1
}

fn paths(rows: &[(String, Value)]) -> Vec<&str> {
    rows.iter().map(|(path, _)| path.as_str()).collect()
}

/// The output of a tool, which must succeed.
fn told(env: &Env, program: &str, arguments: &[&str]) -> String {
    let run = env.tool(program, arguments).run();
    run.code(0);
    run.out_text().to_owned()
}

fn shown(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[test]
fn the_help_lists_paths_first() {
    let env = Env::new();
    let run = env.run(args!["cached", "-h"]);
    let text = run.ok().out_text();
    let (_, paths) = text.split_once("\nPaths:\n").unwrap();
    assert!(paths.starts_with("  [PATH]..."), "{text}");
}
