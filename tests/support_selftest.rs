//! Tests of the fixture itself with ordinary tools, to rule it out as the cause of other failures.

#![cfg(target_os = "linux")]

mod support;
use support::{Env, Limit, Mapped, Open, Signal, Sink, args};

use std::fs;
use std::os::unix::ffi::OsStrExt;

#[test]
fn a_tool_runs_in_the_fresh_directory_with_its_arguments_and_input() {
    let env = Env::new();
    env.file("name", "contents");
    env.tool("cat", ["name", "-"])
        .stdin("from stdin")
        .run()
        .ok()
        .stdout("contentsfrom stdin");
    env.tool("sh", ["-c", "echo $A; pwd; echo no >&2; exit 3"])
        .env("A", "b")
        .run()
        .code(3)
        .stdout(format!("b\n{}\n", env.dir().display()))
        .stderr("no\n")
        .stderr_lines(1)
        .stderr_line("no");
}

#[test]
fn arguments_need_not_be_text() {
    let env = Env::new();
    let name = std::ffi::OsStr::from_bytes(b"not \xff utf-8");
    let path = env.file(name, "found");
    env.tool("cat", args!["--", &path])
        .run()
        .ok()
        .stdout("found");
}

#[test]
fn descriptors_are_inherited_and_closed_on_request() {
    let env = Env::new();
    let input = env.file("in", "abc");
    env.tool("sh", ["-c", "cat <&3; echo more >&5; : <&4"])
        .fd(3, Open::Read, &input)
        .fd(5, Open::Append, env.path("out"))
        .closed_fd(4)
        .run()
        .code(2)
        .stdout("abc");
    assert_eq!(fs::read(env.path("out")).unwrap(), b"more\n");
}

#[test]
fn output_goes_where_it_is_sent() {
    let env = Env::new();
    let yes = || env.tool("yes", [""; 0]);
    env.tool("echo", ["x"])
        .stdout(Sink::File(env.path("file")))
        .run()
        .ok();
    assert_eq!(fs::read(env.path("file")).unwrap(), b"x\n");
    env.tool("echo", ["x"])
        .stdout(Sink::Full)
        .run()
        .code(1)
        .stdout("");
    yes().stdout(Sink::ClosedPipe).run().signal(13).stdout("");
    yes()
        .stdout(Sink::ClosedAfter(5))
        .run()
        .signal(13)
        .stdout("y\ny\ny");
}

#[test]
fn limits_hold() {
    let env = Env::new();
    let script = "ulimit -f; ulimit -v; ulimit -l";
    env.tool("sh", ["-c", script])
        .limit(Limit::FileSize, 1024)
        .limit(Limit::AddressSpace, 1 << 30)
        .limit(Limit::LockedMemory, 0)
        .run()
        .ok()
        .stdout("2\n1048576\n0\n");
}

#[test]
fn another_user_has_no_rights_here_but_may_run_the_program() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    env.tool("id", ["-u"])
        .user(&user)
        .run()
        .ok()
        .stdout("65534\n");
    env.tool("touch", ["x"]).user(&user).run().code(1);
    let theirs = env.dir_of(&user, "theirs");
    env.tool("touch", ["x"]).cwd(theirs).user(&user).run().ok();
    env.cmd(["--version"]).user(&user).run().code(0);
}

#[test]
fn root_may_lose_a_capability() {
    let env = Env::new();
    // Only root has capabilities to lose.
    let Some(user) = env.other_user() else { return };
    let closed = env.dir_of(&user, "closed");
    env.tool("chmod", args!["700", &closed]).run().ok();
    env.tool("ls", [&closed]).run().ok();
    env.tool("ls", [&closed])
        .without_capability("dac_override")
        .without_capability("dac_read_search")
        .run()
        .code(2);
}

#[test]
fn a_held_program_is_observed_signalled_and_reaped() {
    let env = Env::new();
    let script = "trap 'echo ended; exit 4' TERM; echo ready; while :; do sleep 0.01; done";
    let mut held = env.tool("sh", ["-c", script]).hold();
    assert_eq!(held.line(0), "ready");
    assert!(held.is_running() && !support::maps(held.pid()).is_empty());
    held.signal(Signal::TERM);
    held.wait().code(4).stdout("ready\nended\n");

    let dropped = env.tool("sh", ["-c", "sleep 100 & echo $!; wait"]).hold();
    let pid = dropped.pid();
    drop(dropped);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
#[should_panic(expected = "run=`command: \"false\" \"one two\"")]
fn a_failing_check_shows_the_command() {
    let env = Env::new();
    env.tool("false", ["one two"]).run().code(0);
}

#[test]
#[should_panic(expected = "stdout differs from byte 1 on")]
fn a_difference_is_located() {
    let env = Env::new();
    env.tool("printf", ["abc"]).run().stdout("aBc");
}

#[test]
#[should_panic(expected = "still running after the time limit")]
fn a_hanging_program_fails_the_test() {
    let env = Env::new();
    let patience = std::time::Duration::from_millis(50);
    env.tool("sleep", ["100"]).patience(patience).run().code(0);
}

#[test]
fn json_is_read_one_object_per_line() {
    let env = Env::new();
    assert_eq!(env.tool("echo", [r#"{"a":1}"#]).run().json()["a"], 1);
    assert_eq!(
        env.tool("printf", ["{}\\n{}\\n"]).run().json_lines().len(),
        2
    );
}

#[test]
fn a_small_tmpfs_is_small() {
    let env = Env::new();
    let size = 16 * support::page_size();
    let Some(mount) = env.small_tmpfs(size) else {
        return;
    };
    assert_eq!(mount.free(), size);
    mount.fill_up(support::page_size());
    assert_eq!(mount.free(), support::page_size());
    let place = mount.dir();
    drop(mount);
    assert!(!place.exists());
}

#[test]
fn a_small_ext4_fills_up() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(1 << 22) else {
        return;
    };
    let free = mount.free();
    assert!(free > 0 && free < 1 << 22);
    mount.fill_up(0);
    let head = format!("head -c {} /dev/zero >full", support::page_size());
    env.tool("sh", args!["-c", head])
        .cwd(mount.dir())
        .run()
        .code(1);
    mount.make_read_only();
    env.tool("touch", ["x"]).cwd(mount.dir()).run().code(1);
}

#[test]
fn a_bad_disk_reads_up_to_where_it_ends() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let good = usize::try_from(disk.first_bad()).unwrap();
    let page = support::page_size().to_string();
    let read = |skip: u64| {
        let from = format!("if={}", disk.file().display());
        env.tool(
            "dd",
            args![
                from,
                format!("bs={page}"),
                format!("skip={skip}"),
                "count=1",
                "status=none"
            ],
        )
        .run()
    };
    let first_bad_page = disk.first_bad() / support::page_size();
    read(first_bad_page - 1)
        .ok()
        .stdout(&support::pattern(good)[good - support::page_size() as usize..]);
    read(first_bad_page).code(1).stderr_line(format!(
        "dd: error reading '{}': Input/output error",
        disk.file().display()
    ));
    assert_eq!(support::size(disk.file()), disk.size());
}

#[test]
fn a_thin_disk_fails_at_writeback() {
    let env = Env::new();
    let Some(disk) = env.thin_disk() else { return };
    let path = disk.mount().file("before", "kept");
    fs::File::open(&path).unwrap().sync_all().unwrap();
    disk.starve();
    let late = disk.mount().file("late", support::pattern(1 << 20));
    assert!(fs::File::open(late).unwrap().sync_all().is_err());
}

#[test]
fn huge_pages_are_reserved_and_released() {
    let env = Env::new();
    let total = || {
        let text = fs::read_to_string("/proc/meminfo").unwrap();
        text.lines()
            .find(|line| line.starts_with("HugePages_Total"))
            .unwrap()
            .to_owned()
    };
    let Some(pages) = env.huge_pages(2) else {
        return;
    };
    assert!(pages.size() > support::page_size());
    let during = total();
    drop(pages);
    // Another run of these tests may hold the lock by now, so only our own count is certain.
    assert!(!during.ends_with(" 0"), "{during}");
}

#[test]
fn a_tag_is_unique_and_removed() {
    let env = Env::new();
    let (Some(one), Some(two)) = (env.tag("x"), env.tag("x")) else {
        return;
    };
    assert_ne!(one.name(), two.name());
    let path = one.create("bytes");
    env.tool("cat", [&path]).run().ok().stdout("bytes");
    drop(one);
    assert!(!path.exists());
}

#[test]
fn a_sparse_file_has_its_pieces_and_holes() {
    let env = Env::new();
    let path = env.sparse_file(
        "sparse",
        1 << 30,
        &[(1 << 20, b"here"), ((1 << 30) - 1, b"!")],
    );
    assert_eq!(support::size(&path), 1 << 30);
    assert!(support::allocated(&path) < 1 << 20);
    env.tool("tail", args!["-c", "1", &path])
        .run()
        .ok()
        .stdout("!");
}

#[test]
fn the_page_cache_is_counted_and_emptied() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let page = support::page_size();
    let path = disk.path().join("file");
    fs::write(&path, vec![1; 8 * usize::try_from(page).unwrap()]).unwrap();
    let Some(before) = support::cache(&path) else {
        return;
    };
    assert_eq!((before.cached, before.dirty + before.writeback), (8, 8));
    support::evict(&path);
    assert_eq!(support::cache(&path).unwrap().cached, 0);
    env.tool("cat", [&path]).stdout(Sink::Null).run().ok();
    assert_eq!(support::cache(&path).unwrap().cached, 8);
    assert_eq!(
        support::cache_range(&path, page, 2 * page).unwrap().cached,
        2
    );
}

#[test]
fn a_mapping_of_the_test_itself_is_shared_and_visible() {
    let env = Env::new();
    let path = env.file("mapped", support::pattern(10_000));
    let mapped = Mapped::shared(&path);
    mapped.touch();
    mapped.set(3, b'!');
    assert_eq!((mapped.get(3), fs::read(&path).unwrap()[3]), (b'!', b'!'));
    let seen = support::smaps_of(std::process::id(), &path);
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line.permissions, "rw-s");
    assert_eq!(seen[0].get("Rss"), seen[0].line.length());
    assert!(seen[0].has_flag("sh"));
    assert!(support::smaps_at(std::process::id(), seen[0].line.start).is_some());
}

#[test]
fn a_peer_is_found_or_its_absence_is_named() {
    let env = Env::new();
    let Some(xxd) = env.peer("xxd") else { return };
    env.tool(xxd, ["-p"])
        .stdin("ab")
        .run()
        .ok()
        .stdout("6162\n");
}
