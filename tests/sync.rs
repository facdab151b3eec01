//! `mmapctl sync`: dirty and clean pages, measured from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Limit, Mapped, Open, args, cache, cache_range, clean_file, clean_file_on_disk, last_line,
    page_size, pattern, poll_until, succeeds_while_written, while_pages_stay,
};

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

const MIB: u64 = 1 << 20;

/// The number of dirty pages of a file; `None` if the kernel has no `cachestat(2)`.
fn dirty(path: &Path) -> Option<u64> {
    cache(path).map(|cache| cache.dirty)
}

/// Whether the kernel counts the pages of the file.
fn is_counted((_, path): &(Env, PathBuf)) -> bool {
    cache(path).is_some()
}

#[test]
fn stores_of_another_process_through_a_mapping_are_flushed() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let mapped = Mapped::shared(&path);
        mapped.set(5, 1);
        let Some(before) = dirty(&path) else { return };
        assert!(before > 0);
        let run = env.run(args!["sync", &path, "--json"]);
        run.ok();
        assert_eq!(dirty(&path), Some(0));
        let report = run.json();
        assert_eq!(report["scope"], "range");
        assert_eq!(report["mode"], "sync");
        assert_eq!(report["level"], "storage");
        assert_eq!(report["before"]["dirty"], before);
        assert_eq!(report["after"]["dirty"], 0);
        assert_eq!(report["cleaned"], before * page_size());
        assert_eq!(report["length"], MIB);
    });
}

/// Truncating a file splits a dirty folio, and ext4 leaves all its parts marked as dirty.
#[test]
fn clean_pages_that_the_kernel_counts_as_dirty_are_reported_separately() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk((2 << 20) + page_size()) else {
            return;
        };
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.write_all_at(b"dirty", (2 << 20) - 10 * page_size())
            .unwrap();
        file.set_len(20 * page_size() + 7).unwrap();
        drop(file);
        let Some(before) = cache(&path) else { return };
        let run = env.run(args!["sync", &path, "--json"]);
        let report = run.ok().json();
        let marked = cache(&path).unwrap().dirty;
        assert_eq!(report["miscounted"], marked);
        assert_eq!(report["before"]["dirty"], before.dirty - marked);
        assert_eq!(report["after"]["dirty"], 0);
        assert_eq!(report["cleaned"], (before.dirty - marked) * page_size());
        let run = env.run(args!["sync", &path]);
        assert!(!run.ok().out_text().contains("still dirty"));
        let plural = if marked == 1 { "" } else { "s" };
        let note =
            format!("the kernel counts {marked} page{plural} more as dirty, but they are clean");
        assert_eq!(
            run.out_text().contains(&note),
            marked > 0,
            "{}",
            run.out_text()
        );
    });
}

#[test]
fn only_the_pages_of_the_range_are_flushed() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(16 * MIB).filter(is_counted) else {
            return;
        };
        // So far apart that no folio holds both.
        let mapped = Mapped::shared(&path);
        mapped.set(100, 1);
        mapped.set(usize::try_from(8 * MIB).unwrap(), 1);
        let report = env
            .run(args!["sync", &path, "-o", "100", "-n", "1", "--json"])
            .ok()
            .json();
        assert_eq!(cache_range(&path, 0, page_size()).unwrap().dirty, 0);
        assert!(cache_range(&path, 8 * MIB, page_size()).unwrap().dirty > 0);
        assert_eq!(report["offset"], 0);
        assert_eq!(report["length"], page_size());
        env.run(args!["sync", &path, "-o", "-8M"]).ok();
        assert_eq!(dirty(&path), Some(0));
    });
}

#[test]
fn writeback_starts_without_waiting_for_completion() {
    let Some((env, path)) = clean_file_on_disk(4 * MIB) else {
        return;
    };
    let mapped = Mapped::shared(&path);
    mapped.set(0, 9);
    if dirty(&path).is_none() {
        return;
    }
    let report = env
        .run(args!["sync", "--async", &path, "--json"])
        .ok()
        .json();
    assert_eq!(report["mode"], "async");
    assert!(report["level"].is_null());
    poll_until("the page to be written", || {
        cache(&path).is_some_and(|cache| cache.dirty == 0 && cache.writeback == 0)
    });
}

#[test]
fn invalidation_is_accepted_and_keeps_the_contents() {
    let Some((env, path)) = clean_file_on_disk(MIB) else {
        return;
    };
    let mapped = Mapped::shared(&path);
    mapped.set(7, 77);
    for mode in [&["--invalidate"][..], &["--invalidate", "--async"]] {
        let run = env.cmd(["sync", "--json"]).args(mode).arg(&path).run();
        run.ok();
        assert_eq!(run.json()["invalidate"], true);
    }
    assert_eq!((mapped.get(7), fs::read(&path).unwrap()[7]), (77, 77));
}

#[test]
fn a_read_only_descriptor_flushes_the_whole_file() {
    let Some((env, path)) = clean_file_on_disk(16 * MIB) else {
        return;
    };
    let mapped = Mapped::shared(&path);
    mapped.set(usize::try_from(12 * MIB).unwrap(), 3);
    let run = env
        .cmd(["sync", "--fd", "5", "-n", "1"])
        .fd(5, Open::Read, &path)
        .run();
    run.ok();
    let text = run.out_text();
    assert!(text.contains("the whole file was flushed"), "{text}");
    if let Some(dirty) = dirty(&path) {
        assert_eq!(dirty, 0);
    }
    // Without a range, there is nothing to explain.
    let run = env
        .cmd(["sync", "--fd", "5"])
        .fd(5, Open::Read, &path)
        .run();
    assert!(!run.ok().out_text().contains("the whole file"));
}

#[test]
fn starting_writeback_through_a_read_only_descriptor_covers_only_the_range() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(16 * MIB) else {
            return;
        };
        let mapped = Mapped::shared(&path);
        if cache(&path).is_none() {
            return;
        }
        for part in [1, 12] {
            mapped.set(usize::try_from(part * MIB).unwrap(), 3);
        }
        let run = env
            .cmd(["sync", "--fd", "5", "-n", "8M", "--async"])
            .fd(5, Open::Read, &path)
            .run();
        let text = run.ok().out_text();
        assert!(text.contains("flush started"), "{text}");
        assert!(!text.contains("whole file"), "{text}");
        let settled = |offset| {
            let part = cache_range(&path, offset, 8 * MIB).unwrap();
            part.dirty == 0 && part.writeback == 0
        };
        poll_until("the part to be written", || settled(0));
        assert!(cache_range(&path, 8 * MIB, 8 * MIB).unwrap().dirty > 0);
        // A write-only descriptor needs no mapping either.
        let run = env
            .cmd(["sync", "--fd", "5", "--async"])
            .fd(5, Open::Append, &path)
            .run();
        run.ok();
        poll_until("the rest to be written", || settled(8 * MIB));
    });
}

#[test]
fn async_waits_on_file_systems_that_cannot_only_start_writeback() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        for name in ["lower", "upper", "work", "merged"] {
            fs::create_dir(disk.path().join(name)).unwrap();
        }
        let script =
        "mount -t overlay overlay -o lowerdir=lower,upperdir=upper,workdir=work merged || exit 99
        head -c 1048576 /dev/zero >merged/file && exec \"$0\" sync --async merged/file";
        let run = env
            .tool("unshare", ["-m", "sh", "-c", script, support::MMAPCTL])
            .cwd(disk.path())
            .run();
        if !run.ended_with(&[0]) {
            support::skip(format!("root to mount an overlay ({})", run.err_text()));
            return;
        }
        let text = run.ok().out_text();
        assert!(
            text.contains("  note        waited for completion: this file system does not support"),
            "{text}"
        );
        if let Some(cache) = cache(disk.path().join("upper/file")) {
            assert_eq!((cache.cached, cache.dirty), (MIB / page_size(), 0));
        }
    });
}

#[test]
fn a_long_file_is_flushed_with_little_address_space() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = disk.path().join("long");
    fs::File::create(&path)
        .unwrap()
        .set_len(4096 * MIB)
        .unwrap();
    let mapped = Mapped::shared(&path);
    for part in 0..4 {
        mapped.set(usize::try_from(part * 1024 * MIB).unwrap(), 1);
    }
    let run = env
        .cmd(args!["sync", &path, "--invalidate"])
        .limit(Limit::AddressSpace, 300 * MIB)
        .run();
    run.ok();
    if let Some(dirty) = dirty(&path) {
        assert_eq!(dirty, 0);
    }
}

#[test]
fn a_user_with_read_access_may_flush_a_file() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let Some(disk) = env.on_disk() else { return };
    fs::set_permissions(disk.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = clean_file(disk.path(), "file", MIB);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let mapped = Mapped::shared(&path);
    mapped.set(0, 1);
    let run = env.cmd(args!["sync", &path, "--json"]).user(&user).run();
    run.ok();
    let report = run.json();
    assert_eq!(report["scope"], "whole-file");
    // The kernel does not report dirty pages to other users, so no page is reported as clean.
    assert_eq!(report["cleaned"], json!(null));
    if let Some(dirty) = dirty(&path) {
        assert_eq!(dirty, 0);
    }
}

#[test]
fn memory_without_storage_is_reported() {
    let env = Env::new();
    let Some(tag) = env.tag("sync") else { return };
    tag.create([1; 100]);
    let run = env.run(args!["sync", "--tag", tag.name()]);
    run.ok();
    let text = run.out_text();
    assert!(
        text.contains("nothing to flush: it is in memory only"),
        "{text}"
    );
    let Some(mount) = env.small_tmpfs(MIB) else {
        return;
    };
    let path = mount.file("file", [1; 100]);
    let report = env.run(args!["sync", &path, "--json"]).ok().json();
    assert_eq!(report["scope"], "memory-only");
    assert!(report["level"].is_null());
}

#[test]
fn a_block_device_is_flushed_through_any_node() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(8 * MIB) else {
        return;
    };
    let device = mount.device();
    // As fill would, but to a block that the file system does not use.
    let file = fs::File::options().write(true).open(&device).unwrap();
    file.write_all_at(&[7], 8 * MIB - page_size()).unwrap();
    let Some(before) = dirty(&device) else {
        return;
    };
    assert!(before > 0);
    let run = env.run(args!["sync", &device]);
    let text = run.ok().out_text();
    assert!(text.contains(": flushed, "), "{text}");
    assert_eq!(dirty(&device), Some(0));
}

#[test]
fn anonymous_memory_is_refused() {
    let env = Env::new();
    env.run(["sync", "--anon", "-n", "4K"])
        .refuses(2, "unexpected argument '--anon' found");
}

#[test]
fn a_failed_flush_reports_data_that_is_in_memory_only() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.thin_disk() else { return };
        let path = disk.mount().path("file");
        fs::write(&path, pattern(usize::try_from(64 * page_size()).unwrap())).unwrap();
        disk.starve();
        let run = env.run(args!["sync", &path]);
        run.code(6).stdout("");
        let text = run.err_text();
        let first = text.lines().next().unwrap();
        assert!(first.contains(": cannot flush: "), "{text}");
        assert!(
            first.ends_with("; the unwritten data is in memory only"),
            "{text}"
        );
        assert!(text.contains("hint: "), "{text}");
        let error = env.run(args!["sync", &path, "--json"]);
        // The error is reported once: the pages count as clean now.
        error.code(0);
    });
}

#[test]
fn pages_written_again_meanwhile_are_not_reported_as_clean() {
    let Some((env, path)) = clean_file_on_disk(MIB).filter(is_counted) else {
        return;
    };
    let mapped = Mapped::shared(&path);
    let stop = AtomicBool::new(false);
    let dirty_again = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                mapped.set(0, 1);
                mapped.set(0, 2);
            }
        });
        let found = (0..500).any(|_| {
            let run = env.run(args!["sync", &path]);
            run.ok()
                .out_text()
                .contains(" still dirty: written again during the flush")
        });
        stop.store(true, Ordering::Relaxed);
        found
    });
    assert!(dirty_again);
}

#[test]
fn a_failure_does_not_stop_the_remaining_files() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let one = clean_file(disk.path(), "one", MIB);
    let two = clean_file(disk.path(), "two", MIB);
    for path in [&one, &two] {
        Mapped::shared(path).set(0, 1);
    }
    let run = env.run(args!["sync", &one, disk.path().join("none"), &two]);
    run.code(3).stderr_lines(1);
    for path in [&one, &two] {
        if let Some(dirty) = dirty(path) {
            assert_eq!(dirty, 0);
        }
    }
}

#[test]
fn empty_files_differ_from_ranges_beyond_the_end() {
    let env = Env::new();
    let path = env.file("empty", "");
    let full = env.file("full", [1; 10]);
    let run = env.run(["sync", "empty"]);
    run.ok().stdout("empty: empty: nothing to flush\n");
    let run = env.run(args!["sync", "empty", &full]);
    let text = run.ok().out_text();
    assert!(text.starts_with("total: flushed "), "{text}");
    assert!(text.contains(" of 2 files in "), "{text}");
    assert_eq!(
        env.run(args!["sync", &path, "--json"]).ok().json()["length"],
        0
    );
    let run = env.run(args!["sync", &path, "-n", "1"]);
    run.code(5).stdout("");
}

#[test]
fn a_block_device_is_flushed_to_its_disk() {
    let env = Env::new();
    let image = env.file("image", vec![9; MIB as usize]);
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    // The pages of a device stay in memory while it is open.
    let _open = fs::File::open(device.path()).unwrap();
    env.run(["fill", "-q", device.path(), "--byte", "1", "--to-end"])
        .ok();
    assert!(fs::read(&image).unwrap() == vec![9; MIB as usize]);
    let report = env.run(["sync", "--json", device.path()]).ok().json();
    assert_eq!(report["scope"], "range");
    assert!(fs::read(&image).unwrap() == vec![1; MIB as usize]);
    env.run(["fill", "-q", device.path(), "--byte", "2", "--to-end"])
        .ok();
    env.run(["evict", "-q", device.path()]).ok();
    assert!(fs::read(&image).unwrap() == vec![2; MIB as usize]);
    if let Some(cache) = cache(device.path()) {
        assert_eq!(cache.cached, 0);
    }
}

/// The number of dirty bytes of files, under writeback or not; `None` if the kernel has no `cachestat(2)`.
fn unwritten(files: &[PathBuf]) -> Option<u64> {
    let pages = files.iter().map(|file| {
        let cache = cache(file)?;
        Some(cache.dirty + cache.writeback)
    });
    Some(pages.sum::<Option<u64>>()? * page_size())
}

/// Dirty files of three pages in a directory.
fn dirty_files(directory: &Path, count: u64) -> Vec<PathBuf> {
    let contents = pattern(3 * usize::try_from(page_size()).unwrap());
    let file = |n| {
        let path = directory.join(format!("f{n}"));
        fs::write(&path, &contents).unwrap();
        path
    };
    (0..count).map(file).collect()
}

#[test]
fn all_files_of_a_tree_are_flushed() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let tree = disk.path().join("tree");
        let hostile = tree.join("a\nb/ -rf").join(OsStr::from_bytes(b"\xff"));
        fs::create_dir_all(&hostile).unwrap();
        let mut files = dirty_files(&hostile, 20);
        files.extend(dirty_files(&tree, 20));
        symlink("..", tree.join("loop")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, tree.join("fifo"), 0o600.into()).unwrap();
        fs::hard_link(&files[0], tree.join("link")).unwrap();
        let Some(before) = unwritten(&files) else {
            return;
        };
        assert!(before > 0);
        let run = env.run(args!["sync", &tree, "--json"]);
        assert_eq!(unwritten(&files), Some(0));
        let rows = run.ok().json_lines();
        let total = rows.last().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(
            [&rows[0]["kind"], &total["kind"]],
            [&json!("directory"), &json!("total")]
        );
        assert_eq!(
            [&total["files"], &total["directories"], &total["cleaned"]],
            [&json!(40), &json!(4), &json!(before)]
        );
        assert_eq!(
            [&total["dirty"], &total["level"], &total["skipped"]],
            [&json!(0), &json!("storage"), &json!(2)]
        );
        dirty_files(&tree.join("a\nb"), 1);
        let run = env.run(args!["sync", &tree, "-v"]);
        assert_eq!(run.ok().out_text().lines().count(), 42);
        let line = last_line(run.out_text());
        let flushed = format!(
            "total: flushed {} KiB of 41 files and 4 directories in ",
            (3 * page_size()) >> 10
        );
        assert!(line.starts_with(&flushed), "{line}");
        env.run(args!["sync", &tree, "-q"]).ok().stdout("");
    });
}

#[test]
fn each_file_and_each_directory_is_flushed() {
    let env = Env::new();
    let (Some(strace), Some(disk)) = (env.peer("strace"), env.on_disk()) else {
        return;
    };
    fs::create_dir_all(disk.path().join("a/b")).unwrap();
    let clean = clean_file(disk.path(), "clean", 100);
    let empty = disk.path().join("a/empty");
    fs::write(&empty, "").unwrap();
    let mut files = dirty_files(&disk.path().join("a/b"), 3);
    files.extend([clean, empty]);
    let trace = [
        "-f",
        "-y",
        "-qq",
        "-e",
        "trace=/f(data)?sync",
        "-o",
        "trace",
    ];
    let run = env
        .tool(strace, trace)
        .arg(support::MMAPCTL)
        .args(args!["sync", disk.path()])
        .run();
    run.ok();
    let calls = fs::read_to_string(env.path("trace")).unwrap();
    let flushed = |call: &str, path: &Path| {
        let call = format!("{call}(");
        let path = format!("<{}>", path.canonicalize().unwrap().display());
        let lines = calls.lines();
        lines
            .filter(|line| line.contains(&call) && line.contains(&path))
            .count()
    };
    assert!(!calls.contains("sync resumed>) = -1") && !calls.contains(">) = -1"));
    for path in &files {
        assert_eq!(flushed("fdatasync", path), 1, "{}", path.display());
    }
    for directory in ["", "a", "a/b"] {
        assert_eq!(flushed("fsync", &disk.path().join(directory)), 1);
    }
    // Without waiting, nothing is flushed.
    let run = env
        .tool("strace", trace)
        .arg(support::MMAPCTL)
        .args(args!["sync", "--async", disk.path()])
        .run();
    run.ok();
    let calls = fs::read_to_string(env.path("trace")).unwrap();
    assert!(!calls.contains("sync("), "{calls}");
}

/// What is on the disk is what a second mount of a copy of it shows.
#[test]
fn new_files_of_a_tree_are_on_the_disk() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(16 << 20) else {
        return;
    };
    let tree = mount.path("tree");
    fs::create_dir_all(tree.join("new")).unwrap();
    let files = dirty_files(&tree.join("new"), 20);
    env.run(args!["sync", &tree]).ok();
    let image = env.file("copy", fs::read(mount.image()).unwrap());
    for path in &files {
        let name = path.strip_prefix(mount.dir()).unwrap();
        let show = format!("cat /{}", name.display());
        let run = env.tool("debugfs", args!["-R", show, &image]).run();
        assert!(run.out() == fs::read(path).unwrap(), "{}", name.display());
    }
}

#[test]
fn a_writeback_error_names_the_file() {
    let env = Env::new();
    let Some(disk) = env.thin_disk() else { return };
    let files = dirty_files(&disk.mount().dir(), 40);
    disk.starve();
    let run = env.run(args!["sync", disk.mount().dir()]);
    assert!(run.ended_with(&[1, 6]), "{}", run.describe());
    let text = run.err_text();
    let named = |path: &PathBuf| text.contains(&format!("{}: cannot flush: ", path.display()));
    assert!(files.iter().any(named), "{text}");
    assert!(text.contains("; the unwritten data is in memory only\n"));
    assert!(last_line(run.out_text()).starts_with("total: flushed "));
}

#[test]
fn writing_of_a_tree_starts_without_waiting() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let files = dirty_files(disk.path(), 10);
        let dirty_pages = || files.iter().map(|path| dirty(path)).sum::<Option<u64>>();
        let Some(before) = dirty_pages() else { return };
        let run = env.run(args!["sync", "--async", disk.path(), "--json"]);
        let total = run.ok().json_lines().pop().unwrap();
        assert_eq!(dirty_pages(), Some(0));
        assert_eq!(
            [&total["cleaned"], &total["mode"], &total["level"]],
            [&json!(before * page_size()), &json!("async"), &json!(null)]
        );
        let run = env.run(args!["sync", "--async", disk.path()]);
        let line = last_line(run.ok().out_text());
        assert!(line.starts_with("total: started to flush 0 B of 10 files in "));
        env.run(args!["sync", "--invalidate", disk.path()]).ok();
    });
}

#[test]
fn files_in_memory_and_empty_files_are_no_failure() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    dirty_files(&mount.dir(), 3);
    let run = env.run(args!["sync", mount.dir()]);
    let line = last_line(run.ok().out_text());
    assert!(line.starts_with("total: flushed 0 B of 3 files in "));
    assert!(line.ends_with("; 3 files in memory only"), "{line}");
}

#[test]
fn another_user_flushes_what_may_be_read() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(user) = env.other_user() else { return };
        let Some(disk) = env.on_disk() else { return };
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(disk.path(), 0o755);
        let files = dirty_files(disk.path(), 2);
        fs::create_dir(disk.path().join("closed")).unwrap();
        mode(&files[0], 0o644);
        mode(&files[1], 0o600);
        mode(&disk.path().join("closed"), 0o700);
        let run = env.cmd(args!["sync", disk.path()]).user(&user).run();
        run.code(4).stderr_lines(2);
        run.stderr_line(format!(
            "mmapctl: {}: cannot open: Permission denied",
            files[1].display()
        ));
        let line = last_line(run.out_text());
        let unknown = "total: flushed an unknown amount of 1 file and 1 directory in ";
        assert!(line.starts_with(unknown), "{line}");
        assert!(line.ends_with("; unknown for 1 file"), "{line}");
        if let Some(left) = unwritten(&files[..1]) {
            assert_eq!(left, 0);
        }
    });
}

#[test]
fn a_read_only_file_system_and_a_long_sparse_file_are_flushed() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(16 << 20) else {
        return;
    };
    let sparse = mount.path("sparse");
    let file = fs::File::create(&sparse).unwrap();
    file.set_len(1 << 40).unwrap();
    for at in [0, 1 << 30, (1 << 40) - 1] {
        file.write_all_at(b"x", at).unwrap();
    }
    drop(file);
    let run = env.run(args!["sync", mount.dir(), "--json"]);
    let total = run.ok().json_lines().pop().unwrap();
    if let Some(left) = unwritten(&[sparse]) {
        assert_eq!(left, 0);
        assert_eq!(total["cleaned"], 3 * page_size());
    }
    mount.make_read_only();
    env.run(args!["sync", mount.dir()]).ok();
}

#[test]
fn a_file_that_is_written_meanwhile_is_reported_as_dirty() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let files = dirty_files(disk.path(), 3);
    if unwritten(&files).is_none() {
        return;
    }
    let file = fs::File::options().write(true).open(&files[1]).unwrap();
    let found = succeeds_while_written(&file, || {
        let run = env.run(args!["sync", disk.path()]);
        last_line(run.ok().out_text()).ends_with(" KiB still dirty in 1 file")
    });
    assert!(found);
    let run = env.run(args!["sync", disk.path()]);
    assert!(!run.ok().out_text().contains("dirty"));
}

#[test]
fn a_range_applies_to_one_file_only() {
    let env = Env::new();
    let path = env.file("f", [1; 10]);
    for paths in [args![env.dir()].to_vec(), args![&path, &path].to_vec()] {
        env.cmd(["sync", "-o", "1"])
            .args(paths)
            .run()
            .refuses(2, "a range applies to one file only");
    }
}
