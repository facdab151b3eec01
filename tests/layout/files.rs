//! The files that the rules check.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::graph::apply_declarations;
use crate::skip::skip;
use crate::source::Source;

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files under `src`, sorted by name. They are read and tokenized once.
pub(crate) fn sources() -> &'static [Source] {
    static SOURCES: OnceLock<Vec<Source>> = OnceLock::new();
    SOURCES.get_or_init(read_sources)
}

fn read_sources() -> Vec<Source> {
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
    found.sort_by(|a: &Source, b| a.name.cmp(&b.name));
    apply_declarations(&mut found);
    found
}

/// The files that git tracks, by name.
pub(crate) fn tracked_texts() -> Vec<(String, String)> {
    let text = |path: &Path| fs::read(root().join(path)).unwrap();
    tracked_files()
        .into_iter()
        .map(|path| {
            (
                path.display().to_string(),
                String::from_utf8_lossy(&text(&path)).into_owned(),
            )
        })
        .collect()
}

/// The files that git tracks; empty in an unpacked package, which is not a repository, and without git.
fn tracked_files() -> Vec<PathBuf> {
    if !root().join(".git").exists() {
        return Vec::new();
    }
    // Any owner of the checkout is safe, because this only reads.
    let mut git = Command::new("git");
    git.args(["-c", "safe.directory=*", "ls-files", "-z"]);
    let Ok(listing) = git.current_dir(root()).output() else {
        skip("the program git");
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
