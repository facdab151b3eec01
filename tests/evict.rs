//! `mmapctl evict` on directories and several files, measured from outside.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Mapped, OtherUser, Signal, args, cache, cached, clean_file, cold_file, last_line,
    page_size, pattern, poll_until, succeeds_while_written, while_pages_stay,
};

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use serde_json::json;

/// The number of cached bytes of files; `None` if the kernel has no `cachestat(2)`.
fn bytes(files: &[PathBuf]) -> Option<u64> {
    let pages: Option<u64> = files.iter().map(cached).sum();
    Some(pages? * page_size())
}

/// The number of dirty bytes of files, under writeback or not.
fn dirty(files: &[PathBuf]) -> u64 {
    let pages = files.iter().map(|file| {
        let cache = cache(file).unwrap();
        cache.dirty + cache.writeback
    });
    pages.sum::<u64>() * page_size()
}

/// Clean files of one to three pages in a directory.
fn clean_files(directory: &Path, count: u64) -> Vec<PathBuf> {
    let file = |n| clean_file(directory, &format!("f{n}"), (n % 3 + 1) * page_size() - 1);
    (0..count).map(file).collect()
}

#[test]
fn all_files_of_a_tree_with_hostile_names_are_evicted() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let tree = disk.path().join("tree");
        fs::create_dir_all(tree.join("a\nb/ -rf/.hidden")).unwrap();
        let names: [&[u8]; 6] = [
            b"a\nb/new\nline",
            b"a\nb/ -rf/--help",
            b"a\nb/ -rf/.hidden/\xff\xfe",
            b"*",
            b"\x1b[2J",
            b"$(reboot)",
        ];
        let mut files: Vec<PathBuf> = Vec::new();
        for name in names {
            let path = tree.join(OsStr::from_bytes(name));
            fs::write(&path, pattern(5000)).unwrap();
            File::open(&path).unwrap().sync_all().unwrap();
            files.push(path);
        }
        // These are not opened.
        symlink("..", tree.join("a\nb/loop")).unwrap();
        symlink("nothing", tree.join("dangling")).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, tree.join("fifo"), 0o600.into()).unwrap();
        let _socket = UnixListener::bind(tree.join("socket")).unwrap();
        let Some(before) = bytes(&files) else { return };
        assert!(before > 0);
        let run = env.run(args!["evict", &tree, "--json"]);
        assert_eq!(bytes(&files), Some(0));
        let rows = run.ok().json_lines();
        let total = rows.last().unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0]["kind"], "directory");
        assert_eq!(rows[0]["evicted"], before);
        assert_eq!(
            [&total["kind"], &total["files"], &total["evicted"]],
            [&json!("total"), &json!(6), &json!(before)]
        );
        assert_eq!(
            [&total["skipped"], &total["kept"], &total["flushed"]],
            [&json!(4), &json!(0), &json!(0)]
        );
        // A line for each file, and each in one line.
        let run = env.run(args!["evict", &tree, "-v"]);
        assert_eq!(run.ok().out_text().lines().count(), 7);
        let line = last_line(run.out_text());
        assert!(
            line.starts_with("total: evicted 0 B of 6 files in "),
            "{line}"
        );
        env.run(args!["evict", &tree, "-q"]).ok().stdout("");
    });
}

#[test]
fn a_file_that_is_found_twice_counts_once_in_the_total() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let [one, two] = ["one", "two"].map(|name| disk.path().join(name));
        for directory in [&one, &two] {
            fs::create_dir(directory).unwrap();
        }
        let file = clean_file(&one, "file", 3 * page_size());
        fs::hard_link(&file, one.join("link")).unwrap();
        fs::hard_link(&file, two.join("link")).unwrap();
        let run = env.run(args!["evict", &one, &two, &file, "--json"]);
        let rows = run.ok().json_lines();
        let files: Vec<_> = rows.iter().map(|row| row["files"].as_u64()).collect();
        assert_eq!(files, [Some(1), Some(1), Some(1), Some(1)]);
        assert!(cached(&file).unwrap_or(0) == 0);
    });
}

#[test]
fn dirty_files_are_flushed_before_eviction() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let mut files = clean_files(disk.path(), 5);
        for n in 0..40 {
            let path = disk.path().join(format!("dirty{n}"));
            fs::write(&path, pattern(3 * usize::try_from(page_size()).unwrap())).unwrap();
            files.push(path);
        }
        if bytes(&files).is_none() {
            return;
        }
        let before = dirty(&files);
        let run = env.run(args!["evict", disk.path(), "--json"]);
        assert_eq!(bytes(&files), Some(0));
        let total = run.ok().json_lines().pop().unwrap();
        assert_eq!(total["flushed"], before);
        // The contents come back from the disk.
        for path in &files[5..] {
            assert!(fs::read(path).unwrap() == pattern(3 * usize::try_from(page_size()).unwrap()));
        }
        fs::write(disk.path().join("one more"), pattern(100)).unwrap();
        let run = env.run(args!["evict", disk.path()]);
        let line = last_line(run.ok().out_text());
        let flushed = format!("; {} KiB flushed first", page_size() >> 10);
        assert!(line.ends_with(&flushed), "{line}");
    });
}

#[test]
fn data_that_cannot_be_flushed_is_not_dropped() {
    let env = Env::new();
    let Some(disk) = env.thin_disk() else { return };
    let contents = pattern(usize::try_from(8 * page_size()).unwrap());
    let files: Vec<PathBuf> = (0..40)
        .map(|n| disk.mount().file(&format!("f{n}"), &contents))
        .collect();
    disk.starve();
    let run = env.run(args!["evict", disk.mount().dir()]);
    assert!(run.ended_with(&[1, 6]), "{}", run.describe());
    let text = run.err_text();
    assert!(text.contains("in memory only"), "{text}");
    for path in &files {
        assert!(fs::read(path).unwrap() == contents, "{}", path.display());
    }
    let named = |path: &&PathBuf| text.contains(&format!("{}: cannot flush: ", path.display()));
    assert!(files.iter().any(|path| named(&path)), "{text}");
}

#[test]
fn a_line_for_each_file_whose_pages_stay_names_the_processes() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let files = clean_files(disk.path(), 30);
        if bytes(&files).is_none() {
            return;
        }
        // The last is locked, if that is permitted.
        let mapped: Vec<Mapped> = files[20..].iter().map(Mapped::read_only).collect();
        mapped.iter().for_each(Mapped::touch);
        let locked = mapped[9].lock();
        let stayed = bytes(&files[20..]).unwrap();
        let run = env.run(args!["evict", disk.path()]);
        run.code(12).stderr_lines(10);
        assert_eq!(bytes(&files[..20]), Some(0));
        assert_eq!(bytes(&files[20..]), Some(stayed));
        let pid = std::process::id();
        for (n, path) in files.iter().enumerate().skip(20) {
            let (pages, how) = (cached(path).unwrap(), n == 29 && locked);
            let pages = match pages {
                1 => "1 page stays".to_owned(),
                pages => format!("{pages} pages stay"),
            };
            let how = if how { "locked" } else { "mapped" };
            run.stderr_line(format!(
                "mmapctl: {}: cannot evict: {pages} in memory: {how} by process {pid}",
                path.display()
            ));
        }
        let line = last_line(run.out_text());
        let kept = format!("; {} KiB stayed in 10 files", stayed >> 10);
        assert!(line.ends_with(&kept), "{line}");
        let run = env.run(args!["evict", disk.path(), "--json"]);
        let total = run.code(12).json_lines().pop().unwrap();
        assert_eq!(
            [&total["kept"], &total["kept_files"]],
            [&json!(stayed), &json!(10)]
        );
        drop(mapped);
        env.run(args!["evict", disk.path()]).ok();
        assert_eq!(bytes(&files), Some(0));
    });
}

#[test]
fn one_look_at_the_processes_serves_all_files() {
    let env = Env::new();
    let (Some(strace), Some(disk)) = (env.peer("strace"), env.on_disk()) else {
        return;
    };
    let files = clean_files(disk.path(), 50);
    let mapped: Vec<Mapped> = files.iter().map(Mapped::read_only).collect();
    mapped.iter().for_each(Mapped::touch);
    let trace = ["-f", "-qq", "-e", "trace=openat", "-o", "trace"];
    let run = env
        .tool(strace, trace)
        .arg(support::MMAPCTL)
        .args(args!["evict", disk.path()])
        .run();
    run.code(12).stderr_lines(50);
    let maps = format!("\"/proc/{}/maps\"", std::process::id());
    let calls = fs::read_to_string(env.path("trace")).unwrap();
    assert_eq!(calls.matches(&maps).count(), 1);
}

#[test]
fn files_in_memory_only_have_one_message() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    for n in 0..3 {
        mount.file(&format!("f{n}"), pattern(100));
    }
    let run = env.run(args!["evict", mount.dir()]);
    run.code(12).stderr_line(
        "mmapctl: cannot evict: 3 files (3 pages) exist only in memory; they have no backing \
         storage",
    );
    let has_swap = fs::read_to_string("/proc/swaps").unwrap().lines().count() > 1;
    let hint = "hint: use 'mmapctl advise pageout' to move such memory to swap space";
    assert_eq!(run.err_text().contains(hint), has_swap);
    let line = last_line(run.out_text());
    assert!(line.ends_with("KiB stayed in 3 files"), "{line}");
    // A single one is named.
    let none = env.file("none", "");
    let run = env.run(args!["evict", mount.path("f0"), &none]);
    run.code(12).stderr_line(format!(
        "mmapctl: {}: cannot evict: 1 page stays in memory: the contents have no backing \
         storage",
        mount.path("f0").display()
    ));
    assert_eq!(fs::read(mount.path("f1")).unwrap(), pattern(100));
}

#[test]
fn another_user_evicts_what_may_be_read_and_the_amount_is_unknown() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(user) = env.other_user() else { return };
        let Some(disk) = env.on_disk() else { return };
        let mode = |path: &Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        };
        mode(disk.path(), 0o755);
        let files = clean_files(disk.path(), 4);
        fs::create_dir(disk.path().join("closed")).unwrap();
        for path in &files[..2] {
            mode(path, 0o644);
        }
        rustix::fs::chown(
            &files[1],
            Some(rustix::process::Uid::from_raw(OtherUser::ID)),
            None,
        )
        .unwrap();
        mode(&files[2], 0o600);
        mode(&files[3], 0o600);
        mode(&disk.path().join("closed"), 0o700);
        let Some(own) = bytes(&files[1..2]) else {
            return;
        };
        let run = env.cmd(args!["evict", disk.path()]).user(&user).run();
        run.code(4).stderr_lines(3);
        for path in [&files[2], &files[3]] {
            run.stderr_line(format!(
                "mmapctl: {}: cannot open: Permission denied",
                path.display()
            ));
        }
        let line = last_line(run.out_text());
        let least = format!("total: evicted ≥{} KiB of 2 files in ", own >> 10);
        assert!(line.starts_with(&least), "{line}");
        assert!(line.ends_with("; unknown for 1 file"), "{line}");
        assert_eq!(bytes(&files[..2]), Some(0));
        assert!(bytes(&files[2..]).unwrap() > 0);
        let run = env
            .cmd(args!["evict", disk.path(), "--json"])
            .user(&user)
            .run();
        let total = run.code(4).json_lines().pop().unwrap();
        assert_eq!(
            [&total["evicted"], &total["known"], &total["unknown_files"]],
            [&json!(null), &json!(0), &json!(1)]
        );
    });
}

#[test]
fn a_file_that_is_written_meanwhile_is_dirty_again() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let files = clean_files(disk.path(), 9);
    if bytes(&files).is_none() {
        return;
    }
    let file = File::options().write(true).open(&files[3]).unwrap();
    let found = succeeds_while_written(&file, || {
        let run = env.run(args!["evict", disk.path()]);
        run.err_text().contains("f3: cannot evict: 1 page")
            && run.err_text().contains("dirty again (")
    });
    assert!(found);
    env.run(args!["evict", disk.path()]).ok();
}

#[test]
fn a_read_only_file_system_and_a_long_sparse_file_are_evicted() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(mount) = env.small_ext4(16 << 20) else {
            return;
        };
        let sparse = mount.path("sparse");
        let file = File::create(&sparse).unwrap();
        file.set_len(1 << 40).unwrap();
        for at in [0, 1 << 30, (1 << 40) - 1] {
            file.write_all_at(b"x", at).unwrap();
        }
        file.sync_all().unwrap();
        drop(file);
        let mut files = clean_files(&mount.dir(), 3);
        files.push(sparse);
        mount.make_read_only();
        let Some(before) = bytes(&files) else { return };
        let run = env.run(args!["evict", mount.dir(), "--json"]);
        assert_eq!(bytes(&files), Some(0));
        let total = run.ok().json_lines().pop().unwrap();
        assert_eq!(total["evicted"], before);
    });
}

#[test]
fn a_block_device_is_evicted_beside_files() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let file = clean_file(disk.path(), "file", page_size());
        let image = env.file("image", vec![1; 1 << 20]);
        let Some(device) = env.loop_device(&image) else {
            return;
        };
        // The pages of a device stay in memory while it is open.
        let _open = File::open(device.path()).unwrap();
        fs::read(device.path()).unwrap();
        let Some(before) = cached(device.path()).filter(|pages| *pages > 0) else {
            return;
        };
        let run = env.run(args!["evict", device.path(), &file, "--json"]);
        let rows = run.ok().json_lines();
        assert_eq!(cached(device.path()), Some(0));
        assert_eq!(cached(&file), Some(0));
        assert_eq!(rows.len(), 3);
        assert_eq!(rows[0]["evicted"], before * page_size());
        assert_eq!(rows[0]["size"], 1 << 20);
    });
}

#[test]
fn failures_leave_the_other_files_to_be_evicted() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let files = clean_files(disk.path(), 2);
        let run = env.run(args!["evict", &files[0], "none", &files[1]]);
        run.code(3)
            .stderr("mmapctl: none: cannot open: No such file or directory\n");
        assert_eq!(bytes(&files).unwrap_or(0), 0);
        env.run(args!["evict", disk.path(), "-o", "1"])
            .refuses(2, "a range applies to one file only");
        env.run(args!["evict", disk.path(), "--glob", "["]).code(2);
    });
}

/// Whether a thread of a process waits for time to pass.
fn sleeps(pid: u32) -> bool {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
    let calls =
        threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("syscall")).ok());
    let call = format!("{} ", libc::SYS_clock_nanosleep);
    calls.into_iter().any(|text| text.starts_with(&call))
}

#[test]
fn an_interrupted_eviction_reports_its_total() {
    while_pages_stay(|| {
        let env = Env::new();
        for disk in env.slow_disks() {
            let Some(path) = cold_file(&disk.mount().dir(), "file", 4 << 20) else {
                return;
            };
            disk.start_reading(&env, &path, 0, 4 << 20);
            // The pages are being read, so the command waits.
            let evicting = env
                .cmd(args!["evict", disk.mount().dir(), "--json"])
                .spawn();
            poll_until("the command waits", || sleeps(evicting.pid()));
            evicting.signal(Signal::INT);
            disk.release();
            let run = evicting.wait();
            let total = run.code(130).json_lines().pop().unwrap();
            assert_eq!(total["kind"], "total");
        }
    });
}
