//! `mmapctl filesize`: showing, setting and reserving sizes, checked from outside.

#![cfg(target_os = "linux")]

mod support;
use support::{Env, Limit, Mount, Open, Sink, allocated, args, page_size, size, skip, unmappable};

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::json;

/// A file system in memory and one on a disk, each of a few MiB.
fn small_file_systems(env: &Env) -> Option<[Mount; 2]> {
    Some([env.small_tmpfs(1 << 20)?, env.small_ext4(8 << 20)?])
}

#[test]
fn one_file_gives_one_number_and_several_give_names() {
    let env = Env::new();
    env.file("a", [0; 100]);
    env.file("b c", "");
    env.run(["filesize", "a"]).ok().stdout("100\n");
    env.run(["filesize", "a", "b c"])
        .ok()
        .stdout("100\ta\n0\tb c\n");
    symlink("a", env.path("link")).unwrap();
    env.run(["filesize", "link"]).ok().stdout("100\n");
    env.run(["filesize", "--quiet", "a"]).ok().stdout("100\n");
}

#[test]
fn json_is_one_object_per_file() {
    let env = Env::new();
    env.file("a", [0; 100]);
    env.file("b", "");
    let lines = env.run(["filesize", "--json", "a", "b"]).ok().json_lines();
    assert_eq!(
        lines,
        [
            json!({"source": "file", "path": "a", "size": 100}),
            json!({"source": "file", "path": "b", "size": 0}),
        ]
    );
}

#[test]
fn descriptors_and_tags_have_sizes() {
    let env = Env::new();
    let file = env.file("a", [0; 100]);
    env.cmd(["filesize", "--fd", "5"])
        .fd(5, Open::Read, &file)
        .run()
        .ok()
        .stdout("100\n");
    let json = env
        .cmd(["filesize", "--fd", "3", "--json"])
        .fd(3, Open::Read, &file)
        .run()
        .ok()
        .json();
    assert_eq!(json, json!({"source": "descriptor", "fd": 3, "size": 100}));
    let Some(tag) = env.tag("size") else { return };
    tag.create([0; 77]);
    let json = env
        .run(["filesize", "--json", "--tag", tag.name()])
        .ok()
        .json();
    assert_eq!(
        json,
        json!({"source": "tag", "tag": tag.name(), "size": 77})
    );
}

#[test]
fn a_descriptor_that_is_not_open_is_not_found() {
    let env = Env::new();
    for number in 3..=9 {
        env.cmd(["filesize", "--fd", &number.to_string()])
            .closed_fd(number)
            .run()
            .refuses(
                3,
                format!("fd {number}: cannot open: descriptor {number} is not open"),
            );
    }
}

#[test]
fn a_block_device_has_the_size_of_its_medium() {
    let env = Env::new();
    let image = env.sparse_file("image", 3 << 20, &[]);
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    let device = device.path();
    env.run(["filesize", device]).ok().stdout("3145728\n");
    let json = env
        .run(["filesize", "--long", "--json", device])
        .ok()
        .json();
    assert_eq!(
        (&json["size"], &json["allocated"]),
        (&json!(3 << 20), &json!(null))
    );
    env.run(["filesize", "--set", "1M", device])
        .refuses(8, format!("{device}: cannot resize: it is a block device"));
}

#[test]
fn unmappable_files_are_refused_by_type() {
    let env = Env::new();
    env.tool("mkfifo", ["pipe"]).run().ok();
    let _listener = std::os::unix::net::UnixListener::bind(env.path("socket")).unwrap();
    for (path, thing) in [
        ("/", "a directory"),
        ("pipe", "a pipe"),
        ("socket", "a socket"),
        ("/dev/null", "a character device"),
        ("/proc/self/status", "a file of /proc"),
    ] {
        env.run(["filesize", path])
            .refuses(8, unmappable(path, thing));
        // An ordinary user may not even open this one for writing.
        if !path.starts_with("/proc/") || rustix::process::geteuid().is_root() {
            env.run(["filesize", "--set", "1", path]).code(8).stdout("");
        }
    }
}

#[test]
fn a_missing_file_is_not_found_and_not_created() {
    let env = Env::new();
    env.run(["filesize", "none"])
        .refuses(3, "none: cannot open: No such file or directory")
        .stderr_lines(1);
    env.run(["filesize", "--allocate", "none"])
        .refuses(3, "none: cannot open: No such file or directory")
        .stderr_line_at(
            1,
            "hint: use --set SIZE without a range, or --allocate with --length N, to create it",
        );
    env.run(["filesize", "--set", "1", "none/none"])
        .refuses(3, "none/none: cannot open: No such file or directory")
        .stderr_lines(1);
    let Some(tag) = env.tag("none") else { return };
    env.run(["filesize", "--tag", tag.name()]).code(3);
    assert!(!env.path("none").exists() && !tag.path().exists());
}

#[test]
fn a_failure_does_not_stop_the_remaining_files_and_sets_the_status() {
    let env = Env::new();
    env.file("a", [0; 10]);
    env.file("b", [0; 20]);
    let failure = "mmapctl: none: cannot open: No such file or directory\n";
    env.run(["filesize", "a", "none", "b"])
        .code(3)
        .stdout("10\ta\n20\tb\n")
        .stderr(failure);
    env.run(["filesize", "a", "none", "none"])
        .code(3)
        .stdout("10\ta\n")
        .stderr(failure.repeat(2));
    env.run(["filesize", "none", "/", "b"])
        .code(1)
        .stdout("20\tb\n")
        .stderr(format!(
            "{failure}mmapctl: {}\n",
            unmappable("/", "a directory")
        ));
}

#[test]
fn without_permission_it_is_access_denied() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let file = env.file("secret", [0; 10]);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    for args in [
        &["filesize", "secret"][..],
        &["filesize", "--set", "1", "secret"],
    ] {
        env.cmd(args)
            .user(&user)
            .run()
            .refuses(4, "secret: cannot open: Permission denied");
    }
    env.cmd(["filesize", "--set", "1", "new"])
        .user(&user)
        .run()
        .refuses(4, "new: cannot open: Permission denied");
    assert!(!env.path("new").exists());
    assert_eq!(size(&file), 10);
}

#[test]
fn a_read_only_file_system_denies_access() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let file = mount.file("a", [0; 10]);
    mount.make_read_only();
    env.run(args!["filesize", &file]).ok().stdout("10\n");
    for path in [file, mount.path("new")] {
        env.run(args!["filesize", "--set", "1", &path]).refuses(
            4,
            format!("{}: cannot open: Read-only file system", path.display()),
        );
    }
}

#[test]
fn setting_a_size_creates_extends_and_truncates() {
    let env = Env::new();
    let path = env.path("f");
    let sizes = [
        ("1M", 1 << 20),
        ("1.5K", 1536),
        ("0", 0),
        ("2pg", 2 * page_size()),
    ];
    for (text, bytes) in sizes {
        env.run(["filesize", "--set", text, "f"])
            .ok()
            .stdout(format!("{bytes}\n"));
        assert_eq!(size(&path), bytes);
        assert_eq!(allocated(&path), 0);
    }
    let json = env
        .run(["filesize", "--set", "5", "f", "--json"])
        .ok()
        .json();
    assert_eq!(
        json,
        json!({"source": "file", "path": "f", "size": 5, "old_size": 2 * page_size(), "created": false})
    );
    let json = env
        .run(["filesize", "--set", "5", "g", "--json"])
        .ok()
        .json();
    assert_eq!(
        json,
        json!({"source": "file", "path": "g", "size": 5, "old_size": 0, "created": true})
    );
    env.run(["filesize", "--quiet", "--set", "9", "f", "g"])
        .ok()
        .stdout("");
    assert_eq!((size(&path), size(env.path("g"))), (9, 9));
}

#[test]
fn truncation_keeps_the_bytes_before_the_new_end() {
    let env = Env::new();
    let path = env.file("f", "abcdef");
    env.run(["filesize", "--set", "3", "f"]).ok();
    env.run(["filesize", "--set", "5", "f"]).ok();
    assert_eq!(fs::read(path).unwrap(), b"abc\0\0");
}

#[test]
fn the_size_of_a_tag_and_a_writable_descriptor_can_be_set() {
    let env = Env::new();
    let Some(tag) = env.tag("set") else { return };
    env.run(["filesize", "--tag", tag.name(), "--set", "1pg"])
        .ok();
    assert_eq!(size(tag.path()), page_size());
    let mode = fs::metadata(tag.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let file = env.file("f", "");
    for how in [Open::ReadWrite, Open::Append] {
        env.cmd(["filesize", "--fd", "4", "--set", "7"])
            .fd(4, how, &file)
            .run()
            .ok()
            .stdout("7\n");
        assert_eq!(size(&file), 7);
        fs::write(&file, "").unwrap();
    }
    env.cmd(["filesize", "--fd", "4", "--set", "7"])
        .fd(4, Open::Read, &file)
        .run()
        .refuses(
            4,
            "fd 4: cannot resize: the descriptor was opened for reading only",
        );
    assert_eq!(size(&file), 0);
}

#[test]
fn reserving_fills_the_holes_with_blocks() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = disk.path().join("f");
    let long = |args: &[&OsStr]| {
        let all = [
            &["filesize".as_ref(), "--long".as_ref(), "--json".as_ref()],
            args,
        ]
        .concat();
        let json = env.run(all).ok().json();
        ["size", "allocated", "holes", "pages"].map(|key| json[key].as_u64().unwrap())
    };
    let page = page_size();
    let name = path.as_os_str();
    let [size, blocks, holes, pages] = long(&["--set".as_ref(), "1M".as_ref(), name]);
    assert_eq!(
        [size, blocks, holes, pages],
        [1 << 20, 0, 1 << 20, (1 << 20) / page]
    );
    // Reserved blocks that were never written are holes only where the file system does not report extents.
    let reserved = env
        .run([
            "filesize".as_ref(),
            "--long".as_ref(),
            "--json".as_ref(),
            "--allocate".as_ref(),
            name,
        ])
        .ok()
        .json();
    let blocks = reserved["allocated"].as_u64().unwrap();
    assert_eq!(reserved["size"], 1 << 20);
    assert!(blocks >= 1 << 20 && allocated(&path) == blocks);
    let gaps = (&reserved["holes"], &reserved["unwritten"]);
    match extents(&path) {
        Some(list) => {
            assert!(
                list.iter().all(|extent| extent.contains("unwritten")),
                "{list:?}"
            );
            assert_eq!(gaps, (&json!(0), &json!(1 << 20)));
        }
        None => assert_eq!(gaps.0, 1 << 20),
    }
    fs::write(&path, vec![1; 3 * page as usize]).unwrap();
    let [size, _, holes, pages] = long(&[name]);
    assert_eq!([size, holes, pages], [3 * page, 0, 3]);
}

/// The extents of a file as filefrag(8) prints them; `None` without it, or if the file system does not report extents.
fn extents(path: &Path) -> Option<Vec<String>> {
    let out = Command::new("filefrag").arg("-v").arg(path).output().ok()?;
    let text = String::from_utf8(out.stdout).ok()?;
    let lines = text
        .lines()
        .filter(|line| line.trim_start().starts_with(|c: char| c.is_ascii_digit()));
    let list: Vec<String> = lines.map(str::to_owned).collect();
    (!list.is_empty()).then_some(list)
}

#[test]
fn holes_differ_from_unwritten_extents() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = disk.path().join("f");
    let page = page_size();
    let file = fs::File::create(&path).unwrap();
    let reserved = rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, 16 * page);
    if reserved.is_err() || extents(&path).is_none() {
        return skip("a file system with unwritten extents, and filefrag");
    }
    file.set_len(24 * page).unwrap();
    let gaps = || {
        let json = env
            .run(args!["filesize", "--long", "--json", &path])
            .ok()
            .json();
        ["holes", "unwritten"].map(|key| json[key].as_u64().unwrap() / page)
    };
    assert_eq!(gaps(), [8, 16]);
    // Data that is only in memory is no longer unwritten.
    file.write_all_at(&vec![1; 4 * page as usize], 4 * page)
        .unwrap();
    assert_eq!(gaps(), [8, 12]);
    file.sync_all().unwrap();
    assert_eq!(gaps(), [8, 12]);
    file.write_all_at(&[1], 20 * page).unwrap();
    file.sync_all().unwrap();
    assert_eq!(gaps(), [7, 12]);
}

#[test]
fn reserved_memory_without_contents_is_not_known_to_be_unwritten() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(4 << 20) else {
        return;
    };
    let path = mount.file("f", vec![1; 10]);
    let file = fs::File::options().write(true).open(&path).unwrap();
    let gaps = || {
        let json = env
            .run(args!["filesize", "--long", "--json", &path])
            .ok()
            .json();
        [json["holes"].clone(), json["unwritten"].clone()]
    };
    let page = page_size();
    file.set_len(3 * page).unwrap();
    assert_eq!(gaps(), [json!(2 * page), json!(0)]);
    rustix::fs::fallocate(&file, rustix::fs::FallocateFlags::empty(), 0, 3 * page).unwrap();
    assert_eq!(gaps(), [json!(2 * page), json!(null)]);
}

#[test]
fn a_long_listing_is_a_table_with_rounded_or_exact_sizes() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(4 << 20) else {
        return;
    };
    let page = page_size();
    mount.file("a", vec![1; page as usize]);
    fs::File::create(mount.path("hole"))
        .unwrap()
        .set_len(3 << 20)
        .unwrap();
    let run = env
        .cmd(["filesize", "--long", "--bytes", "a", "hole"])
        .cwd(mount.dir())
        .run();
    let row = |size: u64, blocks: u64, holes: u64, name: &str| {
        format!(
            "{size:>7}  {blocks:>9}  {holes:>7}          0  {:>5}  {name}\n",
            size / page
        )
    };
    run.ok().stdout(format!(
        "   SIZE  ALLOCATED    HOLES  UNWRITTEN  PAGES  NAME\n{}{}",
        row(page, page, 0, "a"),
        row(3 << 20, 0, 3 << 20, "hole")
    ));
    env.cmd(["filesize", "--long", "hole"])
        .cwd(mount.dir())
        .run()
        .ok()
        .stdout(format!(
            " SIZE  ALLOCATED  HOLES  UNWRITTEN  PAGES  NAME\n3 MiB        0 B  3 MiB        0 B  {:>5}  hole\n",
            (3 << 20) / page
        ));
}

#[test]
fn a_size_that_the_file_system_does_not_allow_is_disk_full_and_changes_nothing() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(8 << 20) else {
        return;
    };
    let file = mount.file("f", [7; 5000]);
    let before = (size(&file), allocated(&file));
    env.run(args!["filesize", "--set", "1P", &file]).refuses(
        6,
        format!("{}: cannot extend: File too large", file.display()),
    );
    env.run(args!["filesize", "--set", "1P", "--allocate", &file])
        .code(6)
        .stdout("");
    assert_eq!((size(&file), allocated(&file)), before);
    let new = mount.path("new");
    env.run(args!["filesize", "--set", "1P", &new]).code(6);
    assert!(!new.exists());
}

#[test]
fn reserving_more_than_the_free_space_is_disk_full_and_changes_nothing() {
    let env = Env::new();
    let Some(mounts) = small_file_systems(&env) else {
        return;
    };
    for mount in &mounts {
        let file = mount.file("f", [7; 5000]);
        let before = (size(&file), allocated(&file));
        // The test runs as root, who may use the reserved blocks.
        let stat = rustix::fs::statvfs(mount.dir()).unwrap();
        let free = stat.f_bfree * stat.f_frsize;
        let run = env.run(args!["filesize", "--set", "1G", "--allocate", &file]);
        run.code(6).stdout("").stderr_lines(1);
        let start = format!(
            "mmapctl: {}: cannot extend: 1023.99 MiB ({} bytes) more needed, ",
            file.display(),
            (1 << 30) - before.1
        );
        let line = run.err_text();
        assert!(line.starts_with(&start), "{line}");
        assert!(line.ends_with(&format!("({free} bytes) free\n")), "{line}");
        let error = env
            .run(args![
                "filesize",
                "--json",
                "--set",
                "1G",
                "--allocate",
                &mount.path("new")
            ])
            .code(6)
            .json_error();
        assert_eq!(error["code"], "disk_full");
        assert!(!mount.path("new").exists());
        assert_eq!((size(&file), allocated(&file)), before);
        // A hole needs no space.
        env.run(args!["filesize", "--set", "1G", &file]).ok();
        assert_eq!((size(&file), allocated(&file)), (1 << 30, before.1));
        let run = env.run(args!["filesize", "--allocate", &file]);
        let start = format!(
            "mmapctl: {}: cannot reserve blocks: 1023.99 MiB ",
            file.display()
        );
        assert!(run.code(6).err_text().starts_with(&start));
        assert_eq!((size(&file), allocated(&file)), (1 << 30, before.1));
    }
}

#[test]
fn exceeding_the_file_size_limit_is_an_error_and_not_a_signal() {
    let env = Env::new();
    let file = env.file("f", [7; 5000]);
    for allocate in [&[][..], &["--allocate"]] {
        env.cmd([&["filesize", "--set", "2M", "f"], allocate].concat())
            .limit(Limit::FileSize, 1 << 20)
            .run()
            .refuses(
                13,
                "f: cannot extend: 2 MiB (2097152 bytes) exceeds the file size limit of 1 MiB (1048576 bytes)",
            )
            .stderr_line_at(1, "hint: raise RLIMIT_FSIZE (ulimit -f)");
    }
    assert_eq!(size(&file), 5000);
    env.cmd(["filesize", "--set", "1M", "f"])
        .limit(Limit::FileSize, 1 << 20)
        .run()
        .ok();
}

#[test]
fn a_size_beyond_the_largest_offset_is_a_usage_error() {
    let env = Env::new();
    env.run(["filesize", "--set", "9223372036854775808", "f"])
        .refuses(
            2,
            "f: cannot resize: a size of 9223372036854775808 bytes exceeds 9223372036854775807, the largest offset",
        );
    assert!(!env.path("f").exists());
}

#[test]
fn names_are_quoted_in_a_pipe_and_in_messages_and_exact_in_json() {
    let env = Env::new();
    let name = OsStr::from_bytes(b"new\nline \xff\x1b[31m");
    env.file(name, "abc");
    env.file("b", "");
    env.run(args!["filesize", name, "b"])
        .ok()
        .stdout("3\t$'new\\nline \\xff\\x1b[31m'\n0\tb\n");
    let json = env.run(args!["filesize", "--json", name]).ok().json();
    assert_eq!(
        json,
        json!({"source": "file", "path_base64": "bmV3CmxpbmUg/xtbMzFt", "size": 3})
    );
    fs::remove_file(env.path(name)).unwrap();
    env.run(args!["filesize", name]).refuses(
        3,
        r"$'new\nline \xff\x1b[31m': cannot open: No such file or directory",
    );
    let error = env
        .run(args!["filesize", "--json", name])
        .code(3)
        .json_error();
    assert_eq!(
        error,
        json!({
            "code": "not_found",
            "message": "cannot open: No such file or directory",
            "subject": null,
            "subject_base64": "bmV3CmxpbmUg/xtbMzFt",
            "os_error": 2,
        })
    );
}

#[test]
fn names_are_escaped_on_a_terminal() {
    let env = Env::new();
    let Some(script) = env.peer("script") else {
        return;
    };
    env.file("a\nb\u{1b}[2J", "abc");
    env.file("c", "");
    let command = format!("{} filesize a* c", support::MMAPCTL);
    let run = env.tool(script, ["-qec", &command, "/dev/null"]).run();
    run.code(0).stdout("3\t$'a\\nb\\x1b[2J'\r\n0\tc\r\n");
}

#[test]
fn a_closed_output_does_not_stop_the_work() {
    let env = Env::new();
    env.cmd(["filesize", "--set", "1M", "a", "b"])
        .stdout(Sink::ClosedPipe)
        .run()
        .ok();
    assert_eq!(
        (size(env.path("a")), size(env.path("b"))),
        (1 << 20, 1 << 20)
    );
    env.cmd(["filesize", "--set", "2M", "a"])
        .stdout(Sink::Full)
        .run()
        .code(6)
        .stderr("mmapctl: standard output: cannot write: No space left on device\n");
    assert_eq!(size(env.path("a")), 2 << 20);
}

#[test]
fn invalid_sizes_are_quoted_in_the_refusal() {
    let env = Env::new();
    let page = page_size();
    for (text, bytes) in [
        ("1K", 1024),
        ("1KiB", 1024),
        ("1kB", 1000),
        ("0x1000", 4096),
        ("2pg", 2 * page),
        ("1_000", 1000),
        ("1.5M", 1_572_864),
        ("2Ki", 2048),
    ] {
        env.run(["filesize", "f", "--set", text])
            .ok()
            .stdout(format!("{bytes}\n"));
    }
    let before = size(env.path("f"));
    for (text, why) in [
        (
            "99999999999999999999",
            "must be at most 18446744073709551615",
        ),
        ("--1", "must not be negative"),
        ("+", "a number is required"),
        ("/0", "the multiple must not be 0"),
        ("%0", "the multiple must not be 0"),
        (
            "4Q",
            "unknown unit 'Q'; use K, M, G, T, P, E (1024), kB, MB, … (1000) or pg (pages)",
        ),
        ("", "a number is required"),
    ] {
        env.run(["filesize", "f", "--set", text])
            .refuses(
                2,
                format!("invalid value '{text}' for '--set <SIZE>': {why}"),
            )
            .stderr_lines(1);
    }
    assert_eq!(size(env.path("f")), before);
}

#[test]
fn size_changes_match_truncate() {
    let env = Env::new();
    let truncate = env.peer("truncate");
    let ours = env.path("ours");
    for (old, change, new) in [
        (Some(100), "+28", 128),
        (Some(100), "-28", 72),
        (Some(100), "-101", 0),
        (Some(100), "<40", 40),
        (Some(100), "<200", 100),
        (Some(100), ">40", 100),
        (Some(100), ">200", 200),
        (Some(100), "/64", 64),
        (Some(100), "/101", 0),
        (Some(128), "/64", 128),
        (Some(100), "%64", 128),
        (Some(128), "%64", 128),
        (Some(0), "%64", 0),
        (Some(100), "+1K", 1124),
        (Some(100), "+0", 100),
        (None, "+5", 5),
        (None, "-5", 0),
        (None, "<5", 0),
        (None, ">5", 5),
        (None, "/5", 0),
        (None, "%5", 0),
    ] {
        for name in ["ours", "theirs"] {
            let _ = fs::remove_file(env.path(name));
            if let Some(old) = old {
                env.file(name, vec![7; old]);
            }
        }
        env.run(["filesize", "--set", change, "ours"])
            .ok()
            .stdout(format!("{new}\n"));
        assert_eq!(size(&ours), new, "{old:?} {change}");
        let kept = old.unwrap_or(0).min(new as usize);
        assert!(
            fs::read(&ours).unwrap()[..kept]
                .iter()
                .all(|byte| *byte == 7)
        );
        if let Some(truncate) = &truncate {
            env.tool(truncate, ["-s", change, "theirs"]).run().ok();
            assert_eq!(size(env.path("theirs")), new, "{old:?} {change}");
        }
    }
    env.file("f", [7; 10]);
    let json = env.run(["filesize", "--json", "-s-3", "f"]).ok().json();
    assert_eq!(
        json,
        json!({"source": "file", "path": "f", "size": 7, "old_size": 10, "created": false})
    );
}

#[test]
fn a_change_beyond_the_largest_size_is_disk_full_and_changes_nothing() {
    let env = Env::new();
    let path = env.file("f", [7; 10]);
    for change in [
        "+9223372036854775807",
        "+18446744073709551615",
        ">9223372036854775808",
        "%18446744073709551615",
    ] {
        env.run(["filesize", "--set", change, "f"]).refuses(
            6,
            "f: cannot extend: the new size would exceed 9223372036854775807, the largest offset",
        );
    }
    env.run(["filesize", "--set", "+8E", "new"]).code(6);
    assert_eq!(fs::read(&path).unwrap(), [7; 10]);
    assert!(!env.path("new").exists());
}

#[test]
fn a_reference_provides_the_size_or_the_base_of_a_change() {
    let env = Env::new();
    let truncate = env.peer("truncate");
    env.file("other", [7; 100]);
    for (change, new) in [
        (None, 100),
        (Some("+5"), 105),
        (Some("-5"), 95),
        (Some("-500"), 0),
        (Some("<50"), 50),
        (Some(">50"), 100),
        (Some("/64"), 64),
        (Some("%64"), 128),
    ] {
        for old in [None, Some(7), Some(700)] {
            for name in ["f", "g", "theirs"] {
                let _ = fs::remove_file(env.path(name));
                if let Some(old) = old {
                    env.file(name, vec![1; old]);
                }
            }
            let options = |short: &str| change.map(|change| format!("{short}{change}"));
            env.cmd(["filesize", "--reference", "other", "f", "g"])
                .args(options("--set="))
                .run()
                .ok()
                .stdout(format!("{new}\tf\n{new}\tg\n"));
            assert_eq!((size(env.path("f")), size(env.path("g"))), (new, new));
            if let Some(truncate) = &truncate {
                env.tool(truncate, ["-r", "other", "theirs"])
                    .args(options("--size="))
                    .run()
                    .ok();
                assert_eq!(size(env.path("theirs")), new);
            }
        }
    }
    let path = env.file("f", "abc");
    env.run(["filesize", "--reference", "other", "--set", "5", "f"])
        .refuses(2, "--reference cannot be used with --set SIZE")
        .stderr_line_at(
            1,
            "hint: with --reference, --set takes a relative size: +SIZE, -SIZE, '<SIZE', '>SIZE', /SIZE or %SIZE",
        );
    for name in ["f", "new"] {
        env.run(["filesize", "--reference", "none", name])
            .refuses(3, "none: cannot open: No such file or directory")
            .stderr_lines(1);
        env.run(["filesize", "--reference", ".", name]).code(8);
        for change in ["+18446744073709551615", "+9223372036854775807"] {
            env.run(["filesize", "--reference", "other", "--set", change, name])
                .refuses(
                    6,
                    format!(
                        "{name}: cannot extend: the new size would exceed 9223372036854775807, the largest \
                         offset"
                    ),
                );
        }
    }
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    assert!(!env.path("new").exists());
    // A new size cannot be used with a range.
    let reserve = ["--allocate", "--offset", "90", "--length", "20"];
    env.cmd(["filesize", "--reference", "other", "f"])
        .args(reserve)
        .run()
        .code(2);
    env.cmd(["filesize", "--reference", "-", "f", "g"])
        .spawn_reading(fs::File::open(env.path("other")).unwrap())
        .wait()
        .ok()
        .stdout("100\tf\n100\tg\n");
    assert_eq!(size(&path), 100);
}

#[test]
fn range_reservation_matches_fallocate() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let fallocate = env.peer("fallocate");
    let (ours, theirs) = (disk.path().join("ours"), disk.path().join("theirs"));
    for (old, offset, length) in [
        (Some(1 << 20), 64 << 10, 64 << 10),
        (Some(1 << 20), 1, 1),
        (Some(1 << 20), 1 << 20, 64 << 10),
        (Some(1 << 20), 2 << 20, 64 << 10),
        (Some(1 << 20), (1 << 20) - 10, 20),
        (Some(0), 0, 100_000),
        (None, 0, 100_000),
        (None, 64 << 10, 5),
    ] {
        let (o, l) = (offset.to_string(), length.to_string());
        for path in [&ours, &theirs] {
            let _ = fs::remove_file(path);
            if let Some(old) = old {
                fs::File::create(path).unwrap().set_len(old).unwrap();
            }
        }
        env.run(args![
            "filesize",
            "-q",
            "--allocate",
            "-o",
            &o,
            "-n",
            &l,
            &ours
        ])
        .ok();
        assert_eq!(size(&ours), old.unwrap_or(0).max(offset + length));
        if let Some(fallocate) = &fallocate {
            env.tool(fallocate, args!["-o", &o, "-l", &l, &theirs])
                .run()
                .ok();
            assert_eq!(
                (size(&ours), allocated(&ours)),
                (size(&theirs), allocated(&theirs)),
                "{old:?} {offset} {length}"
            );
        }
    }
    // The rest of the file, without a length; an offset may count from the end.
    fs::File::create(&ours).unwrap().set_len(1 << 20).unwrap();
    env.run(args!["filesize", "-q", "--allocate", "-o", "-64K", &ours])
        .ok();
    assert_eq!((size(&ours), allocated(&ours)), (1 << 20, 64 << 10));
}

#[test]
fn a_range_to_reserve_must_fit_and_changes_nothing_otherwise() {
    let env = Env::new();
    let path = env.file("f", [7; 100]);
    let hint = "hint: add --allocate to reserve the blocks of the range";
    for range in [
        &["-o", "5"][..],
        &["-o", "0"],
        &["-n", "5"],
        &["-n", "5", "--set", "50"],
    ] {
        env.cmd(["filesize", "f"])
            .args(range)
            .run()
            .refuses(2, "a range requires --allocate")
            .stderr_line_at(1, hint);
    }
    for range in [
        &["-n", "0"][..],
        &["-o", "200", "-n", "0"],
        &["--range", "4K..4K"],
    ] {
        for name in ["f", "new"] {
            env.cmd(["filesize", name, "--allocate"])
                .args(range)
                .run()
                .refuses(2, "--allocate needs a range that is not empty");
        }
        assert_eq!((size(&path), env.path("new").exists()), (100, false));
    }
    for (arguments, code, message) in [
        (
            &["-n", "6", "-s", "50"][..],
            2,
            "a new size cannot be used with a range",
        ),
        (
            &["-o", "101"],
            5,
            "f: offset 101 is beyond the end: the size is 100 bytes",
        ),
        (
            &["-o", "-101"],
            2,
            "f: offset -101 is before the start: the size is 100 bytes, so the lowest is -100",
        ),
        (
            &["-o", "8E", "-n", "1"],
            2,
            "f: offset 9223372036854775808 + length 1 exceeds 9223372036854775807, the largest offset",
        ),
    ] {
        env.cmd(["filesize", "f", "--allocate"])
            .args(arguments)
            .run()
            .refuses(code, message);
    }
    env.cmd(["filesize", "f", "--allocate", "-n", "2M"])
        .limit(Limit::FileSize, 1 << 20)
        .run()
        .code(13);
    assert_eq!(fs::read(&path).unwrap(), [7; 100]);
    let Some(mounts) = small_file_systems(&env) else {
        return;
    };
    for mount in &mounts {
        let file = mount.file("f", [7; 5000]);
        let before = (size(&file), allocated(&file));
        for (offset, verb) in [("0", "extend"), ("1G", "extend")] {
            let run = env.run(args![
                "filesize",
                &file,
                "--allocate",
                "-o",
                offset,
                "-n",
                "1G"
            ]);
            let start = format!("mmapctl: {}: cannot {verb}: ", file.display());
            assert!(run.code(6).err_text().starts_with(&start));
            assert_eq!((size(&file), allocated(&file)), before);
        }
        let new = mount.path("new");
        env.run(args!["filesize", &new, "--allocate", "-n", "1G"])
            .code(6);
        assert!(!new.exists());
        // A range that fits is reserved in a file that does not fit.
        env.run(args!["filesize", "-q", &file, "--set", "1G"]).ok();
        env.run(args![
            "filesize",
            "-q",
            &file,
            "--allocate",
            "-o",
            "512M",
            "-n",
            "64K"
        ])
        .ok();
        assert_eq!(
            (size(&file), allocated(&file)),
            (1 << 30, before.1 + (64 << 10))
        );
    }
}

#[test]
fn seals_and_attributes_that_forbid_a_size_are_hinted_at() {
    let env = Env::new();
    let Some(python3) = env.peer("python3") else {
        return;
    };
    // F_ADD_SEALS with F_SEAL_SHRINK and F_SEAL_GROW.
    let script = "import fcntl,os,sys\nfd=os.memfd_create('x',os.MFD_ALLOW_SEALING)\n\
        os.ftruncate(fd,10)\nfcntl.fcntl(fd,1033,6)\nos.dup2(fd,5)\nos.execv(sys.argv[1],sys.argv[1:])";
    for (size, verb) in [("3", "shrink"), ("30", "extend")] {
        let program = env!("CARGO_BIN_EXE_mmapctl");
        env.tool(&python3, ["-c", script, program, "filesize", "--fd", "5", "--set", size])
            .run()
            .code(4)
            .stderr(format!(
                "mmapctl: fd 5: cannot {verb}: Operation not permitted\n\
                 hint: its size may be sealed (fcntl(2), F_GET_SEALS), or it is append-only (lsattr)\n"
            ));
    }
}
