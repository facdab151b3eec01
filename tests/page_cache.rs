//! `mmapctl warm` and `evict`, and their effect on the page cache, measured from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Mapped, Open, Signal, allocated, args, cache_range, cached, clean_file,
    clean_file_on_disk, cold_file, cold_sparse_file, evict, page_size, pattern, poll_until,
    succeeds_while_written, while_pages_stay,
};

use std::fs::{self, File};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::json;

const MIB: u64 = 1 << 20;

fn cached_range(path: &Path, offset: u64, length: u64) -> u64 {
    cache_range(path, offset, length).unwrap().cached
}

/// Whether the kernel counts the pages of the file.
fn is_counted((_, path): &(Env, PathBuf)) -> bool {
    cached(path).is_some()
}

#[test]
fn reports_have_the_range_that_was_covered() {
    let Some(env) = Env::with_disk() else { return };
    env.file("f", pattern(3 * page_size() as usize));
    let size = page_size() >> 10;
    let offset = (page_size() + 1).to_string();
    for command in ["warm", "evict", "sync"] {
        env.run([command, "f", "-o", &offset, "-n", "1"])
            .ok()
            .stdout_line(format!("  range       offset {size} KiB, {size} KiB"));
    }
}

#[test]
fn a_cold_file_is_warmed_and_evicted_again() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(path) = cold_file(disk.path(), "file", 40 * MIB + 1) else {
            return;
        };
        let pages = (40 * MIB + 1).div_ceil(page_size());
        let warm = || env.run(args!["warm", &path, "--json"]);
        let report = warm().ok().json();
        assert_eq!(cached(&path), Some(pages));
        assert_eq!(report["loaded"], pages * page_size());
        assert_eq!(report["effect"]["lasts"], "outlives-command");
        assert_eq!(report["unreadable_ranges"], json!([]));
        let report = warm().ok().json();
        assert_eq!(
            (&report["loaded"], &report["effect"]["lasts"]),
            (&json!(0), &json!("no-effect"))
        );
        let report = env.run(args!["evict", &path, "--json"]).ok().json();
        assert_eq!(cached(&path), Some(0));
        assert_eq!(report["evicted"], pages * page_size());
        assert_eq!(report["effect"]["lasts"], "outlives-command");
        let report = env.run(args!["evict", &path, "--json"]).ok().json();
        assert_eq!(report["effect"]["lasts"], "no-effect");
    });
}

#[test]
fn only_the_range_is_warmed_and_only_the_range_is_evicted() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(path) = cold_file(disk.path(), "file", 16 * MIB) else {
            return;
        };
        let page = page_size();
        env.run(args!["warm", &path, "-o", "4M", "-n", "1M"]).ok();
        assert_eq!(cached_range(&path, 4 * MIB, MIB), MIB / page);
        assert!(cached(&path).unwrap() < 2 * MIB / page);
        fs::read(&path).unwrap();
        // Not at the boundaries of any folio.
        let (offset, length) = (4 * MIB + 3 * page, 5 * MIB);
        env.run(args![
            "evict",
            &path,
            "-o",
            offset.to_string(),
            "-n",
            length.to_string()
        ])
        .ok();
        assert_eq!(cached_range(&path, offset, length), 0);
        assert_eq!(cached(&path), Some((16 * MIB - length) / page));
    });
}

#[test]
fn warming_leaves_holes_unallocated_and_out_of_memory() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let offsets = [0, 3 * MIB, 1 << 30, (1 << 40) - page_size()];
        let path = cold_sparse_file(disk.path(), "sparse", 1 << 40, &offsets);
        let before = allocated(&path);
        let run = env.run(args!["warm", &path, "--json"]);
        let report = run.ok().json();
        assert_eq!(allocated(&path), before);
        if cached(&path).is_some() {
            assert_eq!(cached(&path), Some(4));
        }
        assert_eq!(report["holes"], (1_u64 << 40) - 4 * page_size());
        assert!(run.elapsed() < Duration::from_secs(20));
    });
}

#[test]
fn holes_of_shared_memory_take_no_memory() {
    let env = Env::new();
    let Some(tag) = env.tag("warm") else { return };
    let path = tag.create([1; 10]);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(64 * MIB)
        .unwrap();
    let before = allocated(&path);
    env.run(args!["warm", "--tag", tag.name()]).ok();
    assert_eq!(allocated(&path), before);
}

#[test]
fn warming_respects_its_rate() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(8 * MIB) else {
            return;
        };
        evict(&path);
        let run = env.run(args!["warm", &path, "--rate", "8M"]);
        run.ok();
        let pages = 8 * MIB / page_size();
        if cached(&path).is_some() {
            assert_eq!(cached(&path), Some(pages));
        }
        assert!(
            run.elapsed() >= Duration::from_millis(900),
            "{:?}",
            run.elapsed()
        );
        // Pages that are in memory already take no time.
        let run = env.run(args!["warm", &path, "--rate", "1K"]);
        run.ok();
    });
}

#[test]
fn interrupted_warming_reports_its_progress() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(8 * MIB).filter(is_counted) else {
            return;
        };
        for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
            evict(&path);
            let command = env.cmd(args!["warm", &path, "--rate", "1M", "--json"]);
            let warming = command.spawn();
            poll_until("something to be read", || cached(&path) > Some(0));
            warming.signal(signal);
            let run = warming.wait();
            let error = run.code(status).json_error();
            let message = error["message"].as_str().unwrap();
            let name = if signal == Signal::INT { "INT" } else { "TERM" };
            let start = format!("cannot warm: interrupted by SIG{name} after ");
            assert!(message.starts_with(&start), "{message}");
            let report = run.json();
            let amount = |key: &str| report[key].as_u64().unwrap();
            assert!(amount("loaded") < 8 * MIB);
            assert_eq!(amount("loaded") + amount("not_loaded"), 8 * MIB);
        }
    });
}

#[test]
fn two_signals_in_quick_succession_stop_like_one() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(8 * MIB).filter(is_counted) else {
            return;
        };
        evict(&path);
        let warming = env.cmd(args!["warm", &path, "--rate", "1M"]).spawn();
        poll_until("something to be read", || cached(&path) > Some(0));
        // Like timeout(1), to the process and to its group. Each is delivered before the next is sent.
        for _ in 0..3 {
            warming.signal(Signal::INT);
            std::thread::yield_now();
        }
        let run = warming.wait();
        run.code(130);
        let line = run.err_text();
        assert!(
            line.contains("cannot warm: interrupted by SIGINT after "),
            "{line}"
        );
        let text = run.out_text();
        assert!(text.contains(" became resident\n"), "{text}");
        let rest =
            |line: &str| line.starts_with("  not loaded  ") && line.ends_with(" (interrupted)");
        assert!(text.lines().any(rest), "{text}");
    });
}

#[test]
fn progress_is_shown_on_stderr_and_only_on_request() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(4 * MIB) else {
            return;
        };
        for (when, lines) in [("always", true), ("never", false), ("auto", false)] {
            evict(&path);
            let run = env.run(args!["warm", &path, "--rate", "4M", "--progress", when]);
            run.code(0);
            let wanted = run.err_text().contains(" of 4 MiB");
            assert_eq!(wanted, lines, "{when}: {}", run.err_text());
        }
    });
}

#[test]
fn an_unreadable_block_is_named_and_the_rest_is_warmed() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.bad_disk() else { return };
        let (path, good) = (disk.file(), disk.first_bad());
        // The second time as well: pages that could not be read do not count as warm.
        for _ in 0..2 {
            let run = env.run(args!["warm", path, "--json"]);
            let error = run.code(9).json_error();
            assert_eq!(
                (&error["code"], &error["offset"]),
                (&json!("fault"), &json!(good))
            );
            let report = run.json();
            assert_eq!(
                report["unreadable_ranges"],
                json!([{"offset": good, "length": disk.size() - good}])
            );
            if cached(path).is_some() {
                assert_eq!(cached_range(path, 0, good), good / page_size());
                assert_eq!(cached_range(path, good, disk.size() - good), 0);
            }
        }
        // The other files of the command line are still warmed.
        let other = disk.mount().file("other", [1; 10]);
        let run = env.run(args!["warm", path, &other]);
        run.code(9);
        let bad = (disk.size() - good) >> 10;
        let text = run.out_text();
        assert!(
            text.starts_with("total: loaded 0 B of 2 files in "),
            "{text}"
        );
        let unreadable = format!("; {bad} KiB of 1 file unreadable\n");
        assert!(text.ends_with(&unreadable), "{text}");
    });
}

#[test]
fn dirty_pages_are_flushed_before_eviction() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = disk.path().join("file");
        let contents = pattern(usize::try_from(4 * MIB).unwrap());
        fs::write(&path, &contents).unwrap();
        // Through a read-only descriptor.
        let run = env
            .cmd(["evict", "--fd", "5", "--json"])
            .fd(5, Open::Read, &path)
            .run();
        let report = run.ok().json();
        if cached(&path).is_none() {
            return;
        }
        assert_eq!(cached(&path), Some(0));
        let before = |key: &str| report["before"][key].as_u64().unwrap();
        let unwritten = before("dirty") + before("writeback");
        assert_eq!(report["flushed"], unwritten * page_size());
        assert!(fs::read(&path).unwrap() == contents);
    });
}

/// The kernel keeps adjacent pages in one folio, and those of a truncated file extend beyond its end.
#[test]
fn the_rest_of_a_truncated_file_is_evicted() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(25 * page_size()) else {
            return;
        };
        for cut in [1, page_size(), 3 * page_size() + 1, 13 * page_size()] {
            evict(&path);
            let file = File::options().write(true).open(&path).unwrap();
            let bytes = pattern(25 * page_size() as usize);
            file.write_all_at(&bytes, 0).unwrap();
            file.set_len(cut).unwrap();
            drop(file);
            env.run(args!["evict", &path]).ok();
            if cached(&path).is_some() {
                assert_eq!(cached(&path), Some(0));
            }
        }
    });
}

#[test]
fn a_large_file_is_evicted_to_the_last_page() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let path = disk.path().join("hole");
        let length = 256 * MIB + 1;
        File::create(&path).unwrap().set_len(length).unwrap();
        std::io::copy(&mut File::open(&path).unwrap(), &mut std::io::sink()).unwrap();
        if cached(&path).is_none() {
            return;
        }
        let offset = 3 * page_size();
        let run = env.run(args!["evict", &path, "-o", offset.to_string()]);
        run.ok();
        // The kernel may have reclaimed some of the three itself.
        assert!(cached(&path) <= Some(3));
        env.run(args!["evict", &path]).ok();
        assert_eq!(cached(&path), Some(0));
    });
}

#[test]
fn mapped_and_locked_pages_stay_and_the_processes_are_named() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let Some(pages) = cached(&path) else { return };
        let mapped = Mapped::read_only(&path);
        mapped.touch();
        let pid = std::process::id();
        let evict = || env.run(args!["evict", &path]);
        let message = |how: &str| {
            format!(
                "{}: cannot evict: {pages} pages stay in memory: {how} by process {pid}",
                path.display()
            )
        };
        let run = evict();
        run.code(12)
            .stderr_line(format!("mmapctl: {}", message("mapped")));
        assert!(run.out_text().contains("effect      none ("));
        assert_eq!(cached(&path), Some(pages));
        if mapped.lock() {
            evict()
                .code(12)
                .stderr_line(format!("mmapctl: {}", message("locked")));
        }
        let run = env.run(args!["evict", &path, "--json"]);
        run.code(12);
        assert_eq!(run.json()["kept_reason"]["mapped_by"][0]["pid"], pid);
        assert_eq!(run.json_error()["code"], "busy");
        drop(mapped);
        evict().ok();
        assert_eq!(cached(&path), Some(0));
    });
}

#[test]
fn a_process_that_touched_none_of_the_pages_is_not_reported_as_keeping_them() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(16 * MIB).filter(is_counted) else {
            return;
        };
        let untouched = Mapped::read_only(&path);
        // A pipe holds pages of the file, which cannot be detected.
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        let file = File::open(&path).unwrap();
        let flags = rustix::pipe::SpliceFlags::empty();
        rustix::pipe::splice(&file, Some(&mut 0), &writer, None, 4096, flags).unwrap();
        let run = env.run(args!["evict", &path, "--json"]);
        let kept = run.code(12).json()["kept_reason"].clone();
        assert_eq!(kept["mapped_by"], json!([]));
        assert_eq!(kept["pages"].as_u64(), cached(&path));
        let message = run.json_error()["message"].as_str().unwrap().to_owned();
        assert!(
            message.contains(" in use elsewhere, for example in a pipe"),
            "{message}"
        );
        // The process keeps pages elsewhere in the file, but is not reported as keeping these.
        untouched.get(usize::try_from(15 * MIB).unwrap());
        let run = env.run(args!["evict", &path, "-n", "4M", "--json"]);
        assert_eq!(run.code(12).json()["kept_reason"]["mapped_by"], json!([]));
        let run = env.run(args!["evict", &path, "-o", "14M", "--json"]);
        let kept = run.code(12).json()["kept_reason"].clone();
        assert_eq!(kept["mapped_by"][0]["pid"], std::process::id());
        drop((reader, writer, untouched));
        env.run(args!["evict", &path]).ok();
    });
}

#[test]
fn messages_about_remaining_pages_agree_with_their_number() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB).filter(is_counted) else {
            return;
        };
        let file = File::options().write(true).open(&path).unwrap();
        let stop = AtomicBool::new(false);
        let contents = vec![1; usize::try_from(MIB).unwrap()];
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    file.write_all_at(&contents, 0).unwrap();
                }
            });
            let reports = (0..20).map(|_| env.run(args!["evict", &path, "--json"]).json());
            let reports: Vec<_> = reports.collect();
            stop.store(true, Ordering::Relaxed);
            for report in reports {
                let (after, kept) = (&report["after"], &report["kept_reason"]);
                assert!(after["resident"].as_u64() <= after["cached"].as_u64());
                assert!(after["dirty"].as_u64() <= after["cached"].as_u64());
                if !kept.is_null() {
                    assert_eq!(kept["pages"], after["cached"]);
                    assert_eq!(kept["dirty"], after["dirty"]);
                    assert_eq!(kept["writeback"], after["writeback"]);
                    assert!(kept["writeback"].as_u64() <= kept["pages"].as_u64());
                }
            }
        });
    });
}

#[test]
fn constantly_written_pages_are_reported_as_dirty_again() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB).filter(is_counted) else {
            return;
        };
        let file = File::options().write(true).open(&path).unwrap();
        let found = succeeds_while_written(&file, || {
            let run = env.run(args!["evict", &path]);
            run.err_text().contains("dirty again (")
        });
        assert!(found);
        env.run(args!["evict", &path]).ok();
    });
}

#[test]
fn memory_without_storage_cannot_be_evicted() {
    let env = Env::new();
    let Some(tag) = env.tag("evict") else { return };
    let path = tag.create([1; 10]);
    let run = env.run(args!["evict", "--tag", tag.name()]);
    run.code(12).stderr_line(format!(
        "mmapctl: tag {}: cannot evict: 1 page stays in memory: the contents have no backing storage",
        tag.name()
    ));
    assert_eq!(fs::read(path).unwrap(), [1; 10]);
}

#[test]
fn data_that_cannot_be_flushed_is_not_dropped() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.thin_disk() else { return };
        let path = disk.mount().path("file");
        fs::write(&path, pattern(usize::try_from(64 * page_size()).unwrap())).unwrap();
        disk.starve();
        let run = env.run(args!["evict", &path]);
        run.code(6).stdout("");
        assert!(run.err_text().contains("in memory only"));
        assert!(fs::read(&path).unwrap() == pattern(usize::try_from(64 * page_size()).unwrap()));
    });
}

#[test]
fn the_effect_is_unknown_to_a_user_who_may_not_see_residency() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(user) = env.other_user() else { return };
        let Some(disk) = env.on_disk() else { return };
        fs::set_permissions(disk.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let path = clean_file(disk.path(), "file", MIB);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let as_user = |action: &str| {
            let run = env.cmd(args![action, &path, "--json"]).user(&user).run();
            run.ok().json()
        };
        if cached(&path).is_none() {
            return;
        }
        let report = as_user("evict");
        assert_eq!(cached(&path), Some(0));
        assert_eq!(
            (&report["evicted"], &report["effect"]["measured"]),
            (&json!(null), &json!(false))
        );
        for (action, heading) in [
            ("evict", "eviction requested; result unknown"),
            ("warm", "read; amount loaded is unknown"),
        ] {
            let run = env.cmd(args![action, &path]).user(&user).run();
            let text = run.ok().out_text();
            assert!(text.starts_with(&format!("{}: {heading}\n", path.display())));
            assert!(text.contains("  effect      unknown (the pages in memory are unknown: "));
        }
        as_user("evict");
        let report = as_user("warm");
        assert_eq!(cached(&path), Some(MIB / page_size()));
        assert_eq!(
            (&report["loaded"], &report["effect"]["measured"]),
            (&json!(null), &json!(false))
        );
    });
}

#[test]
fn mapping_options_are_rejected() {
    let env = Env::new();
    let path = env.file("file", [1; 100]);
    for (command, argument) in [
        ("warm", &["--anon", "-n", "4K"][..]),
        ("evict", &["--anon", "-n", "4K"]),
        ("warm", &["--private"]),
        ("warm", &["--huge-size", "2M"]),
        ("evict", &["--touch"]),
        ("evict", &["--hold"]),
        ("evict", &["--rate", "1M"]),
    ] {
        let run = env.cmd([command]).args(argument).arg(&path).run();
        run.refuses(2, format!("unexpected argument '{}' found", argument[0]));
    }
}

#[test]
fn a_rate_of_zero_is_refused_with_a_remedy() {
    let env = Env::new();
    let path = env.file("file", [1; 100]);
    for zero in ["0", "0K", "0x0"] {
        env.run(args!["warm", &path, "--rate", zero]).refuses(
            2,
            format!(
                "invalid value '{zero}' for '--rate <SIZE>': must be greater than 0; omit --rate for no \
                 limit"
            ),
        );
    }
}

#[test]
fn advise_points_to_the_commands() {
    let env = Env::new();
    env.file("FILE", [1; 100]);
    for (command, typed) in [
        ("warm", "advise warm FILE"),
        ("evict", "advise EVICT FILE"),
        ("warm", "-q advise -o 10 warm FILE"),
        ("warm", "advise warm FILE --rate 1M"),
        ("evict", "map FILE --advise evict"),
    ] {
        let hint = format!("mmapctl {command} FILE");
        let run = env.run(typed.split(' '));
        run.code(2)
            .stderr_line(format!("hint: use the command '{hint}'"));
        env.run(hint.split(' ').skip(1)).ok();
    }
}

#[test]
fn a_block_device_is_warmed() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(8 * MIB) else {
            return;
        };
        let device = mount.device();
        let warm = || {
            let run = env.run(args!["warm", &device, "--json"]);
            run.ok().json()
        };
        let report = warm();
        if let Some(cached) = cached(&device) {
            assert_eq!(cached, 8 * MIB / page_size());
        }
        assert_eq!(report["effect"]["notes"], json!([]));
        // Eviction examines the device, not the file system of its node.
        let evicted = env.run(args!["evict", &device, "--json"]).json();
        assert_ne!(evicted["kept_reason"]["memory_only"], true);
        // If it is unknown whether the device is mounted, the report says so.
        if let Some(command) = env.without_proc(args!["warm", &device, "--json"]) {
            let note = "the device's pages leave memory when the last process closes it; a process that is not \
                        listed or cannot be inspected may have it open";
            assert_eq!(command.run().ok().json()["effect"]["notes"], json!([note]));
        }
        // The node of a device that is not mounted.
        let image = env.sparse_file("image", 8 * MIB, &[]);
        let Some(loop_device) = env.loop_device(&image) else {
            return;
        };
        let run = env.run(args!["warm", loop_device.path(), "--json"]);
        let effect = run.ok().json()["effect"].clone();
        let note = effect["notes"][0].as_str().unwrap();
        assert!(note.contains("pages leave memory when"), "{note}");
        assert_eq!(effect["lasts"], "while-mapped");
        if let Some(cached) = cached(loop_device.path()) {
            assert_eq!(cached, 0);
        }
    });
}

#[test]
fn empty_files_have_nothing_to_warm_or_evict() {
    let env = Env::new();
    env.file("empty", "");
    env.file("full", [1; 100]);
    for command in ["warm", "evict"] {
        let line = format!("empty: empty: nothing to {command}\n");
        env.run([command, "empty"]).ok().stdout(&line).stderr("");
        let report = env.run([command, "empty", "--json"]).ok().json();
        assert_eq!(report["length"], 0);
        assert_eq!(report["after"]["pages"], 0);
        let run = env.run([command, "empty", "-n", "1"]);
        run.code(5).stdout("");
    }
    let run = env.run(["warm", "empty", "full"]);
    let text = run.ok().out_text();
    assert!(
        text.starts_with("total: loaded 0 B of 2 files in "),
        "{text}"
    );
}

#[test]
fn the_position_of_an_inherited_descriptor_is_unchanged() {
    let Some((env, path)) = clean_file_on_disk(10) else {
        return;
    };
    evict(&path);
    let script = format!("'{}' warm --fd 5 -q && head -c 3 <&5", support::MMAPCTL);
    let run = env
        .tool("sh", ["-c", &script])
        .fd(5, Open::Read, &path)
        .run();
    run.ok().stdout(&pattern(10)[..3]);
}

#[test]
fn in_a_pid_namespace_other_processes_may_keep_the_pages() {
    while_pages_stay(|| {
        let Some((env, path)) = clean_file_on_disk(MIB) else {
            return;
        };
        let mapped = Mapped::read_only(&path);
        mapped.touch();
        let Some(command) = env.in_pid_namespace(args!["evict", "--json", &path]) else {
            return;
        };
        let run = command.run();
        let kept = run.code(12).json()["kept_reason"].clone();
        assert_eq!(
            (&kept["hidden"], &kept["mapped_by"]),
            (&json!(true), &json!([]))
        );
        let error = run.json_error();
        let message = error["message"].as_str().unwrap();
        assert!(
            message.ends_with("they may be mapped or locked by a process that /proc does not list"),
            "{message}"
        );
    });
}

#[test]
fn pages_of_a_device_under_a_loop_device_outlive_the_command() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let image = clean_file(disk.path(), "image", MIB);
        let Some(device) = env.loop_device(&image) else {
            return;
        };
        let path = Path::new(device.path());
        let Some(_other) = env.loop_device(path) else {
            return;
        };
        let report = env.run(args!["warm", "--json", path]).ok().json();
        assert_eq!(report["effect"]["lasts"], "outlives-command", "{report:#}");
        assert_eq!(cached(path), Some(MIB / page_size()));
    });
}
