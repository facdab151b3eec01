//! Walking: every file once, nothing else opened, and failures that do not end it.

use std::ffi::CString;
use std::fs::{self, File, Permissions};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::{paths, row, rows, shown, tree};
use crate::support::{
    Env, Limit, Open, Run, Sink, args, cached, clean_file, evict, page_size, skip, unmappable,
    while_pages_stay,
};

fn json(env: &Env, arguments: &[&str]) -> Run {
    env.cmd(["cached", "--json"]).args(arguments).run()
}

#[test]
fn a_file_with_several_names_counts_once_in_the_total() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        fs::hard_link(top.join("a/x"), top.join("c/hard")).unwrap();
        symlink("a/x", top.join("link")).unwrap();
        let page = page_size();
        let found = rows(json(&env, &["t/a", "t/c", "t", "t/a/x", "t/link", "t/a"]).ok());
        let cached = |path| row(&found, path)["cached"].as_u64().unwrap() / page;
        assert_eq!(
            ["t/a", "t/c", "t", "t/a/x", "t/link", ""].map(cached),
            [13, 9, 13, 9, 9, 13]
        );
        assert_eq!(
            paths(&found),
            ["t/a", "t/c", "t", "t/a/x", "t/link", "t/a", ""]
        );
        assert_eq!(
            (
                row(&found, "t")["files"].as_u64(),
                row(&found, "")["files"].as_u64()
            ),
            (Some(4), Some(4))
        );
        let found = rows(json(&env, &["-a", "t/a", "t"]).ok());
        assert_eq!(
            found.len(),
            2 + 4 + 1,
            "a row for each path that has the file: {found:?}"
        );
    });
}

#[test]
fn links_are_followed_only_on_request_and_loops_end() {
    let Some((env, top)) = tree() else { return };
    let outside = clean_file(env.dir(), "outside", page_size());
    symlink(".", top.join("self")).unwrap();
    symlink("../a", top.join("a/b/up")).unwrap();
    symlink("loop2", top.join("loop1")).unwrap();
    symlink("loop1", top.join("loop2")).unwrap();
    symlink("nowhere", top.join("dangling")).unwrap();
    symlink(&outside, top.join("out")).unwrap();
    let found = rows(json(&env, &["t"]).ok());
    assert_eq!(
        (&row(&found, "")["files"], &row(&found, "")["skipped"]),
        (&4.into(), &6.into())
    );
    let run = env.run(args!["cached", "-v", "t"]);
    run.code(0)
        .stderr("mmapctl: detail: skipped 6 directory entries that are not regular files\n");
    for jobs in ["1", "4"] {
        let run = json(&env, &["-L", "-j", jobs, "t"]);
        let found = rows(&run);
        assert_eq!(row(&found, "")["files"], 5, "{found:?}");
        run.ok();
    }
    // A path that is a link is followed.
    assert_eq!(row(&rows(json(&env, &["t/self"]).ok()), "")["files"], 4);
}

#[test]
fn nothing_but_regular_files_is_opened() {
    let Some((env, top)) = tree() else { return };
    let Some(strace) = env.peer("strace") else {
        return;
    };
    env.fifo("t/fifo");
    let _socket = UnixListener::bind(top.join("socket")).unwrap();
    let nodes = [
        ("null", FileType::CharacterDevice, 1, 3),
        ("loop", FileType::BlockDevice, 7, 0),
    ];
    for (name, kind, major, minor) in nodes {
        let device = rustix::fs::makedev(major, minor);
        if mknodat(CWD, top.join(name), kind, Mode::RUSR, device).is_err() {
            return skip("root to make device nodes");
        }
    }
    symlink("null", top.join("to-null")).unwrap();
    for follow in ["-a", "-aL"] {
        let run = env
            .tool(
                &strace,
                [
                    "-f",
                    "-qq",
                    "-o",
                    "trace",
                    "-e",
                    "trace=open,openat,openat2",
                ],
            )
            .args([crate::support::MMAPCTL, "cached", "--json", follow, "t"])
            .run();
        assert_eq!(row(&rows(run.ok()), "")["skipped"], 5);
        let trace = fs::read_to_string(env.path("trace")).unwrap();
        assert!(trace.contains("a/x"), "{trace}");
        for name in ["fifo", "socket", "null", "loop", "to-null"] {
            assert!(!trace.contains(&format!("t/{name}\"")), "{name}: {trace}");
        }
    }
}

#[test]
fn hostile_names_are_exact_in_json_and_harmless_in_text() {
    let env = Env::new();
    let names: [&[u8]; 6] = [b"a\nb", b"\x1b[31m", b"\xff\xfe", b"-n", b" ", b"\"'\\"];
    fs::create_dir(env.path("t")).unwrap();
    for name in names {
        File::create(env.path("t").join(std::ffi::OsStr::from_bytes(name))).unwrap();
    }
    let run = json(&env, &["-a", "t"]);
    let found = rows(run.ok());
    for name in names
        .into_iter()
        .filter_map(|name| std::str::from_utf8(name).ok())
    {
        row(&found, &format!("t/{name}"));
    }
    assert_eq!(
        found
            .iter()
            .filter(|(_, row)| row.get("path_base64").is_some())
            .count(),
        1
    );
    let run = env.run(args![
        "cached",
        "-a",
        "--no-header",
        "--columns",
        "files,name",
        "t"
    ]);
    let lines = run.ok().out_text().lines();
    assert_eq!(
        lines.clone().filter(|line| line.starts_with("1\t")).count(),
        names.len()
    );
    assert_eq!(lines.count(), names.len());
    assert!(!run.out().contains(&0x1b));
}

#[test]
fn a_walk_goes_on_after_what_cannot_be_read() {
    let Some((env, top)) = tree() else { return };
    let Some(user) = env.other_user() else { return };
    fs::set_permissions(top.join("c"), Permissions::from_mode(0o700)).unwrap();
    fs::set_permissions(top.join("a/x"), Permissions::from_mode(0o600)).unwrap();
    for jobs in ["1", "2"] {
        let run = env
            .cmd(args!["cached", "--json", "-j", jobs, "t"])
            .user(&user)
            .run();
        let found = rows(run.code(4));
        assert_eq!(row(&found, "t")["files"], 1);
        let mut errors: Vec<&str> = run.err_text().lines().collect();
        errors.sort_unstable();
        assert_eq!(
            errors,
            [
                r#"{"code":"access_denied","message":"cannot open: Permission denied","subject":"t/a/x","os_error":13}"#,
                r#"{"code":"access_denied","message":"cannot read: Permission denied","subject":"t/c","os_error":13}"#,
            ]
        );
    }
    // What cannot be read has no row: the amounts are not zero.
    fs::create_dir(top.join("listed")).unwrap();
    fs::write(top.join("listed/f"), "f").unwrap();
    fs::set_permissions(top.join("listed"), Permissions::from_mode(0o744)).unwrap();
    let run = env
        .cmd(args!["cached", "--json", "-d1", "t", "t/c", "t/listed"])
        .user(&user)
        .run();
    let found = rows(run.code(4));
    assert_eq!(paths(&found), ["t/a", "t/listed", "t", ""]);
    run.stderr_lines(5);
    let run = env.run(args!["cached", "missing", "t/a"]);
    run.code(3)
        .stderr("mmapctl: missing: cannot open: No such file or directory\n");
    assert!(run.out_text().ends_with("total\n"));
    env.run(args!["cached", "missing"])
        .refuses(3, "missing: cannot open: No such file or directory");
}

#[test]
fn files_that_change_or_vanish_during_the_walk_are_no_failures() {
    let env = Env::new();
    let top = env.path("t");
    fs::create_dir(&top).unwrap();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for part in 0..2 {
            let (top, done) = (&top, &done);
            scope.spawn(move || disturb(top, part, done));
        }
        for round in 0..60 {
            let arguments: &[&str] = match round % 3 {
                0 => &["-a", "t"],
                1 => &["-a", "-j1", "--expect", "0%", "t"],
                _ => &["-d9", "-L", "t"],
            };
            let run = json(&env, arguments);
            if !run.err().is_empty() || !run.ended_with(&[0]) {
                done.store(true, Ordering::Relaxed);
                run.fail("a change of the tree is a failure");
            }
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// Creates, truncates, replaces and removes files and directories until `done`. A failure means that another thread was
/// faster.
fn disturb(top: &Path, part: u32, done: &AtomicBool) {
    let mut state = part;
    while !done.load(Ordering::Relaxed) {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [choice, name, inner, length] = state.to_be_bytes();
        let directory = top.join(format!("d{}", name % 4));
        let file = directory.join(format!("f{}", inner % 16));
        let _ = match choice % 8 {
            0 => fs::create_dir_all(&directory),
            1 | 2 => fs::write(&file, vec![1; usize::from(length) * 200]),
            3 => fs::remove_file(&file),
            4 => File::options()
                .write(true)
                .open(&file)
                .and_then(|f| f.set_len(u64::from(length))),
            5 => fs::rename(&directory, top.join(format!("d{}", length % 4))),
            6 => fs::remove_file(&file).and_then(|()| fs::create_dir(&file)),
            _ => fs::remove_dir_all(&directory),
        };
    }
}

#[test]
fn patterns_sizes_and_depths_choose_files() {
    let Some((env, top)) = tree() else { return };
    fs::write(top.join("a/b/log.txt"), "text").unwrap();
    let names = |arguments: &[&str]| {
        let run = env.cmd([
            "cached",
            "-a",
            "--no-header",
            "--columns",
            "name",
            "--sort",
            "name",
        ]);
        let run = run.args(arguments).run();
        run.ok().out_text().lines().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&["t", "-g", "*.txt"]), "t/a/b/log.txt");
    assert_eq!(names(&["t", "-g", "!a"]), "t/c/.e t/c/z");
    assert_eq!(names(&["t", "-g", "a/*"]), "t/a/x");
    assert_eq!(names(&["t", "-g", "x", "-g", "z"]), "t/a/x t/c/z");
    assert_eq!(names(&["t/a/x", "t/c/z", "-g", "z"]), "t/c/z");
    assert_eq!(names(&["t", "--min-size", "5pg"]), "t/a/x t/c/z");
    assert_eq!(
        names(&["t", "--min-size", "1", "--max-size", "4pg"]),
        "t/a/b/log.txt t/a/b/y"
    );
    assert_eq!(names(&["t", "--max-depth", "2"]), "t/a/x t/c/.e t/c/z");
    assert_eq!(names(&["t/a", "--max-depth", "1"]), "t/a/x");
    assert_eq!(names(&["t", "--max-depth", "0"]), "");
    let run = env.run(args!["cached", "t", "-g", "["]);
    run.code(2).stdout("").stderr_lines(1);
}

#[test]
fn a_list_names_the_paths() {
    let Some((env, _)) = tree() else { return };
    let list = |text: &str| {
        let cmd = env.cmd(args!["cached", "--json", "--files0-from", "-"]);
        cmd.stdin(text).run()
    };
    assert_eq!(
        paths(&rows(list("t/c/z\0t/a\0").ok())),
        ["t/c/z", "t/a", ""]
    );
    assert_eq!(paths(&rows(list("t/c/z\0t/a").ok())), ["t/c/z", "t/a", ""]);
    assert_eq!(paths(&rows(list("").ok())), [""]);
    list("t\0\0t\0").code(2).stdout("");
    let error = list("\0").json_error();
    assert_eq!(
        (&error["subject"], &error["code"]),
        (&"standard input".into(), &"usage".into())
    );
    let error = list("t/a\nt/c\n").json_error();
    assert_eq!(error["message"], "the list has newlines, but no NUL byte");
    assert_eq!(
        error["hint"],
        "each name ends with a NUL byte, as 'find -print0' writes them"
    );
    // A name that never ends takes no memory. In the limit, there is room for the program, but not for the list.
    let script = format!(
        "ulimit -v 2000000; tr '\\0' x </dev/zero | {} cached --files0-from -",
        crate::support::MMAPCTL
    );
    env.tool("sh", ["-c", &script])
        .run()
        .refuses(2, "standard input: entry 1 is longer than any file name");
    // A dash in a list is the name of a file.
    assert_eq!(list("-\0").json_error()["code"], "not_found");
    env.file("list", "t/a/x\0");
    let run = env.run(args!["cached", "--json", "--files0-from", "list"]);
    assert_eq!(paths(&rows(run.ok())), ["t/a/x", ""]);
    let script = format!(
        "find t -type f -print0 | {} cached --json --total --files0-from -",
        crate::support::MMAPCTL
    );
    let run = env.tool("sh", ["-c", &script]).run();
    assert_eq!(row(&rows(run.ok()), "")["files"], 4);
    env.run(args!["cached", "--files0-from", "none"])
        .refuses(3, "none: cannot open: No such file or directory");
    env.run(args!["cached", "--files0-from", "list", "t"])
        .code(2)
        .stdout("");
}

#[test]
fn another_file_system_is_walked_unless_that_is_refused() {
    while_pages_stay(|| {
        let Some((env, top)) = tree() else { return };
        let Some(memory) = env.small_tmpfs(1 << 20) else {
            return;
        };
        memory.file("m", vec![1; 2 * page_size() as usize]);
        let dir = shown(&memory.dir());
        let found = rows(json(&env, &[&dir, "t"]).ok());
        assert_eq!(row(&found, &dir)["cached"], 2 * page_size());
        let parent = shown(memory.dir().parent().unwrap());
        let files =
            |arguments: &[&str]| row(&rows(json(&env, arguments).ok()), "")["files"].as_u64();
        assert_eq!(files(&["-g", "m", &parent]), Some(1));
        assert_eq!(files(&["-x", "-g", "m", &parent]), Some(0));
        assert_eq!(files(&["-x", "-g", "m", &dir]), Some(1));
        // The same directory in two places has the same files.
        let place = top.join("c");
        let bind = env
            .tool(
                "mount",
                ["--bind".as_ref(), top.join("a").as_path(), &place],
            )
            .run();
        bind.code(0);
        let found = json(&env, &["t/a", "t/c", "t"]);
        env.tool("umount", [&place]).run().code(0);
        let found = rows(found.ok());
        let cached = |path| row(&found, path)["cached"].as_u64().unwrap() / page_size();
        assert_eq!(["t/a", "t/c", "t", ""].map(cached), [13, 13, 13, 13]);
    });
}

#[test]
fn the_pages_of_a_file_on_overlayfs_are_those_of_the_file_below() {
    while_pages_stay(|| {
        let env = Env::new();
        let Some(disk) = env.on_disk() else { return };
        let Some(overlay) = env.overlay(disk.path()) else {
            return;
        };
        let lower = clean_file(&disk.path().join("lower"), "file", 8 * page_size());
        let file = overlay.path("file");
        for cold in [false, true] {
            if cold {
                evict(&lower);
            }
            let Some(behind) = cached(&lower) else { return };
            let found = rows(json(&env, &[&shown(&file)]).ok());
            let row = row(&found, &shown(&file));
            assert_eq!(row["cached"], behind * page_size());
            // Of pages in memory it is unknown whether they are dirty.
            assert_eq!(row["dirty"].as_u64(), cold.then_some(0));
        }
    });
}

#[test]
fn a_block_device_is_a_file() {
    while_pages_stay(|| {
        let Some(env) = Env::with_disk() else { return };
        let image = clean_file(env.dir(), "image", 64 * page_size());
        let Some(device) = env.loop_device(&image) else {
            return;
        };
        // Its pages leave with its last closer.
        let open = File::open(device.path()).unwrap();
        let mut bytes = vec![0; page_size() as usize];
        std::os::unix::fs::FileExt::read_exact_at(&open, &mut bytes, 0).unwrap();
        let Some(behind) = cached(device.path()) else {
            return;
        };
        let found = rows(json(&env, &[device.path()]).ok());
        let row = row(&found, device.path());
        assert_eq!(row["size"], 64 * page_size());
        assert_eq!(row["cached"], behind * page_size());
    });
}

#[test]
fn a_huge_sparse_file_takes_no_longer() {
    let Some(env) = Env::with_disk() else { return };
    let file = env.sparse_file("huge", 1 << 40, &[(1 << 39, b"data")]);
    let run = env.run(args!["cached", "--json", "--expect", "<1M", &file]);
    assert_eq!(
        run.ok().json_lines()[0]["cached"],
        cached(&file).unwrap_or(0) * page_size()
    );
    assert!(run.elapsed().as_secs() < 10);
}

#[test]
fn the_state_of_the_kernel_is_not_opened() {
    let env = Env::new();
    let run = env.run(args!["cached", "/proc"]);
    run.refuses(
        8,
        "/proc: cannot walk: it shows the state of the kernel; its files are not in the page cache",
    );
    let Some(strace) = env.peer("strace") else {
        return;
    };
    let run = env
        .tool(
            &strace,
            [
                "-f",
                "-qq",
                "-o",
                "trace",
                "-e",
                "trace=open,openat,openat2",
            ],
        )
        .args([
            crate::support::MMAPCTL,
            "cached",
            "-q",
            "/",
            "--max-depth",
            "2",
            "-g",
            "!/[a-oq-z]*",
        ])
        .run();
    run.code(0);
    let trace = fs::read_to_string(env.path("trace")).unwrap();
    assert!(!trace.contains("\"/proc/1"), "{trace}");
}

#[test]
fn access_times_stay() {
    let Some((env, top)) = tree() else { return };
    let file = top.join("a/x");
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000);
    let times = fs::FileTimes::new().set_accessed(old);
    File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_times(times)
        .unwrap();
    json(&env, &["-a", "--expect", "0%", "t"]).ok();
    env.run(args!["cached", &file]).ok();
    assert_eq!(fs::metadata(&file).unwrap().atime(), 1000);
}

#[test]
fn a_full_or_closed_output_ends_the_command() {
    let Some((env, top)) = tree() else { return };
    for number in 0..3000 {
        fs::write(top.join(format!("c/f{number}")), "").unwrap();
    }
    let run = env.cmd(args!["cached", "-a", "t"]).stdout(Sink::Full).run();
    run.code(6)
        .stderr("mmapctl: standard output: cannot write: No space left on device\n");
    env.cmd(args!["cached", "-a", "t"])
        .stdout(Sink::ClosedPipe)
        .run()
        .ok();
    env.cmd(args!["cached", "--json", "-a", "t"])
        .stdout(Sink::ClosedAfter(1000))
        .run()
        .ok();
    let run = env.cmd(args!["cached", "t"]).closed_fd(1).run();
    run.code(1)
        .stderr("mmapctl: standard output: cannot write: it is closed\n");
    // Nobody reads the report, so that there is no need to walk on.
    let run = env
        .cmd(args!["cached", "--watch=10ms", "t"])
        .stdout(Sink::ClosedPipe)
        .run();
    run.ok();
}

/// While this exists, nobody can open a file: the kernel waits for an answer (`fanotify(7)`).
struct Kept(#[allow(dead_code, reason = "closing it lets everybody go on")] OwnedFd);

impl Kept {
    /// Skips the test if that is not possible.
    #[allow(unsafe_code)]
    fn new(file: &Path) -> Option<Kept> {
        let path = CString::new(file.as_os_str().as_bytes()).unwrap();
        let flags = libc::FAN_CLASS_CONTENT | libc::FAN_CLOEXEC;
        // SAFETY: the call takes numbers only.
        let group = unsafe { libc::fanotify_init(flags, 0) };
        if group < 0 {
            skip("root for fanotify");
            return None;
        }
        // SAFETY: it was just opened, and nothing else uses it.
        let group = unsafe { OwnedFd::from_raw_fd(group) };
        let (add, opening) = (libc::FAN_MARK_ADD, libc::FAN_OPEN_PERM);
        // SAFETY: the path ends in a NUL and outlives the call.
        let marked = unsafe {
            libc::fanotify_mark(
                group.as_raw_fd(),
                add,
                opening,
                libc::AT_FDCWD,
                path.as_ptr(),
            )
        };
        if marked < 0 {
            skip("a kernel with permission events of fanotify");
            return None;
        }
        Some(Kept(group))
    }
}

#[test]
fn rows_appear_while_the_walk_goes_on() {
    let env = Env::new();
    let top = env.path("t");
    fs::create_dir(&top).unwrap();
    for number in 0..300 {
        fs::write(top.join(number.to_string()), "x").unwrap();
    }
    // With one thread, files are opened in the order of the directory.
    let late = fs::read_dir(&top)
        .unwrap()
        .nth(200)
        .unwrap()
        .unwrap()
        .path();
    let Some(kept) = Kept::new(&late) else { return };
    let mut held = env.cmd(args!["cached", "-a", "-j1", "t"]).spawn();
    assert!(held.line(0).contains("CACHED"));
    for index in 1..=128 {
        assert!(held.line(index).contains("t/"));
    }
    assert!(held.is_running());
    drop(kept);
    let run = held.wait();
    assert_eq!(run.ok().out_text().lines().count(), 302);
}

#[test]
fn few_descriptors_and_little_memory_suffice() {
    let Some((env, _)) = tree() else { return };
    for count in [6, 8, 16] {
        let run = env
            .cmd(args!["cached", "--json", "t"])
            .limit(Limit::OpenFiles, count)
            .run();
        assert_eq!(row(&rows(run.ok()), "")["files"], 4);
    }
    let run = env
        .cmd(args!["cached", "--json", "-j1", "t"])
        .limit(Limit::OpenFiles, 4)
        .run();
    run.code(13);
    assert!(
        run.err_text()
            .contains("\"hint\":\"raise RLIMIT_NOFILE (ulimit -n)\""),
        "{}",
        run.err_text()
    );
    let run = env
        .cmd(args!["cached", "--json", "t"])
        .limit(Limit::AddressSpace, 64 << 20)
        .run();
    assert_eq!(row(&rows(run.ok()), "")["files"], 4);
}

#[test]
fn an_open_directory_is_walked_by_the_path_that_the_hint_names() {
    let Some((env, top)) = tree() else { return };
    let by = |source: &[&str]| {
        env.cmd(args!["cached"])
            .args(source)
            .fd(4, Open::Read, &top)
            .run()
    };
    by(&["--fd", "4"])
        .refuses(8, unmappable("fd 4", "a directory"))
        .stderr_line_at(
            1,
            "hint: 'mmapctl cached', 'warm', 'evict' and 'sync' take directories by path: /dev/fd/4",
        );
    let walked = by(&["--json", "/dev/fd/4"]);
    assert_eq!(row(&rows(walked.ok()), "/dev/fd/4")["files"], 4);
}
