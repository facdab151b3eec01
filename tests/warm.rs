//! `mmapctl warm` on directories and several files, and its effect on the page cache, measured from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Run, Signal, allocated, args, cached, clean_file, cold_file, cold_sparse_file, evict,
    page_size, pattern, poll_until, up_to_date, while_pages_stay,
};

use std::ffi::OsString;
use std::fs::{self, File};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

const MIB: u64 = 1 << 20;

/// The pages of files in the page cache; `None` if the kernel cannot count them.
fn cached_sum(files: &[PathBuf]) -> Option<u64> {
    files.iter().map(cached).sum()
}

/// A directory with cold files of one to five pages in folders; `None` skips the test.
fn cold_tree(env: &Env) -> Option<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in ["t", "t/a", "t/a/b", "t/.hidden", "t/ "] {
        fs::create_dir_all(env.path(folder)).unwrap();
        for number in 1..=5 {
            let length = number * page_size() - 1;
            files.push(cold_file(&env.path(folder), &number.to_string(), length)?);
        }
    }
    Some(files)
}

/// The number of pages in a [`cold_tree`].
const TREE_PAGES: u64 = 5 * 15;

/// The last object, which is the total.
fn total(run: &Run) -> Value {
    let total = run.json_lines().pop().unwrap();
    assert_eq!(total["kind"], "total");
    total
}

/// Checks the only line of a report or its last one: that of the total, with the time in between.
#[track_caller]
fn total_line(run: &Run, start: &str, end: &str) {
    let line = run.out_text().lines().last().unwrap_or_default();
    let rest = line.strip_prefix(&format!("total: {start} in "));
    let time = rest.and_then(|rest| rest.strip_suffix(end));
    if !time.is_some_and(|time| time.starts_with(|c: char| c.is_ascii_digit())) {
        run.fail(format!("no 'total: {start} in …{end}': {line}"));
    }
}

#[test]
fn all_files_below_a_directory_are_loaded() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(files) = cold_tree(&env) else { return };
        let size = (TREE_PAGES * page_size()) >> 10;
        let run = env.run(["warm", "t"]);
        total_line(run.ok(), &format!("loaded {size} KiB of 25 files"), "");
        assert_eq!(cached_sum(&files), Some(TREE_PAGES));
        let up_to_date = files
            .iter()
            .map(|file| up_to_date(file, 0, support::size(file)));
        assert_eq!(up_to_date.sum::<u64>(), TREE_PAGES);
        // The second time there is nothing to do.
        let run = env.run(["warm", "t"]);
        total_line(run.ok(), "loaded 0 B of 25 files", "");
    });
}

#[test]
fn one_thread_in_inode_order_loads_the_same() {
    while_pages_stay(|| {
        let env = Env::new();
        // A loop device rotates as the disk below it; both ways must load all files.
        let Some(mount) = env.small_ext4(8 * MIB) else {
            return;
        };
        let make = |number: u64| cold_file(&mount.dir(), &number.to_string(), page_size());
        let Some(files) = (0..300).map(make).collect::<Option<Vec<_>>>() else {
            return;
        };
        for jobs in [&[][..], &["--jobs", "1"], &["--jobs", "7"]] {
            for file in &files {
                evict(file);
            }
            env.cmd(args!["warm", mount.dir()]).args(jobs).run().ok();
            assert_eq!(cached_sum(&files), Some(300));
        }
    });
}

#[test]
fn rows_are_reported_for_paths_and_with_verbose_for_files() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(files) = cold_tree(&env) else { return };
        let Some(single) = cold_file(env.dir(), "single", 1) else {
            return;
        };
        let run = env.run(["warm", "single", "t", "--json"]);
        let objects = run.ok().json_lines();
        let page = page_size();
        let facts = |object: &Value| {
            json!([
                object["kind"],
                object["path"],
                object["files"],
                object["loaded"]
            ])
        };
        assert_eq!(
            objects.iter().map(facts).collect::<Vec<_>>(),
            [
                json!(["file", "single", 1, page]),
                json!(["directory", "t", 25, TREE_PAGES * page]),
                json!(["total", null, 26, (TREE_PAGES + 1) * page]),
            ]
        );
        for file in files.iter().chain([&single]) {
            evict(file);
        }
        let run = env.run(["warm", "-v", "single", "t"]);
        let text = run.ok().out_text();
        assert_eq!(text.lines().count(), 27, "{text}");
        let size = page >> 10;
        run.stdout_line(format!("single: loaded {size} KiB"))
            .stdout_line(format!("t/a/b/5: loaded {} KiB", 5 * size));
        total_line(
            &run,
            &format!("loaded {} KiB of 26 files", (TREE_PAGES + 1) * size),
            "",
        );
    });
}

#[test]
fn one_file_gets_the_detailed_report_and_in_json_the_total() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(_) = cold_file(env.dir(), "f", 3 * page_size()) else {
            return;
        };
        let run = env.run(["warm", "f", "--json"]);
        let objects = run.ok().json_lines();
        assert_eq!(objects.len(), 2);
        assert_eq!(objects[0]["kind"], "file");
        assert_eq!(objects[0]["after"]["resident"], 3);
        assert_eq!(total(&run)["loaded"], 3 * page_size());
        let run = env.run(["warm", "f"]);
        assert!(run.ok().out_text().starts_with("f: warmed, 0 B loaded\n"));
    });
}

#[test]
fn a_range_applies_to_one_file_only() {
    let env = Env::new();
    env.file("f", pattern(10));
    fs::create_dir(env.path("t")).unwrap();
    for paths in [&["t"][..], &["f", "f"]] {
        let run = env.cmd(["warm", "-n", "1"]).args(paths).run();
        run.refuses(2, "a range applies to one file only");
    }
}

#[test]
fn lists_and_filters_select_the_files() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(files) = cold_tree(&env) else { return };
        env.file("list", b"t/1\0t/a\0");
        env.run([
            "warm",
            "--files0-from",
            "list",
            "-g",
            "!b",
            "--max-size",
            "9K",
        ])
        .ok()
        .stderr("");
        for file in &files {
            let is_listed = file.ends_with("t/1") || file.parent().unwrap().ends_with("t/a");
            let expected = match support::size(file) {
                size if is_listed && size <= 9 << 10 => size.div_ceil(page_size()),
                _ => 0,
            };
            assert_eq!(cached(file), Some(expected), "{}", file.display());
        }
    });
}

#[test]
fn hostile_names_and_things_that_are_no_files_are_no_problem() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        fs::create_dir(env.path("t")).unwrap();
        let names = ["\u{1b}[31m", "a\nb", "-", "--json", " "];
        let names = names.into_iter().map(OsString::from);
        let names = names.chain([OsString::from_vec(b"\xff\xfe".to_vec())]);
        let make = |name: OsString| {
            let file = clean_file(env.dir(), "made", page_size());
            let path = env.path("t").join(name);
            fs::rename(file, &path).unwrap();
            evict(&path);
            path
        };
        let files: Vec<PathBuf> = names.map(make).collect();
        env.fifo("t/fifo");
        symlink(".", env.path("t/loop")).unwrap();
        symlink("/nowhere", env.path("t/dangling")).unwrap();
        let run = env.run(["warm", "t", "-v", "--bytes"]);
        let text = run.ok().stderr("").out_text();
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(text.lines().count(), files.len() + 1, "{text}");
        if let Some(sum) = cached_sum(&files) {
            assert_eq!(sum, files.len() as u64);
        }
        let total = total(&env.run(["warm", "t", "--json"]));
        assert_eq!((&total["files"], &total["skipped"]), (&json!(6), &json!(3)));
    });
}

#[test]
fn a_file_with_several_names_is_loaded_and_counted_once() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(_) = cold_tree(&env) else { return };
        fs::hard_link(env.path("t/1"), env.path("t/second")).unwrap();
        let run = env.run(["warm", "t", "t/a", "t/1", "--json"]);
        let total = total(run.ok());
        assert_eq!(total["files"], 25);
        assert_eq!(total["loaded"], TREE_PAGES * page_size());
    });
}

#[test]
fn a_tree_that_is_in_memory_is_reported_as_such() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(files) = cold_tree(&env) else { return };
        let size = (TREE_PAGES * page_size()) >> 10;
        let start = format!("loaded {size} KiB of 25 files");
        total_line(env.run(["warm", "t"]).ok(), &start, "");
        assert_eq!(cached_sum(&files), Some(TREE_PAGES));
        let run = env.run(["warm", "t"]);
        let note = "; all data was already in memory";
        total_line(run.ok(), "loaded 0 B of 25 files", note);
    });
}

#[test]
fn files_that_may_not_be_read_are_reported_and_the_rest_is_loaded() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(user) = env.other_user() else { return };
        let Some(files) = cold_tree(&env) else { return };
        for directory in [env.dir(), &env.path("t"), &env.path("t/a")] {
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let secret = env.path("t/a/1");
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        fs::set_permissions(env.path("t/a/b"), fs::Permissions::from_mode(0o700)).unwrap();
        let run = env.cmd(["warm", "t"]).user(&user).run();
        // The kernel does not report the pages to another user.
        run.code(4)
            .stderr_lines(2)
            .stderr_line("mmapctl: t/a/1: cannot open: Permission denied")
            .stderr_line("mmapctl: t/a/b: cannot read: Permission denied");
        total_line(
            &run,
            "loaded an unknown amount of 19 files",
            "; unknown for 19 files",
        );
        assert_eq!(cached(&secret), Some(0));
        assert_eq!(cached_sum(&files), Some(TREE_PAGES - 1 - 15));
    });
}

#[test]
fn holes_of_files_in_a_tree_are_skipped() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        fs::create_dir(env.path("t")).unwrap();
        let page = page_size();
        let small = cold_sparse_file(&env.path("t"), "small", 8 * page, &[2 * page]);
        let large = cold_sparse_file(&env.path("t"), "large", 1 << 40, &[0, 1 << 30]);
        let before = (allocated(&small), allocated(&large));
        let run = env.run(["warm", "t", "--json"]);
        let total = total(run.ok());
        assert_eq!(total["loaded"], 3 * page);
        assert_eq!(total["holes"], (1 << 40) + 8 * page - 3 * page);
        assert_eq!((allocated(&small), allocated(&large)), before);
        if let Some(sum) = cached_sum(&[small, large]) {
            assert_eq!(sum, 3);
        }
    });
}

#[test]
fn unreadable_blocks_are_reported_for_their_file_and_the_rest_is_loaded() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.bad_disk() else { return };
        let other = disk.mount().file("other", pattern(10_000));
        let directory = disk.mount().dir();
        let run = env.run(args!["warm", &directory, "--json"]);
        let error = run.code(9).json_error();
        let (name, first) = (disk.file().to_str().unwrap(), disk.first_bad());
        assert_eq!(
            (&error["subject"], &error["offset"]),
            (&json!(name), &json!(first))
        );
        let total = total(&run);
        assert_eq!(total["unreadable"], disk.size() - first);
        assert_eq!(total["unreadable_files"], 1);
        assert_eq!(total["loaded"], first);
        let Some(found) = cached(&other) else { return };
        assert_eq!(found, 10_000_u64.div_ceil(page_size()));
        assert_eq!(up_to_date(disk.file(), 0, disk.size()), first / page_size());
    });
}

#[test]
fn a_file_that_is_truncated_meanwhile_is_loaded_up_to_its_new_end() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        fs::create_dir(env.path("t")).unwrap();
        let Some(path) = cold_file(&env.path("t"), "f", 4 * MIB) else {
            return;
        };
        let warming = env.cmd(["warm", "t", "--rate", "2M", "--json"]).spawn();
        poll_until("something to be read", || cached(&path) > Some(0));
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(2 * MIB).unwrap();
        let run = warming.wait();
        assert_eq!(total(run.ok())["files"], 1);
        run.stderr("");
        assert_eq!(cached(&path), Some(2 * MIB / page_size()));
    });
}

#[test]
fn a_rate_holds_for_all_threads_together() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        fs::create_dir(env.path("t")).unwrap();
        let length = 16 * page_size();
        let make = |number: u64| cold_file(&env.path("t"), &number.to_string(), length);
        let Some(files) = (0..33).map(make).collect::<Option<Vec<_>>>() else {
            return;
        };
        let rate = (32 * length).to_string();
        let run = env.run(["warm", "t", "--rate", &rate, "--jobs", "8"]);
        // The last file is read after a second, when the others would have taken as long.
        let elapsed = run.ok().elapsed();
        assert!(elapsed >= Duration::from_millis(980), "{elapsed:?}");
        assert_eq!(cached_sum(&files), Some(33 * 16));
    });
}

#[test]
fn an_interrupt_ends_the_work_with_the_total_of_what_was_done() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        fs::create_dir(env.path("t")).unwrap();
        let make = |name: &str| cold_file(&env.path("t"), name, 4 * MIB);
        let Some(files) = ["a", "b", "c"]
            .map(make)
            .into_iter()
            .collect::<Option<Vec<_>>>()
        else {
            return;
        };
        for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            for file in &files {
                evict(file);
            }
            let warming = env.cmd(["warm", "t", "--rate", "1M", "--json"]).spawn();
            poll_until("something to be read", || cached_sum(&files) > Some(0));
            warming.signal(signal);
            let run = warming.wait();
            let error = run.code(status).stderr_lines(1).json_error();
            let name = if status == 130 { "SIGINT" } else { "SIGTERM" };
            assert_eq!(
                error["message"],
                format!("cannot finish: interrupted by {name}")
            );
            let total = total(&run);
            let amount = |key: &str| total[key].as_u64().unwrap();
            assert_eq!(Some(amount("loaded") / page_size()), cached_sum(&files));
            assert!((1..8 * MIB).contains(&amount("loaded")), "{total}");
            assert_eq!(amount("loaded") + amount("not_loaded"), 12 * MIB);
            assert!((1..=3).contains(&amount("not_loaded_files")), "{total}");
        }
        for file in &files {
            evict(file);
        }
        let warming = env.cmd(["warm", "t", "--rate", "1M"]).spawn();
        poll_until("something to be read", || cached_sum(&files) > Some(0));
        warming.signal(Signal::HUP);
        let run = warming.wait();
        let error = "mmapctl: cannot finish: interrupted by SIGHUP";
        let text = run.code(129).stderr_line(error).out_text();
        assert!(text.ends_with(" not loaded (interrupted)\n"), "{text}");
    });
}

#[test]
fn progress_counts_bytes_and_files() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        fs::create_dir(env.path("t")).unwrap();
        let make = |name: &str| cold_file(&env.path("t"), name, MIB);
        let files = ["a", "b", "c", "d"]
            .map(make)
            .into_iter()
            .collect::<Option<Vec<_>>>();
        let Some(files) = files else { return };
        for (when, shown) in [("always", true), ("never", false), ("auto", false)] {
            for file in &files {
                evict(file);
            }
            let run = env.run(["warm", "t", "--rate", "2M", "--progress", when]);
            let text = run.code(0).err_text();
            let is_line = |line: &str| {
                line.starts_with("mmapctl: warm t: ")
                    && line.contains(" of 4 files, ")
                    && line.contains(" of 4 MiB, ")
                    && line.ends_with("/s")
            };
            assert_eq!(text.lines().any(is_line), shown, "{when}: {text}");
            assert_eq!(text.is_empty(), !shown, "{when}: {text}");
        }
    });
}

#[test]
fn no_more_is_loaded_than_the_limit_allows_and_the_rest_is_reported() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let page = page_size();
        for name in ["first", "second", "third"] {
            fs::create_dir(env.path(name)).unwrap();
        }
        let make = |name: &str, pages: u64| cold_file(env.dir(), name, pages * page);
        let files = [
            make("first/small", 3),
            make("first/large", 40),
            make("second/large", 40),
            make("third/small", 3),
        ];
        let Some(files) = files.into_iter().collect::<Option<Vec<_>>>() else {
            return;
        };
        let limit = (53 * page).to_string();
        let limited = ["warm", "first", "second", "third", "--max-memory", &limit];
        let run = env.run(limited.into_iter().chain(["--json"]));
        let total = total(run.ok());
        // The order is that of the paths.
        let pages: Vec<u64> = files.iter().map(|file| cached(file).unwrap()).collect();
        assert_eq!(pages, [3, 40, 10, 0]);
        assert_eq!(
            (
                &total["loaded"],
                &total["not_loaded"],
                &total["not_loaded_files"]
            ),
            (&json!(53 * page), &json!(33 * page), &json!(2))
        );
        for file in &files {
            evict(file);
        }
        let size = |pages: u64| (pages * page) >> 10;
        let run = env.run(limited);
        total_line(
            run.ok(),
            &format!("loaded {} KiB of 4 files", size(53)),
            &format!("; {} KiB of 2 files not loaded (--max-memory)", size(33)),
        );
        // What is in memory does not count.
        env.run(limited).ok();
        assert_eq!(cached_sum(&files), Some(86));
    });
}

#[test]
fn the_limit_applies_to_one_file_too() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let page = page_size();
        let Some(path) = cold_file(env.dir(), "f", 100 * page) else {
            return;
        };
        let limit = |pages: u64| (pages * page).to_string();
        let run = env.run(["warm", "f", "--max-memory", &limit(30), "--json"]);
        let report = run.ok().json();
        assert_eq!(cached(&path), Some(30));
        assert_eq!(
            (&report["loaded"], &report["not_loaded"]),
            (&json!(30 * page), &json!(70 * page))
        );
        let run = env.run(["warm", "f", "--max-memory", "0"]);
        run.ok()
            .stdout_line("  effect      none (--max-memory allows no more)")
            .stdout_line(format!(
                "  not loaded  {} KiB (--max-memory)",
                (70 * page) >> 10
            ));
        assert_eq!(cached(&path), Some(30));
        // A part of the range that is beyond the limit.
        let run = env.run(args![
            "warm",
            "f",
            "-o",
            limit(20),
            "-n",
            limit(20),
            "--max-memory",
            limit(4),
            "--json"
        ]);
        assert_eq!(run.ok().json()["not_loaded"], 6 * page);
        assert_eq!(cached(&path), Some(34));
        let run = env.run(["warm", "f", "--max-memory", "100%", "--json"]);
        assert_eq!(run.ok().json()["not_loaded"], 0);
        assert_eq!(cached(&path), Some(100));
    });
}

#[test]
fn more_than_fits_in_the_control_group_is_refused_with_a_remedy() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(group) = env.memory_group(64 * MIB) else {
            return;
        };
        fs::create_dir(env.path("t")).unwrap();
        let make = |name: &str| cold_file(&env.path("t"), name, 48 * MIB);
        let files = ["a", "b"].map(make).into_iter().collect::<Option<Vec<_>>>();
        let Some(files) = files else { return };
        let message = |run: &Run| {
            assert_eq!(
                (run.json_lines().len(), &total(run)["files"]),
                (1, &json!(0))
            );
            let error = run.code(7).json_error();
            assert_eq!(
                (&error["code"], &error["hint"]),
                (
                    &json!("out_of_memory"),
                    &json!("use --max-memory 100% to load as much as fits")
                )
            );
            error["message"].as_str().unwrap().to_owned()
        };
        let run = env.cmd_in(&group, ["warm", "t", "--json"]).run();
        let text = message(&run);
        assert!(
            text.starts_with(
                "cannot warm: 96 MiB (100663296 bytes) is missing, but MemAvailable is "
            ),
            "{text}"
        );
        assert!(text.contains(", and the control group has "), "{text}");
        assert!(
            text.ends_with(" left of its limit of 64 MiB (67108864 bytes)"),
            "{text}"
        );
        assert_eq!(cached_sum(&files), Some(0));
        // One file is checked in the same way.
        let Some(large) = cold_file(env.dir(), "large", 96 * MIB) else {
            return;
        };
        let run = env.cmd_in(&group, args!["warm", &large, "--json"]).run();
        message(&run);
        assert_eq!(cached(&large), Some(0));
        // The remedy.
        let run = env
            .cmd_in(&group, ["warm", "t", "--max-memory", "100%", "--json"])
            .run();
        let total = total(run.ok());
        let loaded = total["loaded"].as_u64().unwrap();
        assert!((24 * MIB..64 * MIB).contains(&loaded), "{loaded}");
        assert_eq!(total["not_loaded"], 96 * MIB - loaded);
    });
}

#[test]
fn a_limit_is_a_size_or_a_percentage() {
    let env = Env::new();
    env.file("f", [1; 10]);
    for wrong in ["", "x", "101%", "-1", "1Q"] {
        let run = env.run(["warm", "f", &format!("--max-memory={wrong}")]);
        let text = run.code(2).err_text();
        assert!(text.contains("'--max-memory <SIZE>'"), "{text}");
    }
    for right in ["1G", "0", "100%", "12.5%"] {
        env.run(["warm", "f", "--max-memory", right]).ok();
    }
}

#[test]
fn a_missing_path_is_reported_and_the_rest_is_loaded() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let Some(files) = cold_tree(&env) else { return };
        let run = env.run(["warm", "none", "t"]);
        run.code(3)
            .stderr_lines(1)
            .stderr_line("mmapctl: none: cannot open: No such file or directory");
        assert_eq!(cached_sum(&files), Some(TREE_PAGES));
        env.run(["warm", "none"]).code(3);
        fs::create_dir(env.path("empty")).unwrap();
        let run = env.run(["warm", "empty"]);
        total_line(run.ok(), "loaded 0 B of 0 files", "");
    });
}
