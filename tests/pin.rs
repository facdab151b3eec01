//! `mmapctl warm --lock --hold`: files and directories that stay in memory, seen by other processes.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Cmd, Env, Held, Limit, Open, Signal, args, cached, cold_sparse_file, evict, page_size, pattern,
    poll_until, skip, smaps_of, up_to_date,
};

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// The number of bytes of pages.
fn pages(number: u64) -> u64 {
    number * page_size()
}

/// The contents of this number of pages.
fn contents(number: u64) -> Vec<u8> {
    pattern(usize::try_from(pages(number)).unwrap())
}

/// The number of bytes that a process has locked (`VmLck`).
fn all_locked(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmLck:"))
        .unwrap_or("0");
    let kilobytes = line.split_whitespace().next().unwrap();
    kilobytes.parse::<u64>().unwrap() * 1024
}

/// The number of bytes of a file that a process has locked and that are in its page tables; nothing while a mapping of
/// it is not locked, as a mapping that is being made.
fn locked(pid: u32, path: impl AsRef<Path>) -> Option<u64> {
    let mappings = smaps_of(pid, path);
    let all = mappings.iter().all(|mapping| mapping.has_flag("lo"));
    all.then(|| mappings.iter().map(|mapping| mapping.get("Rss")).sum())
}

/// Waits until a process has locked so much of a file.
#[track_caller]
fn wait_for(held: &Held, path: impl AsRef<Path>, bytes: u64) {
    let path = path.as_ref();
    poll_until(
        &format!("{bytes} bytes of {} locked", path.display()),
        || path.exists() && locked(held.pid(), path) == Some(bytes),
    );
}

/// Waits until a process has locked so much in total.
#[track_caller]
fn wait_for_all(held: &Held, bytes: u64) {
    poll_until(&format!("{bytes} bytes locked"), || {
        all_locked(held.pid()) == bytes
    });
}

fn pin<A: AsRef<OsStr>>(env: &Env, args: impl IntoIterator<Item = A>) -> Cmd {
    env.cmd(["warm", "--lock", "--hold=forever"]).args(args)
}

fn follow<A: AsRef<OsStr>>(env: &Env, args: impl IntoIterator<Item = A>) -> Cmd {
    pin(env, ["--follow-changes"]).args(args)
}

#[track_caller]
fn end(held: Held) {
    held.signal(Signal::TERM);
    held.wait().ok();
}

/// A directory with files of 3 pages, a byte, and nothing.
fn tree(env: &Env) {
    fs::create_dir_all(env.path("t/sub")).unwrap();
    env.file("t/three", contents(3));
    env.file("t/sub/one", "x");
    env.file("t/empty", "");
    env.fifo("t/fifo");
    symlink("three", env.path("t/link")).unwrap();
}

#[test]
fn a_directory_is_locked_without_descriptors_until_a_signal() {
    let env = Env::new();
    tree(&env);
    for signal in [Signal::INT, Signal::TERM, Signal::HUP, Signal::QUIT] {
        let mut held = pin(&env, ["t"]).hold();
        let size = pages(4) / 1024;
        let line = format!(
            "ready: 2 files, {size} KiB locked, held by process {}",
            held.pid()
        );
        assert_eq!(held.line(0), line);
        assert_eq!(all_locked(held.pid()), pages(4));
        assert_eq!(locked(held.pid(), env.path("t/three")), Some(pages(3)));
        assert_eq!(locked(held.pid(), env.path("t/sub/one")), Some(pages(1)));
        for entry in fs::read_dir(format!("/proc/{}/fd", held.pid())).unwrap() {
            let target = fs::read_link(entry.unwrap().path()).unwrap();
            assert!(!target.starts_with(env.dir()), "{}", target.display());
        }
        assert!(held.is_running());
        held.signal(signal);
        held.wait().ok();
    }
}

#[test]
fn holding_ends_when_the_time_elapses() {
    let env = Env::new();
    tree(&env);
    for more in [&[][..], &["--follow-changes"]] {
        let run = env
            .cmd(["warm", "--lock", "--hold", "300ms", "t"])
            .args(more)
            .run();
        run.ok();
        assert!(run.elapsed() >= Duration::from_millis(300));
    }
    let run = env.run(["warm", "--lock", "--hold=0s", "t", "--quiet"]);
    let text = run.ok().out_text();
    assert!(text.starts_with("ready: "), "{text}");
}

#[test]
fn json_has_the_amounts() {
    let env = Env::new();
    tree(&env);
    let mut held = pin(&env, ["t", "--json"]).hold();
    let ready: Value = serde_json::from_str(&held.line(0)).unwrap();
    let expected = serde_json::json!({
        "kind": "ready", "ready": true, "pid": held.pid(), "seconds": null, "files": 2,
        "size": pages(3) + 1, "locked": pages(4), "holes": 0, "skipped": 2, "failures": 0,
    });
    assert_eq!(ready, expected);
    end(held);
}

#[test]
fn locked_pages_survive_eviction_and_leave_afterwards() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = support::clean_file(disk.path(), "db", pages(64));
    evict(&path);
    let held = pin(&env, args![disk.path()]).hold();
    let file = File::open(&path).unwrap();
    let drop_pages = || rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    drop_pages();
    let Some(kept) = cached(&path) else { return };
    assert_eq!(kept, 64);
    if let Some(vmtouch) = env.peer("vmtouch") {
        env.tool(vmtouch, args!["-e", &path]).run().code(0);
        assert_eq!(cached(&path), Some(64));
    }
    end(held);
    evict(&path);
    assert_eq!(cached(&path), Some(0));
}

#[test]
fn holes_are_neither_loaded_nor_locked() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let offsets = [0, pages(50) + 7, pages(900)];
    let path = cold_sparse_file(disk.path(), "sparse", pages(1000), &offsets);
    let mut held = pin(&env, args![&path, "--json"]).hold();
    let ready: Value = serde_json::from_str(&held.line(0)).unwrap();
    assert_eq!(ready["locked"], Value::from(pages(3)));
    assert_eq!(ready["holes"], Value::from(pages(997)));
    assert_eq!(all_locked(held.pid()), pages(3));
    assert_eq!(up_to_date(&path, pages(100), pages(700)), 0);
    end(held);
}

#[test]
fn a_directory_without_data_is_held_and_not_a_failure() {
    let env = Env::new();
    fs::create_dir(env.path("t")).unwrap();
    env.file("t/empty", "");
    let mut held = pin(&env, ["t"]).hold();
    assert!(held.line(0).starts_with("ready: 0 files, 0 B locked, "));
    end(held);
}

#[test]
fn files_are_selected_and_counted_once() {
    let env = Env::new();
    tree(&env);
    fs::hard_link(env.path("t/three"), env.path("t/again")).unwrap();
    let ready = |args: &[&str]| {
        let mut held = pin(&env, args).hold();
        let line = held.line(0);
        end(held);
        line
    };
    let three = format!("ready: 1 file, {} KiB locked, ", pages(3) / 1024);
    for args in [
        &["t/three", "t/again"][..],
        &["t", "t", "--glob", "!one"],
        &["t", "-L", "--min-size", "2pg"],
        &["t/link"],
    ] {
        assert!(ready(args).starts_with(&three), "{args:?}");
    }
    env.file("list", "t/three\0t/link\0");
    assert!(ready(&["--files0-from", "list"]).starts_with(&three));
    let mut held = pin(&env, ["--fd", "3"])
        .fd(3, Open::Read, env.path("t/three"))
        .hold();
    assert!(held.line(0).starts_with(&three));
    end(held);
    env.cmd(["warm", "--lock", "--hold", "1ms", "--fd", "9"])
        .run()
        .refuses(3, "fd 9: cannot open: descriptor 9 is not open");
}

#[test]
fn shared_memory_and_block_devices_are_locked_too() {
    let env = Env::new();
    if let Some(tag) = env.tag("pin") {
        let path = tag.create(contents(5));
        let held = pin(&env, ["--tag", tag.name()]).hold();
        assert_eq!(locked(held.pid(), path), Some(pages(5)));
        end(held);
    }
    let image = env.file("image", vec![7; 1 << 20]);
    if let Some(device) = env.loop_device(image) {
        let held = follow(&env, [device.path()]).hold();
        assert_eq!(all_locked(held.pid()), 1 << 20);
        end(held);
    }
}

#[test]
fn many_files_need_few_descriptors() {
    let env = Env::new();
    fs::create_dir(env.path("t")).unwrap();
    for number in 0..300 {
        env.file(format!("t/{number}"), "x");
    }
    let mut held = pin(&env, ["t"]).limit(Limit::OpenFiles, 32).hold();
    assert!(held.line(0).starts_with("ready: 300 files, "));
    assert_eq!(all_locked(held.pid()), pages(300));
    end(held);
}

#[test]
fn the_options_that_need_each_other_are_named() {
    let env = Env::new();
    env.file("f", "x");
    env.run(["warm", "--lock", "f"])
        .refuses(2, "--lock needs --hold: the lock ends with the command")
        .stderr_line(
            "hint: use --hold to keep the pages locked until a signal, or --hold 1h for an hour",
        );
    for alone in [&["--hold"][..], &["--hold=1s"], &["--follow-changes"]] {
        let option = alone[0].split('=').next().unwrap();
        let run = env.cmd(["warm", "f"]).args(alone).run();
        run.refuses(2, format!("{option} needs --lock"));
    }
    for (option, shown) in [
        (["--rate", "1M"], "'--rate <SIZE>'"),
        (["--offset", "0"], "'--offset <OFFSET>'"),
        (["--length", "1"], "'--length <SIZE>'"),
        (["--range", "0..1"], "'--range <RANGE>'"),
    ] {
        env.cmd(["warm", "f", "--lock", "--hold=1s"])
            .args(option)
            .run()
            .refuses(
                2,
                format!("the argument '--lock' cannot be used with {shown}"),
            );
    }
    env.cmd([
        "warm",
        "--lock",
        "--hold=1s",
        "--follow-changes",
        "--fd",
        "3",
    ])
    .fd(3, Open::Read, env.path("f"))
    .run()
    .refuses(2, "only changes of files with a path can be followed");
}

#[test]
fn what_cannot_be_read_is_reported_and_the_rest_is_held() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    tree(&env);
    fs::set_permissions(env.path("t/three"), Permissions::from_mode(0o000)).unwrap();
    let command = |args: &[&str]| pin(&env, args).user(&user);
    let mut held = command(&["t", "none"]).hold();
    let line = format!(
        "ready: 1 file, {} KiB locked, 2 failed, held by process {}",
        page_size() / 1024,
        held.pid()
    );
    assert_eq!(held.line(0), line);
    held.signal(Signal::TERM);
    let run = held.wait();
    run.code(1).stderr_lines(2);
    run.stderr_line("mmapctl: t/three: cannot open: Permission denied");
    run.stderr_line("mmapctl: none: cannot open: No such file or directory");
    // If nothing can be held, nobody waits for it.
    command(&["t/three"])
        .run()
        .refuses(4, "t/three: cannot open: Permission denied")
        .stderr_lines(1);
    command(&["none"])
        .run()
        .refuses(3, "none: cannot open: No such file or directory");
}

#[test]
fn a_block_that_cannot_be_read_does_not_hang_the_others() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let good = env.file("good", contents(2));
    let mut held = pin(&env, args![disk.file(), &good]).hold();
    assert!(held.line(0).contains(" 1 failed, "), "{}", held.line(0));
    assert_eq!(all_locked(held.pid()), pages(2));
    held.signal(Signal::TERM);
    let run = held.wait();
    run.code(9);
    assert!(run.err_text().contains("I/O error"), "{}", run.err_text());
}

#[test]
fn a_limit_on_locked_memory_is_found_before_anything_is_loaded() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = support::clean_file(disk.path(), "f", pages(4));
    evict(&path);
    for limit in [0, pages(3)] {
        let run = pin(&env, args![disk.path()])
            .limit(Limit::LockedMemory, limit)
            .without_capability("ipc_lock")
            .run();
        run.code(13).stdout("").stderr_lines(2);
        run.stderr_line(format!(
            "hint: the limit is {limit} bytes, {} bytes were requested and CAP_IPC_LOCK is not held: raise the \
             limit (ulimit -l, LimitMEMLOCK=) or grant the capability",
            pages(4)
        ));
        assert!(cached(&path).is_none_or(|pages| pages == 0));
    }
    let enough = pin(&env, args![disk.path()])
        .limit(Limit::LockedMemory, pages(4))
        .without_capability("ipc_lock");
    end(enough.hold());
    // The capability has no effect in a user namespace.
    let inside = |program: &str| env.tool("unshare", ["-U", "-r", program]);
    if !inside("true").run().ended_with(&[0]) {
        return skip("a user namespace");
    }
    let run = inside(support::MMAPCTL)
        .args(args!["warm", "--lock", "--hold=1s", disk.path()])
        .limit(Limit::LockedMemory, pages(3))
        .run();
    run.code(13).stdout("").stderr_lines(2);
}

#[test]
fn the_capability_lifts_the_limit_on_locked_memory() {
    let env = Env::new();
    tree(&env);
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:"));
    let effective = u64::from_str_radix(effective.unwrap().trim(), 16).unwrap();
    let users = fs::read_to_string("/proc/self/uid_map").unwrap();
    if effective >> 14 & 1 == 0 || !users.contains("4294967295") {
        return skip("CAP_IPC_LOCK");
    }
    let held = pin(&env, ["t"]).limit(Limit::LockedMemory, 0).hold();
    assert_eq!(all_locked(held.pid()), pages(4));
    end(held);
}

#[test]
fn memory_of_a_control_group_that_does_not_suffice_is_found_before_anything_is_loaded() {
    let env = Env::new();
    let Some(group) = env.memory_group(16 << 20) else {
        return;
    };
    let Some(disk) = env.on_disk() else { return };
    for name in ["a", "b"] {
        evict(support::clean_file(disk.path(), name, 12 << 20));
    }
    let line = args!["warm", "--lock", "--hold=1s", disk.path()];
    let run = env.cmd_in(&group, line).run();
    run.code(7).stdout("").stderr_lines(2);
    let text = run.err_text();
    assert!(
        text.starts_with("mmapctl: cannot lock: 24 MiB (25165824 bytes) more memory needed, ")
            && text.contains("; the control group limit is 16 MiB")
            && text.ends_with(
                "hint: lock less: name fewer files, or select them with --glob or --max-size\n"
            ),
        "{text}"
    );
    assert!(cached(disk.path().join("a")).is_none_or(|pages| pages == 0));
}

#[test]
fn a_signal_before_everything_is_locked_ends_the_command_with_its_status() {
    let env = Env::new();
    for disk in &env.slow_disks() {
        let path = support::clean_file(&disk.mount().dir(), "f", 4 << 20);
        evict(&path);
        disk.start_reading(&env, &path, 0, 4 << 20);
        let held = disk
            .cmd(&env, args!["warm", "--lock", "--hold", &path])
            .spawn();
        poll_until("loading has begun", || all_locked(held.pid()) > 0);
        held.signal(Signal::TERM);
        disk.release();
        let run = held.wait();
        run.refuses(143, "cannot lock: interrupted by SIGTERM");
    }
}

/// The next message to a service manager.
fn message(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 4096];
    socket
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let length = socket.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..length].to_vec()).unwrap()
}

#[test]
fn the_service_manager_is_notified_when_ready_of_changes_and_at_the_end() {
    let env = Env::new();
    tree(&env);
    let kib = |number| pages(number) / 1024;
    let path = env.path("socket");
    let socket = UnixDatagram::bind(&path).unwrap();
    let held = follow(&env, ["t"]).env("NOTIFY_SOCKET", &path).hold();
    assert_eq!(
        message(&socket),
        format!("READY=1\nSTATUS=2 files, {} KiB locked", kib(4))
    );
    env.file("new", contents(2));
    fs::rename(env.path("new"), env.path("t/new")).unwrap();
    assert_eq!(
        message(&socket),
        format!("STATUS=3 files, {} KiB locked", kib(6))
    );
    end(held);
    assert_eq!(message(&socket), "STOPPING=1");
    // An abstract name, and a mapping.
    let name = format!("mmapctl-test-{}", std::process::id());
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let socket = UnixDatagram::bind_addr(&address).unwrap();
    let mut held = env
        .cmd(["map", "t/three", "--lock", "--hold"])
        .env("NOTIFY_SOCKET", format!("@{name}"))
        .hold();
    let line = held.line(0);
    let summary = line.strip_prefix("ready: ").unwrap();
    let (summary, _) = summary.split_once(", held by").unwrap();
    assert_eq!(message(&socket), format!("READY=1\nSTATUS={summary}"));
    end(held);
    assert_eq!(message(&socket), "STOPPING=1");
    // Nobody listens: that is no failure.
    for socket in ["none", "/", "@", &"x".repeat(300)] {
        let run = env
            .cmd(["warm", "--lock", "--hold=1ms", "t"])
            .env("NOTIFY_SOCKET", socket)
            .run();
        run.code(0).stderr_lines(1);
        let start = "mmapctl: note: cannot notify the service manager: ";
        assert!(run.err_text().starts_with(start), "{}", run.err_text());
    }
}

#[test]
fn a_file_that_is_replaced_stays_locked() {
    let env = Env::new();
    let path = env.file("log", contents(2));
    let mut held = follow(&env, ["log", "-v"]).hold();
    wait_for(&held, &path, pages(2));
    for size in [1, 5] {
        env.file("next", contents(size));
        fs::rename(env.path("next"), &path).unwrap();
        wait_for(&held, &path, pages(size));
        wait_for_all(&held, pages(size));
    }
    let kib = |number| pages(number) / 1024;
    assert_eq!(
        held.stderr_line(0),
        format!("mmapctl: detail: log: {} KiB locked", kib(2))
    );
    assert_eq!(
        held.stderr_line(1),
        format!("mmapctl: detail: log: {} KiB locked", kib(1))
    );
    assert_eq!(
        held.stderr_line(2),
        format!("mmapctl: detail: log: {} KiB unlocked", kib(2))
    );
    // As logrotate does it, with a moment without the file.
    fs::rename(&path, env.path("log.1")).unwrap();
    wait_for_all(&held, 0);
    fs::write(&path, contents(3)).unwrap();
    wait_for(&held, &path, pages(3));
    held.signal(Signal::TERM);
    held.wait().code(0);
}

#[test]
fn a_file_that_grows_shrinks_or_is_rewritten_stays_locked_as_a_whole() {
    let env = Env::new();
    let path = env.file("f", contents(2));
    let held = follow(&env, ["."]).hold();
    let file = File::options().write(true).open(&path).unwrap();
    let grow = |to: u64| {
        file.write_all_at(&[7], pages(to) - 1).unwrap();
        // Not only the size: no hole is left.
        file.write_all_at(&contents(to), 0).unwrap();
    };
    for size in [3, 4, 20] {
        grow(size);
        wait_for(&held, &path, pages(size));
        wait_for_all(&held, pages(size));
    }
    // One mapping: a log that grows for years must not use up the mappings of the process.
    assert_eq!(smaps_of(held.pid(), &path).len(), 1);
    file.set_len(pages(2) + 1).unwrap();
    wait_for_all(&held, pages(3));
    wait_for(&held, &path, pages(3));
    // The pages of the same range are other pages now.
    file.set_len(0).unwrap();
    file.write_all_at(&contents(3), 0).unwrap();
    wait_for(&held, &path, pages(3));
    file.set_len(0).unwrap();
    wait_for_all(&held, 0);
    end(held);
}

#[test]
fn data_in_a_hole_is_locked_once_it_is_there() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = disk.path().join("f");
    let file = File::create_new(&path).unwrap();
    file.set_len(pages(100)).unwrap();
    let held = follow(&env, args![disk.path()]).hold();
    assert_eq!(all_locked(held.pid()), 0);
    for (count, page) in [50, 10, 90, 11, 9].into_iter().enumerate() {
        file.write_all_at(&[1], pages(page)).unwrap();
        wait_for_all(&held, pages(count as u64 + 1));
    }
    wait_for(&held, &path, pages(5));
    end(held);
}

#[test]
fn files_that_appear_are_locked_and_those_that_vanish_are_unlocked() {
    let env = Env::new();
    tree(&env);
    let held = follow(&env, ["t", "--glob", "!*.tmp"]).hold();
    wait_for_all(&held, pages(4));
    fs::create_dir_all(env.path("t/a/b/c")).unwrap();
    env.file("t/a/b/c/f", contents(2));
    wait_for_all(&held, pages(6));
    env.file("t/a/b/ignored.tmp", contents(9));
    // A directory with contents that is moved in, and out again.
    fs::create_dir_all(env.path("other/deep")).unwrap();
    env.file("other/deep/f", contents(3));
    fs::rename(env.path("other"), env.path("t/other")).unwrap();
    wait_for_all(&held, pages(9));
    env.file("t/other/deep/g", contents(1));
    wait_for_all(&held, pages(10));
    fs::rename(env.path("t/other"), env.path("other")).unwrap();
    wait_for_all(&held, pages(6));
    // Renamed inside, it stays as it is.
    fs::rename(env.path("t/three"), env.path("t/a/three")).unwrap();
    fs::remove_file(env.path("t/sub/one")).unwrap();
    wait_for_all(&held, pages(5));
    wait_for(&held, env.path("t/a/three"), pages(3));
    fs::remove_dir_all(env.path("t/a")).unwrap();
    wait_for_all(&held, 0);
    // The directory itself is replaced.
    fs::remove_dir_all(env.path("t")).unwrap();
    fs::create_dir(env.path("t")).unwrap();
    env.file("t/f", contents(7));
    wait_for_all(&held, pages(7));
    end(held);
}

#[test]
fn changes_of_other_files_nearby_are_ignored_however_many() {
    let env = Env::new();
    env.file("f", "x");
    let other = env.file("other", "");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = File::options().append(true).open(&other).unwrap();
            while !done.load(Ordering::Relaxed) {
                file.write_all(b"x").unwrap();
            }
        });
        let line = [
            "warm",
            "--lock",
            "--hold=300ms",
            "--follow-changes",
            "f",
            "-v",
        ];
        let run = env.cmd(line).patience(Duration::from_secs(20)).run();
        done.store(true, Ordering::Relaxed);
        run.code(0).stderr_lines(1);
    });
}

#[test]
fn a_file_behind_a_link_is_followed() {
    let env = Env::new();
    for directory in ["one", "two", "t"] {
        fs::create_dir(env.path(directory)).unwrap();
    }
    env.file("one/f", contents(1));
    env.file("two/f", contents(2));
    let turn = |link: &str, target: &str| {
        symlink(target, env.path("new")).unwrap();
        fs::rename(env.path("new"), env.path(link)).unwrap();
    };
    turn("current", "one/f");
    turn("t/current", "../one/f");
    for args in [&["current"][..], &["t", "-L"]] {
        env.file("one/f", contents(1));
        turn("current", "one/f");
        turn("t/current", "../one/f");
        let held = follow(&env, args).hold();
        wait_for_all(&held, pages(1));
        env.file("one/f", contents(4));
        wait_for_all(&held, pages(4));
        turn("current", "two/f");
        turn("t/current", "../two/f");
        wait_for_all(&held, pages(2));
        end(held);
    }
}

#[test]
fn a_replaced_file_is_locked_even_if_the_limit_allows_only_one_of_both() {
    let env = Env::new();
    let path = env.file("f", contents(4));
    let held = follow(&env, ["f"])
        .limit(Limit::LockedMemory, pages(5))
        .without_capability("ipc_lock")
        .hold();
    env.file("next", contents(5));
    fs::rename(env.path("next"), &path).unwrap();
    wait_for(&held, &path, pages(5));
    // More than the limit: what fits stays, and the failure counts while it lasts.
    let mut file = File::options().append(true).open(&path).unwrap();
    file.write_all(&contents(1)).unwrap();
    let mut held = held;
    let start = "mmapctl: f: cannot lock: ";
    assert!(
        held.stderr_line(0).starts_with(start),
        "{}",
        held.stderr_line(0)
    );
    assert_eq!(locked(held.pid(), &path), Some(pages(5)));
    held.signal(Signal::TERM);
    held.wait().code(13).stderr_lines(2);
}

#[test]
fn a_limit_on_watched_directories_names_the_remedy() {
    let env = Env::new();
    fs::create_dir_all(env.path("t/a/b/c/d")).unwrap();
    env.file("t/f", "x");
    let script = "echo 3 >/proc/sys/user/max_inotify_watches && exec \"$@\"";
    let limited = |program: &str, args: &[&str]| {
        env.tool("unshare", ["-U", "-r", "sh", "-c", script, "sh", program])
            .args(args)
    };
    if !limited("true", &[]).run().ended_with(&[0]) {
        return skip("a user namespace with a limit on inotify");
    }
    let line = ["warm", "--lock", "--hold=1s", "--follow-changes", "t"];
    let run = limited(support::MMAPCTL, &line).run();
    run.code(13).stdout("").stderr_lines(2);
    let text = run.err_text();
    assert!(
        text.contains(": cannot watch for changes: the limit of watched directories is reached\n")
            && text.contains("hint: raise the limit (sysctl fs.inotify.max_user_watches, now "),
        "{text}"
    );
}
