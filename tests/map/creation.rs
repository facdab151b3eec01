//! Files before and after: creation, extension, truncation, and restoration.

use rustix::fs::inotify;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::Mapping;
use crate::support::{Env, Limit, Open, allocated, args, page_size, pattern, size};

#[test]
fn a_missing_file_is_not_found_and_the_hint_shows_how_to_create_it() {
    let env = Env::new();
    let hint = "hint: use --access w --length N to create it";
    for arguments in [
        &["none"][..],
        &["none", "-n", "1M"],
        &["none", "-a", "c", "-n", "1M"],
    ] {
        env.cmd(["map"])
            .args(arguments)
            .run()
            .refuses(3, "none: cannot open: No such file or directory")
            .stderr_lines(2)
            .stderr_line(hint);
    }
    env.run(["map", "none", "-a", "w"])
        .refuses(3, "none: cannot open: No such file or directory")
        .stderr_line("hint: with write access, use --length N to create it");
    assert!(!env.path("none").exists());
}

#[test]
fn a_file_in_a_missing_directory_gets_no_hint_to_create_it() {
    let env = Env::new();
    env.file("f", b"x");
    for command in [
        &["map", "-a", "w", "no/file"][..],
        &["fill", "no/file", "--to-end"],
        &["fill", "no/file", "--text", "x"],
        &["fill", "no/file", "-n", "4"],
        &["fill", "no/file", "-n", "4", "--no-extend"],
        &["fill", "no/file", "-n", "4", "--no-create"],
        &["fill", "f/file", "--to-end"],
        &["fill", "--fd", "77", "--no-extend", "--to-end"],
        &["map", "-a", "w", "f/file"],
    ] {
        env.run(command).code(3).stderr_lines(1);
    }
    env.run(["map", "no/file"])
        .refuses(3, "no/file: cannot open: No such file or directory")
        .stderr_lines(1);
    env.run(["map", "no/file", "-a", "w", "-n", "1pg"])
        .refuses(3, "no/file: cannot open: No such file or directory")
        .stderr_lines(1);
}

#[test]
fn creating_without_a_length_leaves_no_file() {
    let env = Env::new();
    env.run(["map", "new", "-a", "w", "--open", "create"])
        .refuses(5, "new: cannot map: it is empty")
        .stderr_line("hint: use --length N to extend it");
    assert!(!env.path("new").exists());
}

#[test]
fn an_empty_file_without_a_length_is_too_short() {
    let env = Env::new();
    env.file("empty", "");
    env.run(["map", "empty"])
        .refuses(5, "empty: cannot map: it is empty")
        .stderr_line("hint: use --access w --length N to extend it");
    env.run(["map", "empty", "-a", "w"])
        .refuses(5, "empty: cannot map: it is empty")
        .stderr_line("hint: use --length N to extend it");
    assert_eq!(size(env.path("empty")), 0);
    // The hints work.
    env.run(["map", "empty", "--access", "w", "--length", "4K"])
        .ok();
    assert_eq!(size(env.path("empty")), 4096);
}

#[test]
fn an_empty_file_that_may_not_be_written_gets_no_hint_to_extend_it() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let path = env.file("empty", "");
    fs::set_permissions(env.dir(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let run = env.cmd(["map", "empty"]).user(&user).run();
    run.refuses(5, "empty: cannot map: it is empty")
        .stderr_lines(1);
    let run = env.cmd(["map", "--fd", "3"]).fd(3, Open::Read, &path).run();
    run.refuses(5, "fd 3: cannot map: it is empty")
        .stderr_lines(1);
}

#[test]
fn an_empty_file_is_not_opened_for_writing() {
    let env = Env::new();
    let path = env.file("empty", "");
    env.file("f", pattern(100));
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK).unwrap();
    inotify::add_watch(&watch, &path, inotify::WatchFlags::CLOSE_WRITE).unwrap();
    env.run(["map", "empty", "f"]).ok();
    env.run(["advise", "random", "empty", "f"]).ok();
    for command in ["map", "mirror"] {
        env.run([command, "empty"]).code(5);
    }
    let read = rustix::io::read(&watch, &mut [0; 1024]);
    assert_eq!(read, Err(rustix::io::Errno::AGAIN));
}

#[test]
fn reading_never_extends() {
    let env = Env::new();
    env.file("short", [0; 100]);
    env.run(["map", "short", "--length", "1M"])
        .refuses(
            5,
            "short: the file is 100 bytes, but the range ends at 1 MiB (1048576 bytes)",
        )
        .stderr_line("hint: use --access w --length N to extend it");
    env.run(["map", "short", "--length", "1M", "-a", "c"])
        .code(5);
    env.run(["map", "short", "--length", "1M", "-a", "w", "--private"])
        .code(5);
    assert_eq!(size(env.path("short")), 100);
}

#[test]
fn writing_creates_with_the_requested_mode_and_reserves_blocks() {
    let env = Env::new();
    let report = env
        .run([
            "map", "new", "-a", "w", "-n", "100000", "--mode", "640", "--json",
        ])
        .ok()
        .json();
    let path = env.path("new");
    assert_eq!(
        (&report["created"], &report["size"]),
        (&true.into(), &100_000.into())
    );
    assert_eq!(size(&path), 100_000);
    assert!(allocated(&path) >= 100_000);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o640
    );
}

#[test]
fn writing_extends_with_zeros_and_reports_both_sizes() {
    let env = Env::new();
    let bytes = pattern(5000);
    let path = env.file("f", &bytes);
    let offset = page_size().to_string();
    let report = env
        .run(["map", "f", "-a", "w", "-o", &offset, "-n", "64K", "--json"])
        .ok()
        .json();
    let new_size = page_size() + (64 << 10);
    assert_eq!(report["grown"]["old_size"], 5000);
    assert_eq!(report["grown"]["new_size"], new_size);
    assert_eq!(report["grown"]["reserved"], true);
    let now = fs::read(path).unwrap();
    assert_eq!(now.len() as u64, new_size);
    assert!(now[..5000] == bytes && now[5000..].iter().all(|b| *b == 0));
}

#[test]
fn a_tag_is_created_and_extended_in_the_same_way() {
    let env = Env::new();
    let Some(tag) = env.tag("grow") else { return };
    // The hint is another one if a region with a similar name exists.
    let absent = format!("{}~", std::process::id());
    env.run(["map", "--tag", &absent])
        .refuses(
            3,
            format!("tag {absent}: cannot open: No such file or directory"),
        )
        .stderr_line("hint: use --access w --length N to create it");
    env.run(["map", "--tag", tag.name(), "-a", "w", "-n", "1"])
        .ok();
    assert_eq!(size(tag.path()), 1);
    env.run(["map", "--tag", tag.name(), "-a", "w", "-n", "2pg"])
        .ok();
    assert_eq!(size(tag.path()), 2 * page_size());
}

#[test]
fn a_length_beyond_the_free_space_is_disk_full_and_changes_nothing() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(32 << 20) else {
        return;
    };
    let path = mount.file("f", pattern(10_000));
    fs::File::open(&path).unwrap().sync_all().unwrap();
    let blocks = allocated(&path);
    for length in ["1P", "64M"] {
        env.run(args!["map", &path, "-a", "w", "-n", length])
            .code(6)
            .stdout("")
            .stderr_lines(1);
        assert_eq!(
            (size(&path), allocated(&path)),
            (10_000, blocks),
            "{length}"
        );
    }
    let new = mount.path("new");
    env.run(args!["map", &new, "-a", "w", "-n", "1P"]).code(6);
    assert!(!new.exists());
}

#[test]
fn a_file_system_that_fills_up_meanwhile_is_disk_full_and_the_size_is_restored() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    let path = mount.file("f", [7; 100]);
    let free = mount.free();
    let run = env.run(args![
        "map",
        &path,
        "-a",
        "w",
        "-n",
        (65 * page_size()).to_string()
    ]);
    run.code(6).stdout("");
    assert_eq!((size(&path), mount.free()), (100, free));
}

#[test]
fn a_length_beyond_the_largest_file_is_disk_full() {
    let env = Env::new();
    env.file("f", [7; 100]);
    let blocks = allocated(env.path("f"));
    env.run(["map", "f", "-a", "w", "-n", "1P"])
        .code(6)
        .stdout("");
    assert_eq!(
        (size(env.path("f")), allocated(env.path("f"))),
        (100, blocks)
    );
}

#[test]
fn growth_beyond_the_file_size_limit_is_reported_as_a_limit() {
    let env = Env::new();
    env.file("f", [7; 100]);
    env.cmd(["map", "f", "-a", "w", "-n", "1M"])
        .limit(Limit::FileSize, 65536)
        .run()
        .refuses(
            13,
            "f: cannot extend: 1 MiB (1048576 bytes) exceeds the file size limit of \
             64 KiB (65536 bytes)",
        );
    assert_eq!(size(env.path("f")), 100);
}

#[test]
fn a_memory_file_grows_on_a_file_system_that_counts_no_blocks() {
    let env = Env::new();
    let script = "import os,sys\nfd=os.memfd_create('x')\nos.dup2(fd,5)\nos.set_inheritable(5,True)\n\
                  os.execv(sys.argv[1],sys.argv[1:])";
    let Some(python) = env.peer("python3") else {
        return;
    };
    let command = [
        crate::support::MMAPCTL,
        "map",
        "--fd",
        "5",
        "-a",
        "w",
        "-n",
        "64K",
        "--json",
    ];
    let run = env.tool(python, args!["-c", script]).args(command).run();
    assert_eq!(run.ok().json()["size"], 65536);
}

#[test]
fn a_failed_mapping_leaves_nothing_behind() {
    let env = Env::new();
    env.file("f", pattern(100));
    // Each fails after the file was created or extended.
    for (arguments, code) in [
        (&["--flags", "growsdown"][..], 8),
        (&["--flags", "sync"], 8),
        (&["--flags", "hugetlb"], 8),
        (&["--addr", "0xffff800000000000"], 7),
        (&["--protect", "r+growsdown"], 8),
        (&["--advise", "free"], 8),
        (&["--remap", "1M"], 5),
    ] {
        for name in ["f", "new"] {
            env.cmd(["map", name, "-a", "w", "-n", "64K"])
                .args(arguments)
                .run()
                .code(code)
                .stdout("");
        }
        assert_eq!(
            fs::read(env.path("f")).unwrap(),
            pattern(100),
            "{arguments:?}"
        );
        assert!(!env.path("new").exists(), "{arguments:?}");
    }
}

#[test]
fn exclusive_creation_refuses_an_existing_file() {
    let env = Env::new();
    env.file("f", pattern(100));
    let create = ["-a", "w", "-n", "1pg", "--open", "create,excl"];
    env.cmd(["map", "f"])
        .args(create)
        .run()
        .refuses(11, "f: cannot open: File exists");
    assert_eq!(fs::read(env.path("f")).unwrap(), pattern(100));
    env.cmd(["map", "new"]).args(create).run().ok();
    assert_eq!(size(env.path("new")), page_size());
    let Some(tag) = env.tag("excl") else { return };
    env.cmd(["map", "--tag", tag.name()])
        .args(create)
        .run()
        .ok();
    env.cmd(["map", "--tag", tag.name()])
        .args(create)
        .run()
        .refuses(11, format!("tag {}: cannot open: File exists", tag.name()));
}

#[test]
fn a_file_is_truncated_only_after_a_successful_trial_mapping() {
    let env = Env::new();
    env.file("f", pattern(100_000));
    let truncate = ["-a", "w", "--open", "truncate"];
    env.cmd(["map", "f"])
        .args(truncate)
        .args(["-n", "5000"])
        .run()
        .ok();
    assert_eq!(fs::read(env.path("f")).unwrap(), [0; 5000]);
}

#[test]
fn nothing_is_truncated_if_the_mapping_fails() {
    let env = Env::new();
    let bytes = pattern(100_000);
    env.file("f", &bytes);
    for (arguments, code) in [
        (&[][..], 2),
        (&["-n", "0"], 2),
        (&["-n", "1pg", "-o", "1"], 2),
        (&["-n", "1pg", "-o", "-1pg"], 2),
        (&["-n", "1pg", "--remap", "0"], 2),
        (&["-n", "1pg", "--protect", "c"], 2),
        (&["-n", "1pg", "--advise", "remove"], 2),
        (&["-n", "1pg", "--flags", "fixed"], 2),
        (&["-n", "1pg", "--addr", "0x1001"], 2),
        (&["-n", "1pg", "--addr", "0"], 2),
        (&["-n", "1pg", "--huge-size", "2M"], 2),
        (&["-n", "1pg", "--addr", "0xffff800000000000"], 7),
        (&["-n", "1pg", "--flags", "sync"], 8),
        (&["-n", "1pg", "--flags", "growsdown,populate"], 8),
        (&["-n", "1pg", "--protect", "r+growsup"], 8),
        (&["-n", "1pg", "--remap", "2pg"], 5),
        (&["-n", "1P"], 6),
        (&["-n", "1pg", "--", "mmapctl-none"], 127),
        (&["-n", "1pg", "--advise", "free"], 8),
    ] {
        env.cmd(["map", "f", "-a", "w", "--open", "truncate"])
            .args(arguments)
            .run()
            .code(code)
            .stdout("");
        assert!(fs::read(env.path("f")).unwrap() == bytes, "{arguments:?}");
    }
    for lock in [&["--lock"][..], &["--flags", "locked"]] {
        env.cmd(["map", "f", "-a", "w", "--open", "truncate", "-n", "1pg"])
            .args(lock)
            .limit(Limit::LockedMemory, 0)
            .without_capability("ipc_lock")
            .run()
            .code(13);
        assert!(fs::read(env.path("f")).unwrap() == bytes, "{lock:?}");
    }
    env.run(["map", "f", "--open", "truncate", "-n", "1pg"])
        .code(2);
    env.run([
        "map",
        "new",
        "-a",
        "w",
        "-n",
        "1pg",
        "--open",
        "create,directory",
    ])
    .refuses(
        2,
        "new: cannot open: 'directory' requires a directory, but 'create' creates a file",
    );
    assert!(!env.path("new").exists());
    env.run(["map", "f", "-a", "c", "--open", "truncate", "-n", "1pg"])
        .code(2);
    assert!(fs::read(env.path("f")).unwrap() == bytes);
}

#[test]
fn open_flags_without_effect_on_a_mapping_are_reported() {
    let env = Env::new();
    env.file("f", pattern(5000));
    let idle = [
        "direct",
        "sync",
        "dsync",
        "noctty",
        "nonblock",
        "async",
        "largefile",
    ];
    let all = idle.join(",");
    let report = env.run(["map", "f", "--open", &all, "--json"]).ok().json();
    assert_eq!(crate::words(&report["open_flags_without_effect"]), idle);
    env.run(["map", "f", "--open", "sync"])
        .ok()
        .stdout_line("  open flag   sync: has no effect on a mapping");
    let report = env
        .run([
            "map",
            "f",
            "-a",
            "w",
            "--open",
            "create,nofollow",
            "-n",
            "1pg",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(crate::words(&report["open_flags_without_effect"]), [""; 0]);
}

#[test]
fn every_flag_of_open_reaches_the_kernel() {
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return;
    };
    env.file("f", pattern(5000));
    for (flag, name) in [
        ("direct", "O_DIRECT"),
        ("sync", "O_SYNC"),
        ("dsync", "O_DSYNC"),
        ("noctty", "O_NOCTTY"),
        ("nonblock", "O_NONBLOCK"),
        ("nofollow", "O_NOFOLLOW"),
        // strace calls it by its older name.
        ("async", "FASYNC"),
        ("directory", "O_DIRECTORY"),
    ] {
        let _run = env
            .tool(
                &strace,
                args!["-f", "-o", "trace", "-e", "trace=open,openat"],
            )
            .args([crate::support::MMAPCTL, "map", "-q", "f", "--open", flag])
            .run();
        let trace = fs::read_to_string(env.path("trace")).unwrap();
        let line = trace.lines().find(|line| line.contains("\"f\"")).unwrap();
        assert!(line.contains(name), "{flag}: {line}");
    }
}

#[test]
fn links_and_directories_are_refused_on_request() {
    let env = Env::new();
    env.file("f", pattern(5000));
    std::os::unix::fs::symlink("f", env.path("link")).unwrap();
    env.run(["map", "-q", "link"]).ok();
    env.run(["map", "link", "--open", "nofollow"]).refuses(
        4,
        "link: cannot open: it is a symbolic link, and 'nofollow' was given",
    );
    env.run(["map", "f", "--open", "directory"])
        .refuses(8, "f: cannot open: Not a directory");
    let Some(tag) = env.tag("link") else { return };
    std::os::unix::fs::symlink(env.path("f"), tag.path()).unwrap();
    for command in ["map", "dump"] {
        env.run([command, "--tag", tag.name()]).refuses(
            4,
            format!(
                "tag {}: cannot open: it is a symbolic link, and a tag may not be a link",
                tag.name()
            ),
        );
    }
}

#[test]
fn open_flags_require_a_path_and_write_access() {
    let env = Env::new();
    env.file("f", pattern(5000));
    env.run(["map", "--anon", "-n", "1pg", "--open", "sync"])
        .code(2)
        .stdout("");
    env.cmd(["map", "--fd", "3", "--open", "sync"])
        .fd(3, Open::Read, env.path("f"))
        .run()
        .code(2);
    env.run(["map", "f", "--open", "create"]).code(2);
    env.run(["map", "f", "-a", "w", "--open", "excl"]).code(2);
    env.run(["map", "f", "--open", "creat"]).code(2);
}

#[test]
fn an_exclusive_tag_is_removed_on_exit() {
    let env = Env::new();
    let Some(tag) = env.tag("scope") else { return };
    let create = [
        "-a",
        "w",
        "-n",
        "1pg",
        "--open",
        "create,excl",
        "--unlink-on-exit",
    ];
    let mapping = Mapping::hold(
        &env,
        args!["--tag", tag.name()]
            .into_iter()
            .chain(create.map(Into::into)),
    );
    assert_eq!(size(tag.path()), page_size());
    mapping.held.signal(crate::support::Signal::TERM);
    mapping.held.wait().code(0);
    assert!(!tag.path().exists());
}

#[test]
fn probing_a_hole_with_write_access_allocates_only_its_first_block() {
    let Some(env) = Env::with_disk() else {
        return;
    };
    for (access, blocks) in [("r", false), ("c", false), ("w", true)] {
        let path = env.sparse_file(format!("hole-{access}"), 16 * page_size(), &[]);
        env.run(args!["map", &path, "-a", access, "--probe"]).ok();
        assert_eq!(allocated(&path) > 0, blocks, "{access}");
        assert!(allocated(&path) <= 4 * page_size());
        assert!(fs::read(&path).unwrap().iter().all(|byte| *byte == 0));
    }
}
