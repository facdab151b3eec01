//! Files that a command creates or changes are complete at the end, or unchanged after any failure.

#![cfg(target_os = "linux")]
// Helpers fail the test by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{Env, Held, MMAPCTL, Run, Signal, args, names, page_size, pattern, poll_until, size};

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// The change of the file `f` by a command.
struct Change {
    arguments: Vec<OsString>,
    before: Option<Vec<u8>>,
    after: Vec<u8>,
}

impl Change {
    fn new<const N: usize>(
        arguments: [OsString; N],
        before: Option<Vec<u8>>,
        after: Vec<u8>,
    ) -> Self {
        Self {
            arguments: arguments.into(),
            before,
            after,
        }
    }

    /// Every command that creates or replaces a file.
    fn all() -> Vec<Self> {
        let page = page_size() as usize;
        let length = (3 * page).to_string();
        let old = || Some(vec![9; 5 * page]);
        let fill = args!["fill", "f", "-n", &length, "--byte", "7"];
        let cut = args![
            "fill", "f", "-n", &length, "--byte", "7", "--open", "truncate"
        ];
        let map = args!["map", "f", "-n", &length, "-a", "w"];
        let cut_map = args!["map", "f", "-n", &length, "-a", "w", "--open", "truncate"];
        let mirror = args!["mirror", "f", "-a", "w", "-n", &length];
        let cut_mirror = args![
            "mirror", "f", "-a", "w", "-n", &length, "--open", "truncate"
        ];
        let allocate = || args!["filesize", "f", "--set", &length, "--allocate"];
        let dump = || args!["dump", "source", "-f", "raw", "--output", "f"];
        let grown = [vec![9; page], vec![0; 2 * page]].concat();
        vec![
            Self::new(fill, None, vec![7; 3 * page]),
            Self::new(cut, old(), vec![7; 3 * page]),
            Self::new(map, None, vec![0; 3 * page]),
            Self::new(cut_map, old(), vec![0; 3 * page]),
            Self::new(mirror, None, vec![0; 3 * page]),
            Self::new(cut_mirror, old(), vec![0; 3 * page]),
            Self::new(allocate(), None, vec![0; 3 * page]),
            Self::new(allocate(), Some(vec![9; page]), grown),
            Self::new(dump(), None, pattern(2 * page)),
            Self::new(dump(), old(), pattern(2 * page)),
        ]
    }

    fn prepare(&self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            fs::remove_file(entry.path()).unwrap();
        }
        fs::write(directory.join("source"), pattern(2 * page_size() as usize)).unwrap();
        if let Some(before) = &self.before {
            fs::write(directory.join("f"), before).unwrap();
        }
    }

    /// Runs it with a disturbance of one system call.
    fn with(&self, env: &Env, directory: &Path, injection: &str) -> Run {
        self.prepare(directory);
        let inject = format!("inject={injection}");
        let strace = ["-f", "-qq", "-o", "/dev/null", "-e", &inject];
        env.tool("strace", strace)
            .arg(env!("CARGO_BIN_EXE_mmapctl"))
            .args(&self.arguments)
            .cwd(directory)
            .run()
    }

    /// The present file. Checks the other files of its directory too.
    fn found(&self, directory: &Path) -> (Option<Vec<u8>>, Vec<String>) {
        let others = names(directory);
        let others = others
            .into_iter()
            .filter(|name| name != "f" && name != "source");
        (fs::read(directory.join("f")).ok(), others.collect())
    }
}

fn can_trace(env: &Env) -> bool {
    env.peer("strace").is_some()
        && env
            .tool("strace", ["-f", "-o", "/dev/null", "true"])
            .run()
            .ended_with(&[0])
        || {
            support::skip("a strace that may trace");
            false
        }
}

const CHANGING: [&str; 7] = [
    "fallocate",
    "ftruncate",
    "linkat",
    "renameat2",
    "unlinkat",
    "copy_file_range",
    "munmap",
];

#[test]
fn a_killed_command_leaves_the_complete_old_or_new_file() {
    let env = Env::new();
    let Some(place) = env.on_disk() else { return };
    if !can_trace(&env) {
        return;
    }
    for change in Change::all() {
        for call in CHANGING {
            for when in [1, 2] {
                let _ = change.with(
                    &env,
                    place.path(),
                    &format!("{call}:signal=KILL:when={when}"),
                );
                let (found, others) = change.found(place.path());
                let what = format!("{:?} at {call} {when}", change.arguments);
                let whole = found == change.before || found.as_ref() == Some(&change.after);
                assert!(whole, "{what}: {:?}", found.map(|bytes| bytes.len()));
                // The old and the new file exchange names before one of them is removed.
                let stand_in = others.iter().all(|name| name.starts_with(".mmapctl-"));
                let most = usize::from(change.before.is_some());
                assert!(stand_in && others.len() <= most, "{what}: {others:?}");
            }
        }
    }
}

#[test]
fn an_interrupted_command_changes_nothing() {
    let env = Env::new();
    let Some(place) = env.on_disk() else { return };
    if !can_trace(&env) {
        return;
    }
    for (change, (signal, number)) in Change::all()
        .into_iter()
        .zip([("INT", 2), ("TERM", 15), ("HUP", 1)].into_iter().cycle())
    {
        for call in CHANGING {
            let run = change.with(
                &env,
                place.path(),
                &format!("{call}:signal={signal}:when=1"),
            );
            let (found, others) = change.found(place.path());
            let what = format!("{:?} at {call}, {signal}", change.arguments);
            assert!(others.is_empty(), "{what}: {others:?}");
            if run.ended_with(&[0]) {
                assert!(found == Some(change.after.clone()), "{what}");
            } else {
                assert!(
                    run.ended_with(&[128 + number]) || run.status().signal() == Some(number),
                    "{what}: {}",
                    run.describe()
                );
                assert!(found == change.before, "{what}");
            }
        }
    }
}

#[test]
fn a_failed_command_changes_nothing() {
    let env = Env::new();
    let Some(place) = env.on_disk() else { return };
    if !can_trace(&env) {
        return;
    }
    for change in Change::all() {
        for call in [
            "fallocate",
            "ftruncate",
            "linkat",
            "renameat2",
            "fcntl",
            "fstat",
            "newfstatat",
            "unlinkat",
            "statx",
        ] {
            for when in [1, 2, 3, 5] {
                let injection = format!("{call}:error=EIO:when={when}");
                let run = change.with(&env, place.path(), &injection);
                let (found, others) = change.found(place.path());
                let what = format!("{:?} at {call} {when}", change.arguments);
                assert!(others.is_empty(), "{what}: {others:?}");
                let expected = match run.ended_with(&[0]) {
                    true => Some(change.after.clone()),
                    false => change.before.clone(),
                };
                assert!(found == expected, "{what}: {}", run.describe());
            }
        }
    }
}

#[test]
fn without_proc_a_file_is_created_under_a_temporary_name() {
    let env = Env::new();
    let Some(place) = env.on_disk() else { return };
    let script = r#"mount -t tmpfs none /proc && exec "$@""#;
    let works = env
        .tool("unshare", ["-m", "sh", "-c", script, "sh", "true"])
        .run()
        .ended_with(&[0]);
    if !works {
        support::skip("a mount namespace without /proc");
        return;
    }
    for change in Change::all() {
        change.prepare(place.path());
        let run = env
            .tool("unshare", ["-m", "sh", "-c", script, "sh"])
            .arg(env!("CARGO_BIN_EXE_mmapctl"))
            .args(&change.arguments)
            .arg("-q")
            .cwd(place.path())
            .run();
        run.code(0);
        let (found, others) = change.found(place.path());
        assert!(
            found == Some(change.after.clone()),
            "{:?}",
            change.arguments
        );
        assert!(others.is_empty(), "{others:?}");
    }
}

/// A fill that waits for more input, and the pipe to write it to.
fn fed(env: &Env, arguments: &[&str]) -> (Held, File) {
    let pipe = env.path("pipe");
    let _ = fs::remove_file(&pipe);
    env.fifo("pipe");
    let held = env
        .cmd(["fill"])
        .args(arguments)
        .args(["--from", "pipe"])
        .spawn();
    let mut writer = File::options().write(true).open(&pipe).unwrap();
    // The capacity of a pipe: when all of it is written, some of it was read, and the file is open.
    writer.write_all(&vec![1; 2 << 20]).unwrap();
    (held, writer)
}

#[test]
fn a_file_that_another_process_creates_meanwhile_is_kept() {
    let env = Env::new();
    let path = env.path("f");
    let (held, pipe) = fed(&env, &["f"]);
    fs::write(&path, "theirs").unwrap();
    drop(pipe);
    held.wait().refuses(
        11,
        "f: cannot create: another process created a file of that name meanwhile",
    );
    assert_eq!(fs::read(&path).unwrap(), b"theirs");

    let (held, pipe) = fed(&env, &["f", "--open", "truncate"]);
    fs::write(env.path("other"), "others").unwrap();
    fs::rename(env.path("other"), &path).unwrap();
    drop(pipe);
    held.wait().refuses(
        12,
        "f: cannot replace: another process replaced it meanwhile",
    );
    assert_eq!(fs::read(&path).unwrap(), b"others");

    let (held, pipe) = fed(&env, &["f", "--open", "truncate"]);
    fs::remove_file(&path).unwrap();
    drop(pipe);
    held.wait()
        .refuses(3, "f: cannot replace: another process removed it meanwhile");
    fs::remove_file(env.path("pipe")).unwrap();
    assert!(names(env.dir()).is_empty());
}

#[test]
fn data_that_another_process_appends_meanwhile_is_kept() {
    let env = Env::new();
    for fails in [true, false] {
        let path = env.file("f", [9; 100]);
        let length = 8 << 20;
        let (held, mut pipe) = fed(&env, &["f", "-n", &length.to_string()]);
        poll_until("the file is extended", || size(&path) == length);
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b"theirs").unwrap();
        if fails {
            held.signal(Signal::INT);
            held.wait().code(130);
        } else {
            pipe.write_all(&vec![1; 6 << 20]).unwrap();
            drop(pipe);
            held.wait().code(0);
        }
        assert_eq!(size(&path), length + 6);
        assert!(fs::read(&path).unwrap().ends_with(b"theirs"));
    }
}

#[test]
fn a_fill_without_growth_does_not_set_the_size() {
    let env = Env::new();
    if !can_trace(&env) {
        return;
    }
    env.file("f", [9; 100_000]);
    let inject = "inject=fallocate:error=EOPNOTSUPP";
    let trace = env.path("trace");
    let strace = args![
        "-f",
        "-qq",
        "-o",
        &trace,
        "-e",
        "trace=fallocate,ftruncate",
        "-e",
        inject
    ];
    env.tool("strace", strace)
        .arg(env!("CARGO_BIN_EXE_mmapctl"))
        .args(["fill", "f", "-o", "10", "-n", "50000", "-q"])
        .run()
        .code(0);
    let trace = fs::read_to_string(trace).unwrap();
    assert!(
        trace.contains("fallocate") && !trace.contains("ftruncate"),
        "{trace}"
    );
}

#[test]
fn a_dangling_link_leads_to_the_new_file() {
    let env = Env::new();
    for command in [
        &["fill", "link", "-n", "10"][..],
        &["map", "link", "-n", "10", "-a", "w"],
        &["mirror", "link", "-a", "w", "-n", "4096"],
        &["filesize", "link", "--set", "10"],
        &["filesize", "link", "--set", "+10"],
        &["filesize", "link", "--reference", "source"],
        &["filesize", "link", "--allocate", "-n", "10"],
        &["fill", "link", "--text", "0123456789"],
        &[
            "dump", "source", "-n", "10", "-f", "raw", "--output", "link",
        ],
    ] {
        env.file("source", [7; 10]);
        fs::create_dir_all(env.path("far")).unwrap();
        symlink("far/again", env.path("link")).unwrap();
        symlink("../target", env.path("far/again")).unwrap();
        env.run(command).code(0);
        assert!(size(env.path("target")) >= 10, "{command:?}");
        assert!(env.path("link").is_symlink());
        fs::remove_dir_all(env.path("far")).unwrap();
        fs::remove_file(env.path("link")).unwrap();
        fs::remove_file(env.path("target")).unwrap();
    }
    // After a failure, the created target is removed.
    symlink("made", env.path("broken")).unwrap();
    for command in [
        &["fill", "broken", "-n", "1P"][..],
        &["map", "broken", "-n", "1P", "-a", "w"],
        &["mirror", "broken", "-n", "1P", "-a", "w"],
        &["filesize", "broken", "--set", "1P", "--allocate"],
        &["filesize", "broken", "--allocate", "-n", "1P"],
    ] {
        env.run(command).code(6).stdout("");
        assert!(!env.path("made").exists(), "{command:?}");
        assert!(env.path("broken").is_symlink());
    }
    symlink("loop", env.path("loop")).unwrap();
    env.run(["fill", "loop", "-n", "1"])
        .refuses(1, "loop: cannot open: Too many levels of symbolic links");
    symlink("none/f", env.path("deep")).unwrap();
    env.run(["fill", "deep", "-n", "1"])
        .refuses(3, "deep: cannot open: No such file or directory");
    symlink("new", env.path("link")).unwrap();
    env.run(["fill", "link", "-n", "1", "--open", "create,excl"])
        .refuses(11, "link: cannot open: File exists");
}

#[test]
fn a_link_of_another_user_in_a_shared_directory_is_not_followed() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let shared = env.path("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    env.tool("ln", args!["-s", env.path("target"), shared.join("link")])
        .user(&user)
        .run()
        .ok();
    env.run(["fill", "shared/link", "-n", "1"])
        .refuses(4, "shared/link: cannot open: Permission denied");
    assert!(!env.path("target").exists());
}

#[test]
fn a_truncated_file_keeps_its_owner_mode_and_attributes() {
    let env = Env::new();
    let Some(place) = env.on_disk() else { return };
    let path = place.path().join("f");
    fs::write(&path, pattern(10_000)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o604)).unwrap();
    let flags = rustix::fs::XattrFlags::empty();
    rustix::fs::setxattr(&path, "user.note", b"kept", flags).unwrap();
    let root = rustix::process::geteuid().is_root();
    if root {
        std::os::unix::fs::chown(&path, Some(1234), Some(4321)).unwrap();
    }
    let before = path.metadata().unwrap();
    env.run(args!["fill", &path, "--open", "truncate", "-n", "5"])
        .code(0);
    let after = path.metadata().unwrap();
    assert_ne!(before.ino(), after.ino(), "a new file takes its place");
    assert_eq!(
        (before.uid(), before.gid(), before.mode()),
        (after.uid(), after.gid(), after.mode())
    );
    let mut note = [0; 4];
    rustix::fs::getxattr(&path, "user.note", &mut note).unwrap();
    assert_eq!((&note, fs::read(&path).unwrap()), (b"kept", vec![0; 5]));
}

#[test]
fn a_file_that_others_use_is_truncated_in_place() {
    let env = Env::new();
    let check = |what: &str, path: &Path, directory: &Path| {
        for command in [
            &[
                "fill", "f", "--open", "truncate", "-o", "10", "-n", "20", "--byte", "7",
            ][..],
            &["dump", "source", "-f", "raw", "--output", "f"],
            &["map", "f", "-a", "w", "--open", "truncate", "-n", "30"],
        ] {
            fs::write(path, pattern(10_000)).unwrap();
            let before = path.metadata().unwrap().ino();
            env.cmd(command).cwd(directory).run().code(0);
            assert_eq!(
                before,
                path.metadata().unwrap().ino(),
                "{what}: {command:?}"
            );
            let expected = match command[0] {
                "fill" => [[0; 10].as_slice(), &[7; 20]].concat(),
                "map" => vec![0; 30],
                _ => [pattern(50), vec![0; 30]].concat(),
            };
            assert!(fs::read(path).unwrap() == expected, "{what}: {command:?}");
        }
    };
    let Some(place) = env.on_disk() else { return };
    let path = place.path().join("f");
    fs::write(
        place.path().join("source"),
        [pattern(50), vec![0; 30]].concat(),
    )
    .unwrap();
    fs::write(&path, "").unwrap();
    fs::hard_link(&path, place.path().join("other")).unwrap();
    check("another name", &path, place.path());
    fs::remove_file(place.path().join("other")).unwrap();
    let open = File::open(&path).unwrap();
    check("open elsewhere", &path, place.path());
    drop(open);
}

#[test]
fn roots_reserved_blocks_do_not_count_in_a_user_namespace() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let Some(mount) = env.small_ext4(8 << 20) else {
        return;
    };
    let path = mount.file("f", pattern(10_000));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).unwrap();
    // A quarter of it is reserved for root.
    env.tool("tune2fs", args!["-r", "500", mount.device()])
        .run()
        .code(0);
    let works = env
        .tool("unshare", ["-r", "true"])
        .user(&user)
        .run()
        .ended_with(&[0]);
    if !works {
        support::skip("user namespaces for ordinary users");
        return;
    }
    let free = rustix::fs::statvfs(mount.dir()).unwrap();
    let length = (free.f_bavail + 10) * free.f_frsize;
    for open in [&[][..], &["--open", "truncate"]] {
        env.tool("unshare", ["-r"])
            .arg(env.path(".mmapctl-for-others"))
            .args(args!["fill", &path, "-n", length.to_string()])
            .args(open)
            .user(&user)
            .run()
            .code(6);
        assert!(fs::read(&path).unwrap() == pattern(10_000));
    }
}

#[test]
fn a_failed_expectation_restores_the_size_of_the_file() {
    let env = Env::new();
    let path = env.file("f", [9; 100]);
    env.run([
        "map",
        "f",
        "-a",
        "w",
        "-n",
        "4M",
        "--expect-resident",
        ">=100%",
    ])
    .code(10);
    assert_eq!(fs::read(&path).unwrap(), [9; 100]);
    env.run([
        "map",
        "new",
        "-a",
        "w",
        "-n",
        "4M",
        "--expect-resident",
        ">=100%",
    ])
    .code(10);
    assert!(!env.path("new").exists());
}

#[test]
fn allocated_blocks_are_writable_on_a_full_file_system() {
    let env = Env::new();
    let Some(mount) = env.xfs() else { return };
    let path = mount.file("f", vec![1; 1 << 20]);
    File::open(&path).unwrap().sync_all().unwrap();
    mount.fill_up(0);
    for length in ["1M", "300000"] {
        env.run(args!["fill", &path, "--byte", "0xcd", "-n", length])
            .code(0);
    }
    assert!(fs::read(&path).unwrap() == vec![0xcd; 1 << 20]);
    env.run(args!["filesize", "--allocate", &path])
        .stdout("1048576\n")
        .code(0);
    env.run(args!["fill", &path, "-n", "64M"]).code(6);
    env.run(args!["filesize", "--set", "64M", "--allocate", &path])
        .code(6);
    assert_eq!(size(&path), 1 << 20);
}

#[test]
fn a_failed_flush_creates_no_file() {
    let env = Env::new();
    let Some(disk) = env.thin_disk() else { return };
    let path = disk.mount().path("new");
    disk.starve();
    env.run(args![
        "fill", &path, "-n", "4M", "--byte", "1", "--flush", "sync"
    ])
    .code(6);
    assert!(!path.exists());
}

#[test]
fn data_appended_while_blocks_are_reserved_is_kept() {
    let env = Env::new();
    let path = env.file("f", [9; 5000]);
    let done = AtomicBool::new(false);
    let appended = thread::scope(|scope| {
        let appender = scope.spawn(|| {
            let mut file = File::options().append(true).open(&path).unwrap();
            let mut count = 0_u64;
            while !done.load(Ordering::Relaxed) {
                file.write_all(&[7; 16]).unwrap();
                count += 16;
            }
            count
        });
        for _ in 0..40 {
            env.run(["filesize", "-q", "f", "--allocate"]).code(0);
        }
        done.store(true, Ordering::Relaxed);
        appender.join().unwrap()
    });
    assert_eq!(size(&path), 5000 + appended);
}

#[test]
fn a_failed_reservation_keeps_data_appended_meanwhile() {
    let env = Env::new();
    if !can_trace(&env) {
        return;
    }
    let path = env.file("f", [9; 5000]);
    let trace = env.path("trace");
    let run = env
        .tool("strace", ["-f", "-o"])
        .arg(&trace)
        .args(["-e", "inject=fallocate:error=ENOSPC:delay_enter=2000000"])
        .args([MMAPCTL, "filesize", "--set", "64K", "--allocate", "f"])
        .spawn();
    // The call is logged when it begins.
    poll_until("blocks are being reserved", || {
        fs::read_to_string(&trace).is_ok_and(|calls| calls.contains("fallocate("))
    });
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(b"theirs").unwrap();
    run.wait().code(6);
    assert_eq!(size(&path), 5006);
}

#[test]
fn a_file_that_another_process_opens_meanwhile_keeps_its_name() {
    let env = Env::new();
    let Some(_disk) = env.on_disk() else { return };
    let path = env.file("f", "old");
    let (held, pipe) = fed(&env, &["f", "--open", "truncate"]);
    let mut theirs = File::options().append(true).open(&path).unwrap();
    drop(pipe);
    let run = held.wait();
    if run.ended_with(&[0]) {
        // On a file system that cannot exchange files, this one was overwritten.
        return;
    }
    run.refuses(
        12,
        "f: cannot replace: another process opened or linked it meanwhile",
    );
    theirs.write_all(b", and later").unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"old, and later");
}

#[test]
fn a_created_file_is_not_removed_if_another_process_appended_to_it() {
    let env = Env::new();
    if !can_trace(&env) {
        return;
    }
    let path = env.path("n");
    let run = env
        .tool("strace", ["-f", "-o", "/dev/null", "-e"])
        .arg("inject=mlock2:error=EAGAIN:delay_exit=2000000")
        .args([MMAPCTL, "map", "n", "-a", "w", "-n", "64K", "--lock"])
        .spawn();
    poll_until("the file has its name", || path.exists());
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(b"theirs").unwrap();
    run.wait().code(12);
    assert!(fs::read(&path).unwrap().ends_with(b"theirs"));
}

#[test]
fn a_failed_input_reports_the_overwritten_bytes() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let bad = disk.file().to_str().unwrap();
    let at = disk.first_bad();
    let path = env.file("f", vec![9; 3 << 20]);
    let failed = format!("{bad}: cannot read at offset {at}: Input/output error");
    let run = env.run(["fill", "f", "--from", bad]);
    let message = run.code(1).err_text();
    assert!(
        message.starts_with(&format!("mmapctl: {failed}; up to "))
            && message.ends_with(" from offset 0 were overwritten in 'f'\n"),
        "{message}"
    );
    let run = env.run(["fill", "new", "--from", bad]);
    run.refuses(1, failed);
    assert!(!env.path("new").exists());
    // A second name: the file is overwritten in place.
    fs::hard_link(&path, env.path("second")).unwrap();
    let run = env.run(["dump", bad, "-f", "raw", "--output", "f"]);
    run.code(9);
    assert!(
        run.err_text().contains(" of 'f' were overwritten\n"),
        "{}",
        run.err_text()
    );
}

#[test]
fn a_dump_into_an_unread_pipe_can_be_interrupted() {
    let env = Env::new();
    env.file("f", [9; 100]);
    env.fifo("pipe");
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
        let mut held = env.cmd(["dump", "f", "--output", "pipe"]).spawn();
        poll_until("it waits for a reader", || {
            held.waits_in(&[libc::SYS_openat])
        });
        held.signal(signal);
        let status = held.wait().status().signal();
        assert_eq!(status, Some(signal.as_raw()));
    }
}

/// FUSE has no files without a name, and cannot exchange names.
#[test]
fn files_on_fuse_are_created_and_changed() {
    let env = Env::new();
    let Some(mount) = env.fuse() else { return };
    let path = mount.file("f", [9; 100]);
    let input = env.file("in", [3; 50]);
    let check = |arguments: &[OsString], expected: &[u8]| {
        env.run(arguments).code(0);
        assert!(fs::read(&path).unwrap() == expected, "{arguments:?}");
    };
    let truncate = args![
        "fill", "-q", &path, "--open", "truncate", "--byte", "2", "-n", "10"
    ];
    check(&truncate, &[2; 10]);
    check(&args!["fill", "-q", &path, "--from", &input], &[3; 50]);
    check(
        &args![
            "map", "-q", &path, "-a", "w", "--open", "truncate", "-n", "20"
        ],
        &[0; 20],
    );
    check(
        &args!["dump", &input, "-f", "raw", "--output", &path],
        &[3; 50],
    );
    check(&args!["filesize", "-q", &path, "--set", "5"], &[3; 5]);
    env.run(args![
        "fill",
        "-q",
        mount.path("new"),
        "--byte",
        "7",
        "-n",
        "9"
    ])
    .code(0);
    assert_eq!(fs::read(mount.path("new")).unwrap(), [7; 9]);
    assert_eq!(names(&mount.dir()), ["f", "new"]);
    if !can_trace(&env) {
        return;
    }
    // Without hard links too.
    let linkless = mount.path("linkless");
    env.tool(
        "strace",
        ["-f", "-o", "/dev/null", "-e", "inject=linkat:error=EPERM"],
    )
    .arg(MMAPCTL)
    .args(args!["fill", "-q", &linkless, "--byte", "7", "-n", "9"])
    .run()
    .code(0);
    assert_eq!(fs::read(&linkless).unwrap(), [7; 9]);
    assert_eq!(names(&mount.dir()), ["f", "linkless", "new"]);
}
