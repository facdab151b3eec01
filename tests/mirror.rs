//! `mmapctl mirror`: the windows as other processes and the kernel see them.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Held, Limit, MapsLine, Open, Signal, allocated, args, cache, maps, page_size, pattern,
    size, skip, smaps_of,
};

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::Value;

/// The mappings of a file in a process, in the order of their addresses.
fn windows(pid: u32, path: &Path) -> Vec<MapsLine> {
    let inode = fs::metadata(path).unwrap().ino();
    let all = maps(pid).into_iter();
    all.filter(|line| line.inode == inode).collect()
}

fn memory_of(held: &Held) -> File {
    let path = format!("/proc/{}/mem", held.pid());
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap()
}

fn map_limit() -> u64 {
    let text = fs::read_to_string("/proc/sys/vm/max_map_count").unwrap();
    text.trim().parse().unwrap()
}

fn number(value: &Value, key: &str) -> u64 {
    value[key]
        .as_u64()
        .unwrap_or_else(|| panic!("{key} in {value}"))
}

#[test]
fn windows_are_adjacent_and_show_all_stores() {
    let env = Env::new();
    let page = page_size();
    let bytes = pattern(4 * page as usize);
    let path = env.file("f", &bytes);
    let offset = page.to_string();
    let length = (2 * page).to_string();
    let held = env
        .cmd(args![
            "mirror", &path, "-a", "w", "-o", &offset, "-n", &length, "--times", "3", "--hold"
        ])
        .hold();
    let seen = windows(held.pid(), &path);
    assert_eq!(seen.len(), 3);
    for (i, window) in seen.iter().enumerate() {
        assert_eq!(window.start, seen[0].start + i as u64 * 2 * page);
        assert_eq!(window.length(), 2 * page);
        assert_eq!(window.offset, page);
        assert_eq!(window.permissions, "rw-s");
    }
    // One write across the last byte of the first window and the first byte of the second, as in a ring buffer.
    let memory = memory_of(&held);
    memory.write_all_at(b"AZ", seen[1].start - 1).unwrap();
    let mut shown = [0; 2];
    memory.read_exact_at(&mut shown, seen[2].start - 1).unwrap();
    assert_eq!(&shown, b"AZ");
    let now = fs::read(&path).unwrap();
    let mut expected = bytes;
    expected[page as usize] = b'Z';
    expected[3 * page as usize - 1] = b'A';
    assert!(now == expected);
    held.signal(Signal::TERM);
    held.wait().code(0);
}

#[test]
fn the_report_agrees_with_the_memory_map() {
    let env = Env::new();
    let page = page_size();
    let path = env.file("f", pattern(page as usize));
    let mut held = env
        .cmd(args![
            "mirror", &path, "--json", "--times", "2", "--hold", "--verify"
        ])
        .hold();
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    let seen = windows(held.pid(), &path);
    let hex = |address: u64| Value::from(format!("{address:#x}"));
    assert_eq!(report["ready"], Value::from(true));
    assert_eq!(number(&report, "pid"), u64::from(held.pid()));
    assert_eq!(report["base"], hex(seen[0].start));
    assert_eq!(number(&report, "span"), 2 * page);
    assert_eq!(number(&report, "window"), page);
    assert_eq!(number(&report, "times"), 2);
    for (shown, seen) in report["windows"].as_array().unwrap().iter().zip(&seen) {
        assert_eq!(shown["address"], hex(seen.start));
        assert_eq!(shown["end"], hex(seen.end));
    }
    assert_eq!(number(&report["verified"], "windows"), 2);
    held.signal(Signal::INT);
    let run = held.wait();
    run.code(0);
    assert_eq!(run.json_lines().len(), 1);
}

#[test]
fn only_the_first_and_last_of_many_windows_are_listed() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let mut held = env
        .cmd(args![
            "mirror", &path, "--json", "--times", "1000", "--hold"
        ])
        .hold();
    let report: Value = serde_json::from_str(&held.line(0)).unwrap();
    let seen = windows(held.pid(), &path);
    assert_eq!(seen.len(), 1000);
    let shown = report["windows"].as_array().unwrap();
    assert_eq!(shown.len(), 8);
    assert_eq!(number(&report, "omitted"), 992);
    for window in shown {
        let seen = &seen[usize::try_from(number(window, "index")).unwrap()];
        assert_eq!(window["address"], Value::from(format!("{:#x}", seen.start)));
    }
}

#[test]
fn a_missing_file_is_created_in_whole_pages_and_a_short_one_extended() {
    let env = Env::new();
    let page = page_size();
    let odd = (page + 1).to_string();
    let path = env.path("new");
    let run = env.run(args![
        "mirror", &path, "-a", "w", "-n", &odd, "--verify", "--json"
    ]);
    let report = run.ok().json();
    assert_eq!(number(&report, "length"), page + 1);
    assert_eq!(number(&report, "window"), 2 * page);
    assert_eq!(number(&report, "span"), 4 * page);
    assert_eq!(report["created"], Value::from(true));
    assert_eq!(size(&path), 2 * page);
    assert_eq!(allocated(&path), 2 * page);
    assert!(fs::read(&path).unwrap().iter().all(|byte| *byte == 0));

    let path = env.file("short", "abc");
    env.run(args!["mirror", &path, "-a", "w", "-n", &odd]).ok();
    assert_eq!(size(&path), 2 * page);
    assert_eq!(&fs::read(&path).unwrap()[..4], b"abc\0");
}

#[test]
fn a_long_enough_file_keeps_its_size_and_the_tail_is_reported() {
    let env = Env::new();
    let page = page_size();
    let path = env.file("f", pattern(page as usize + 5));
    let report = env
        .run(args!["mirror", &path, "--verify", "--json"])
        .ok()
        .json();
    assert_eq!(number(&report, "window"), 2 * page);
    assert_eq!(number(&report, "beyond_end"), page - 5);
    assert!(fs::read(&path).unwrap() == pattern(page as usize + 5));
}

/// The facts that a store would change: contents, times, blocks, and pages to be written back.
fn state(path: &Path) -> (Vec<u8>, [i64; 4], u64, Option<u64>) {
    let facts = fs::metadata(path).unwrap();
    let times = [
        facts.mtime(),
        facts.mtime_nsec(),
        facts.ctime(),
        facts.ctime_nsec(),
    ];
    let dirty = cache(path).map(|cache| cache.dirty);
    (fs::read(path).unwrap(), times, facts.blocks(), dirty)
}

#[test]
fn verification_changes_nothing_with_any_access() {
    let env = Env::new();
    let bytes = pattern(3 * page_size() as usize);
    let path = env.file("f", &bytes);
    File::open(&path).unwrap().sync_all().unwrap();
    let Some(tag) = env.tag("ring") else { return };
    let region = tag.create(&bytes);
    let before = [state(&path), state(&region)];
    for access in ["r", "w", "rx", "wx"] {
        for source in [
            args![&path].to_vec(),
            args!["--tag", tag.name()].to_vec(),
            args!["--anon", "-n", "64K"].to_vec(),
            args!["--fd", "3"].to_vec(),
        ] {
            let run = env
                .cmd(["mirror", "--verify", "--times", "7", "--json", "-a", access])
                .args(source)
                .fd(3, Open::ReadWrite, &path)
                .run();
            let report = run.ok().json();
            let verified = &report["verified"];
            assert_eq!(number(verified, "windows"), 7);
            assert_eq!(verified["memory_map"], Value::from(true));
            let last = number(&report, "window") - 1;
            assert_eq!(verified["offsets"], Value::from(vec![0, last]));
        }
    }
    env.cmd(["mirror", "--fd", "3", "--access", "r", "--verify"])
        .fd(3, Open::Read, &path)
        .run()
        .ok();
    assert!(before == [state(&path), state(&region)]);
}

#[test]
fn concurrent_writes_do_not_fail_verification() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let file = File::options().write(true).open(&path).unwrap();
            let mut byte = 0_u8;
            while !stop.load(Ordering::Relaxed) {
                file.write_at(&[byte], 0).unwrap();
                byte = byte.wrapping_add(1);
            }
        });
        for _ in 0..20 {
            let run = env.run(args!["mirror", &path, "--verify", "--times", "500"]);
            if !run.ended_with(&[0]) {
                stop.store(true, Ordering::Relaxed);
                run.code(0);
            }
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn without_proc_only_the_bytes_are_compared() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    for source in [
        args![&path].to_vec(),
        args!["--fd", "3"].to_vec(),
        args!["--anon", "-n", "64K"].to_vec(),
    ] {
        let Some(cmd) = env.without_proc(args!["mirror", "--verify", "--json"]) else {
            return;
        };
        let run = cmd.args(source).fd(3, Open::ReadWrite, &path).run();
        let report = run.ok().json();
        assert_eq!(report["verified"]["memory_map"], Value::from(false));
        assert_eq!(number(&report["verified"], "windows"), 2);
    }
}

#[test]
fn an_unknown_working_directory_matters_only_for_sharing() {
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return;
    };
    let inject = ["-qq", "-o", "trace", "-e", "inject=getcwd:error=ENOENT"];
    let mirror = ["mirror", "new", "-a", "w", "-n", "64K"];
    let run = |options: &[&str]| {
        let tool = env
            .tool(&strace, inject)
            .args([env!("CARGO_BIN_EXE_mmapctl")]);
        tool.args(mirror).args(options).run()
    };
    let run_plain = run(&["--verify"]);
    if run_plain.err_text().contains("ptrace") {
        return skip("may trace a program");
    }
    run_plain.ok();
    assert_eq!(size(env.path("new")), 65536);
    fs::remove_file(env.path("new")).unwrap();
    // A program needs its path.
    run(&["--", "true"]).code(8);
    assert!(!env.path("new").exists());
}

#[test]
fn more_windows_than_the_kernel_allows_are_a_limit_and_create_nothing() {
    let env = Env::new();
    let limit = map_limit();
    let path = env.path("new");
    for times in [limit, 1 << 40, u64::MAX] {
        let run = env.run(args![
            "mirror",
            "-a",
            "w",
            &path,
            "-n",
            "1pg",
            "--times",
            times.to_string()
        ]);
        run.code(13).stderr_lines(2);
        run.stderr_line("hint: raise vm.max_map_count (sysctl)");
        assert!(
            run.err_text().contains(&limit.to_string()),
            "{}",
            run.err_text()
        );
        assert!(!path.exists());
    }
    if limit > 100_000 {
        return;
    }
    let most = (limit - 500).to_string();
    env.run(args![
        "mirror", &path, "-a", "w", "-n", "1pg", "--times", &most, "--verify"
    ])
    .ok();
    assert_eq!(size(&path), page_size());
}

#[test]
fn an_address_is_used_exactly_or_refused() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let held = env
        .cmd(args!["mirror", &path, "--addr", "0x230000000000", "--hold"])
        .hold();
    assert_eq!(windows(held.pid(), &path)[0].start, 0x2300_0000_0000);
    env.run(args!["mirror", &path, "--addr", "0x230000000001"])
        .code(2)
        .stderr_lines(1);
    // The first page of the program's own stack, or any other page it has.
    let own = fs::read_to_string("/proc/self/maps").unwrap();
    assert!(own.contains("[vsyscall]") || !cfg!(target_arch = "x86_64"));
    if cfg!(target_arch = "x86_64") {
        env.run(args!["mirror", &path, "--addr", "0xffffffffff600000"])
            .code(7);
    }
}

#[test]
fn nothing_is_truncated_if_the_windows_cannot_be_mapped() {
    let env = Env::new();
    let bytes = pattern(3 * page_size() as usize + 5);
    let path = env.file("f", &bytes);
    for (arguments, code) in [
        (&[][..], 2),
        (&["-n", "1pg", "-o", "-1pg"], 2),
        (&["-n", "1pg", "--times", "100000000"], 13),
        (&["-n", "1pg", "--addr", "0xffff800000000000"], 7),
        (&["-n", "1P"], 6),
        (&["-n", "1pg", "--", "mmapctl-none"], 127),
    ] {
        env.cmd(args!["mirror", &path, "-a", "w", "--open", "truncate"])
            .args(arguments)
            .run()
            .code(code)
            .stdout("");
        assert!(fs::read(&path).unwrap() == bytes, "{arguments:?}");
    }
    env.cmd(args![
        "mirror", &path, "-a", "w", "--open", "truncate", "-n", "1pg", "--lock"
    ])
    .limit(Limit::LockedMemory, 0)
    .without_capability("ipc_lock")
    .run()
    .code(13);
    assert!(fs::read(&path).unwrap() == bytes);
    env.run(args![
        "mirror", "-a", "w", "-q", &path, "--open", "truncate", "-n", "8pg"
    ])
    .ok();
    assert!(fs::read(&path).unwrap() == vec![0; 8 * page_size() as usize]);
}

#[test]
fn a_full_disk_under_a_lock_is_reported() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let path = mount.path("hole");
    File::create(&path).unwrap().set_len(2 << 20).unwrap();
    let run = env.run(args!["mirror", &path, "--lock"]);
    run.code(9).stdout("");
    run.stderr_line("hint: free some space, or reserve the blocks before writing");
}

#[test]
fn a_failed_mirror_undoes_creation_and_extension() {
    let env = Env::new();
    let bytes = pattern(5);
    let path = env.file("f", &bytes);
    for (wrong, code) in [
        (&["--times", "100000000"][..], 13),
        (&["--addr", "0xffff800000000000"], 7),
        (&["--lock"], 13),
    ] {
        for path in [&path, &env.path("new")] {
            env.cmd(args!["mirror", path, "-a", "w", "-n", "8pg"])
                .args(wrong)
                .limit(Limit::LockedMemory, 0)
                .without_capability("ipc_lock")
                .run()
                .code(code)
                .stdout("");
        }
        assert!(fs::read(&path).unwrap() == bytes, "{wrong:?}");
        assert!(!env.path("new").exists(), "{wrong:?}");
    }
}

#[test]
fn invalid_mirror_requests_are_refused_before_anything_changes() {
    let env = Env::new();
    let path = env.file("f", pattern(2 * page_size() as usize));
    let before = fs::read(&path).unwrap();
    for wrong in [
        &["--times", "1"][..],
        &["--times", "0"],
        &["--times", "-1"],
        &["--times", "x"],
        &["--times", "1e3"],
        &["--access", "c"],
        &["--access", "none"],
        &["--offset", "1"],
        &["--length", "0"],
        &["--open", "truncate", "--addr", "1"],
        &["--open", "truncate", "--length", "1pg"],
        &["--open", "create"],
    ] {
        let run = env.cmd(args!["mirror", &path]).args(wrong).run();
        run.code(2).stdout("");
    }
    env.run(["mirror", "--anon"]).code(2);
    env.run(["mirror", "--anon", "-n", "1pg", "--open", "create"])
        .code(2);
    assert!(fs::read(&path).unwrap() == before);
    env.run(args!["mirror", env.path("none")])
        .refuses(
            3,
            format!(
                "{}: cannot open: No such file or directory",
                env.path("none").display()
            ),
        )
        .stderr_line_at(1, "hint: use --access w --length N to create it");
    env.run(args!["mirror", env.path("none"), "-n", "1pg"])
        .code(3)
        .stderr_line_at(1, "hint: use --access w --length N to create it");
    env.run(args!["mirror", env.path("none/none"), "-n", "1pg"])
        .code(3)
        .stderr_lines(1);
    assert!(!env.path("none").exists());
    let empty = env.file("empty", "");
    for access in [&[][..], &["-a", "r"]] {
        let hint = "hint: use --access w --length N to extend it";
        for (file, length) in [(&empty, &[][..]), (&path, &["-n", "1G"])] {
            let run = env
                .cmd(args!["mirror", file])
                .args(access)
                .args(length)
                .run();
            run.code(5).stderr_line_at(1, hint);
        }
    }
    env.run(args!["mirror", &empty, "-a", "w"])
        .code(5)
        .stderr_line_at(1, "hint: use --length N to extend it");
    assert_eq!(size(&path), 2 * page_size());
    env.cmd(["mirror", "--fd", "5", "-a", "w"])
        .fd(5, Open::Read, &path)
        .run()
        .code(4)
        .stderr_line("hint: use --access r to mirror it for reading only");
}

#[test]
fn a_read_only_file_is_mirrored_for_reading() {
    let env = Env::new();
    let Some(user) = env.other_user() else {
        return;
    };
    let path = env.file("f", pattern(page_size() as usize));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let run = env.cmd(args!["mirror", &path, "-a", "w"]).user(&user).run();
    run.code(4)
        .stderr_line("hint: use --access r to mirror it for reading only");
    for access in [&[][..], &["--access", "r"]] {
        let held = env
            .cmd(args!["mirror", &path, "--hold"])
            .args(access)
            .user(&user)
            .hold();
        let seen = windows(held.pid(), &path);
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|window| window.permissions == "r--s"));
    }
}

#[test]
fn a_full_disk_is_refused_before_the_file_grows_and_verifying_a_hole_on_it_is_a_fault() {
    let env = Env::new();
    let Some(disk) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let path = disk.path("new");
    env.run(args!["mirror", &path, "-a", "w", "-n", "2M"])
        .code(6);
    assert!(!path.exists());
    let sparse = disk.path("sparse");
    File::create(&sparse)
        .unwrap()
        .set_len(4 * page_size())
        .unwrap();
    disk.fill_up(0);
    let run = env.run(args!["mirror", &sparse, "--verify", "--json"]);
    run.code(9);
    assert_eq!(run.json_error()["offset"], Value::from(0));
    assert_eq!(allocated(&sparse), 0);
}

#[test]
fn a_full_file_system_on_disk_is_refused_and_the_file_keeps_its_size() {
    let env = Env::new();
    let Some(disk) = env.small_ext4(8 << 20) else {
        return;
    };
    let path = disk.file("f", pattern(5));
    let blocks = allocated(&path);
    env.run(args!["mirror", &path, "-a", "w", "-n", "1G"])
        .code(6);
    assert_eq!((size(&path), allocated(&path)), (5, blocks));
    env.run(args!["mirror", &path, "-a", "w", "-n", "64K", "--verify"])
        .ok();
    assert_eq!((size(&path), allocated(&path)), (65536, 65536));
}

#[test]
fn the_hint_to_extend_a_short_source_appears_only_if_it_works() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let long = ["mirror", "-n", "64K"];
    env.cmd(long)
        .args(["--fd", "3"])
        .fd(3, Open::Read, &path)
        .run()
        .code(5)
        .stderr_lines(1);
    env.cmd(long)
        .args(["--fd", "3"])
        .fd(3, Open::ReadWrite, &path)
        .run()
        .code(5)
        .stderr_line_at(1, "hint: use --access w --length N to extend it");
    let Some(user) = env.other_user() else {
        return;
    };
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    env.cmd(long)
        .args([&path])
        .user(&user)
        .run()
        .code(5)
        .stderr_lines(1);
}

#[test]
fn a_read_only_descriptor_is_mirrored_for_reading() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let run = env
        .cmd(["mirror", "--fd", "3", "--access", "w"])
        .fd(3, Open::Read, &path)
        .run();
    run.code(4).stdout("");
    for access in [&[][..], &["--access", "r"]] {
        env.cmd(["mirror", "--fd", "3"])
            .args(access)
            .fd(3, Open::Read, &path)
            .run()
            .ok();
    }
    env.cmd(["mirror", "--fd", "3"]).closed_fd(3).run().code(3);
}

#[test]
fn files_are_mapped_for_reading_and_memory_for_writing_by_default() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let before = state(&path);
    let access = |arguments: &[&str]| {
        let cmd = env.cmd(["mirror", "--json"]).args(arguments);
        let report = cmd.fd(3, Open::ReadWrite, &path).run().ok().json();
        report["access"].as_str().unwrap().to_owned()
    };
    assert_eq!(access(&["f"]), "r");
    assert_eq!(access(&["--fd", "3"]), "r");
    assert!(state(&path) == before);
    assert_eq!(access(&["f", "--access", "w"]), "w");
    assert_eq!(access(&["--fd", "3", "--access", "w"]), "w");
    assert_eq!(access(&["--anon", "-n", "1pg"]), "w");
    assert_eq!(access(&["--anon", "-n", "1pg", "--access", "r"]), "r");
    let Some(tag) = env.tag("access") else { return };
    assert_eq!(access(&["--tag", tag.name(), "-n", "1pg"]), "w");
    assert_eq!(size(tag.path()), page_size());
    assert_eq!(access(&["--tag", tag.name(), "--access", "r"]), "r");
}

#[test]
fn locked_windows_obey_the_memory_lock_limit() {
    let env = Env::new();
    let page = page_size();
    let path = env.file("f", pattern(16 * page as usize));
    let held = env.cmd(args!["mirror", &path, "--lock", "--hold"]).hold();
    let seen = smaps_of(held.pid(), &path);
    assert_eq!(seen.len(), 2);
    for window in &seen {
        assert!(window.has_flag("lo"));
        assert_eq!(window.get("Rss"), 16 * page);
        assert!(window.get("Locked") > 0);
    }
    let run = env
        .cmd(args!["mirror", &path, "--lock"])
        .limit(Limit::LockedMemory, 0)
        .without_capability("ipc_lock")
        .run();
    run.code(13).stderr_lines(2);
    assert!(run.err_text().contains("CAP_IPC_LOCK is not held"));
}

#[test]
fn a_program_can_open_the_mirrored_source() {
    let env = Env::new();
    let script = r#"printf hello | dd of="$MMAPCTL_PATH" conv=notrunc status=none
        dd if="$MMAPCTL_PATH" bs=5 count=1 status=none; echo " $MMAPCTL_LENGTH $MMAPCTL_OFFSET""#;
    env.run(["mirror", "--anon", "-n", "10K", "--", "sh", "-c", script])
        .ok()
        .stdout("hello 10240 0\n");
}

#[test]
fn an_invalid_length_is_reported_with_the_source() {
    let env = Env::new();
    env.file("f", pattern(10));
    env.run(["mirror", "f", "-n", "8E"]).refuses(
        2,
        "f: length 9223372036854775808 exceeds 9223372036854775807, the largest offset",
    );
}

#[test]
fn a_busy_address_hint_is_not_used() {
    let env = Env::new();
    let path = env.file("f", pattern(page_size() as usize));
    let free = 0x2000_0000_0000_u64;
    let held = env
        .cmd(args!["mirror", &path, "--addr-hint", "0x200000000000"])
        .arg("--hold")
        .hold();
    let seen = windows(held.pid(), &path);
    let at: Vec<u64> = seen.iter().map(|window| window.start).collect();
    assert_eq!(at, [free, free + page_size()]);
    // A hint need not be aligned.
    let held = env
        .cmd(args![
            "mirror",
            &path,
            "--addr-hint",
            "0x200000000123",
            "--hold"
        ])
        .hold();
    assert_eq!(windows(held.pid(), &path)[0].start, free);
    // An address so low cannot be mapped.
    let held = env
        .cmd(args!["mirror", &path, "--addr-hint", "0x1000", "--hold"])
        .hold();
    assert_eq!(windows(held.pid(), &path).len(), 2);
}

#[test]
fn a_created_file_gets_the_mode_and_windows_may_be_executable() {
    let env = Env::new();
    let new = env.path("new");
    env.run(args![
        "mirror", &new, "-a", "w", "--open", "create", "-n", "1pg", "--mode", "640"
    ])
    .ok();
    let mode = fs::metadata(&new).unwrap().permissions().mode();
    assert_eq!((mode & 0o777, size(&new)), (0o640, page_size()));
    for (access, permissions) in [("rx", "r-xs"), ("wx", "rwxs")] {
        let held = env
            .cmd(args!["mirror", &new, "--access", access, "--hold"])
            .hold();
        let seen = windows(held.pid(), &new);
        assert_eq!(seen.len(), 2);
        for window in seen {
            assert_eq!(window.permissions, permissions);
        }
    }
}
