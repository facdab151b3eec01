//! overlayfs, whose files show the pages of files in its layers. Reports are checked against the files in the layers.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Mapped, Mount, args, cache, cached, evict, page_size, pattern, poll_until, up_to_date,
    while_pages_stay,
};

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde_json::json;

const PAGES: u64 = 256;

/// A file on overlayfs, and the file in a layer whose pages it shows.
struct Shown {
    file: PathBuf,
    behind: PathBuf,
    in_memory: bool,
}

impl Shown {
    fn resident(&self) -> u64 {
        up_to_date(&self.behind, 0, PAGES * page_size())
    }
}

/// Runs a scenario on files in the lower layer, in the upper layer, and copied up, on a disk and in memory.
fn for_files_on_overlays(scenario: impl Fn(&Env, &Shown)) {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(memory) = env.small_tmpfs(64 << 20) else {
            return;
        };
        for (place, in_memory) in [(disk.path().to_owned(), false), (memory.dir(), true)] {
            let Some(overlay) = env.overlay(&place) else {
                return;
            };
            for file in files(&place, &overlay) {
                scenario(&env, &Shown { in_memory, ..file });
            }
        }
    });
}

fn files(place: &Path, overlay: &Mount) -> [Shown; 3] {
    let contents = pattern(usize::try_from(PAGES * page_size()).unwrap());
    for name in ["lower/lower", "lower/copied"] {
        fs::write(place.join(name), &contents).unwrap();
    }
    overlay.file("upper", &contents);
    // Opening it for writing copies it up.
    let copied = overlay.path("copied");
    drop(File::options().write(true).open(copied).unwrap());
    ["lower", "upper", "copied"].map(|name| {
        let layer = if name == "lower" { "lower" } else { "upper" };
        let behind = place.join(layer).join(name);
        File::open(&behind).unwrap().sync_all().unwrap();
        Shown {
            file: overlay.path(name),
            behind,
            in_memory: false,
        }
    })
}

#[test]
fn resident_pages_are_those_of_the_underlying_file_and_dirty_pages_are_unknown() {
    for_files_on_overlays(|env, shown| {
        let report = || env.run(args!["map", &shown.file, "--json"]).ok().json();
        let check = || {
            let seen = report()["residency"].clone();
            assert_eq!(seen["resident"], shown.resident());
            let unknown = [&seen["cached"], &seen["dirty"], &seen["writeback"]];
            if seen["resident"] != 0 {
                assert_eq!(unknown, [&json!(null); 3]);
            }
            assert_eq!(seen["dirty_unknown_reason"], "stacked");
        };
        check();
        evict_unless_in_memory(shown);
        check();
        fs::read(&shown.file).unwrap();
        check();
        assert_eq!(shown.resident(), PAGES);
        let run = env.run(args!["map", &shown.file]);
        let text = run.ok().out_text();
        let line = "256 of 256 pages (100.0%), 1 MiB, dirty unknown: the pages belong to a file on the underlying file system\n";
        assert!(text.contains(line) || page_size() != 4096, "{text}");
    });
}

fn evict_unless_in_memory(shown: &Shown) {
    if !shown.in_memory {
        evict(&shown.behind);
        assert_eq!(cached(&shown.behind), Some(0));
    }
}

#[test]
fn a_file_is_warmed_and_evicted() {
    for_files_on_overlays(|env, shown| {
        evict_unless_in_memory(shown);
        let missing = PAGES - shown.resident();
        let warm = || env.run(args!["warm", &shown.file, "--json"]).ok().json();
        assert_eq!(warm()["loaded"], missing * page_size());
        assert_eq!(shown.resident(), PAGES);
        assert_eq!(warm()["loaded"], 0);
        let run = env.run(args!["evict", &shown.file, "--json"]);
        if shown.in_memory {
            assert_eq!(run.code(12).json()["kept_reason"]["memory_only"], true);
        } else {
            assert_eq!(run.ok().json()["evicted"], PAGES * page_size());
            assert_eq!(cached(&shown.behind), Some(0));
        }
    });
}

#[test]
fn dirty_pages_are_flushed_and_evicted() {
    for_files_on_overlays(|env, shown| {
        if shown.in_memory
            || !shown
                .behind
                .components()
                .any(|part| part.as_os_str() == "upper")
        {
            return;
        }
        fs::write(
            &shown.file,
            pattern(usize::try_from(PAGES * page_size()).unwrap()),
        )
        .unwrap();
        let report = env.run(args!["evict", &shown.file, "--json"]).ok().json();
        assert_eq!(report["after"]["resident"], 0);
        let left = cache(&shown.behind).unwrap();
        assert_eq!((left.cached, left.dirty), (0, 0));
    });
}

#[test]
fn a_process_that_keeps_the_pages_is_found_by_either_file() {
    for_files_on_overlays(|env, shown| {
        if shown.in_memory {
            return;
        }
        for (mapped, evicted) in [
            (&shown.behind, &shown.file),
            (&shown.file, &shown.behind),
            (&shown.file, &shown.file),
        ] {
            fs::read(&shown.file).unwrap();
            let mapping = Mapped::read_only(mapped);
            mapping.touch();
            let run = env.run(args!["evict", evicted, "--json"]);
            let kept = run.code(12).json()["kept_reason"].clone();
            assert_eq!(kept["pages"], PAGES);
            assert_eq!(kept["mapped_by"][0]["pid"], std::process::id());
            drop(mapping);
        }
        env.run(args!["evict", &shown.file]).ok();
    });
}

/// The overlay does not show pages in flight, so it is unknown that they are about to arrive.
#[test]
fn pages_in_flight_are_evicted() {
    const LENGTH: u64 = 64 << 20;
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(overlay) = env.overlay(disk.path()) else {
            return;
        };
        let file = overlay.file("file", pattern(usize::try_from(LENGTH).unwrap()));
        File::open(&file).unwrap().sync_all().unwrap();
        let behind = disk.path().join("upper/file");
        for length in ["8M", "64M"] {
            env.run(args!["evict", "-q", &file]).ok();
            env.run(args!["advise", "willneed", "-q", &file, "-n", length])
                .ok();
            env.run(args!["evict", "-q", &file]).ok();
            poll_until("nothing is being read", || {
                cached(&behind) == Some(up_to_date(&behind, 0, LENGTH))
            });
            assert_eq!(cached(&behind), Some(0), "{length}");
        }
    });
}
