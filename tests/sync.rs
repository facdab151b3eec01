//! `mmapctl sync`: dirty and clean pages, measured from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Limit, Mapped, Open, args, cache, cache_range, clean_file, clean_file_on_disk, page_size,
    pattern, poll_until, while_pages_stay,
};

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
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
