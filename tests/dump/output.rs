//! Outputs of dumps: pipes, full devices, files.

use std::fs;
use std::io::Read;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::plain;
use crate::support::{Env, Limit, Sink, allocated, args, page_size, pattern, size};

const FORMATS: [&str; 7] = ["hexyl", "xxd", "canonical", "plain", "c", "values", "raw"];

#[test]
fn a_closed_pipe_is_a_silent_success() {
    let env = Env::new();
    env.file("f", pattern(3 << 20));
    for format in FORMATS {
        for sink in [Sink::ClosedPipe, Sink::ClosedAfter(100_000)] {
            let run = env.cmd(["dump", "f", "-f", format]).stdout(sink).run();
            run.code(0).stderr("");
        }
    }
    env.cmd(["dump", "f", "--json"])
        .stdout(Sink::ClosedPipe)
        .run()
        .code(0)
        .stderr("");
}

#[test]
fn a_full_device_is_reported_as_a_failure() {
    let env = Env::new();
    env.file("small", pattern(10));
    env.file("large", pattern(1 << 20));
    for name in ["small", "large"] {
        for format in FORMATS {
            env.cmd(["dump", name, "-f", format])
                .stdout(Sink::Full)
                .run()
                .code(6)
                .stderr("mmapctl: standard output: cannot write: No space left on device\n");
            env.run(["dump", name, "-f", format, "--output", "/dev/full"])
                .refuses(6, "/dev/full: cannot write: No space left on device")
                .stderr_lines(1);
        }
    }
    env.cmd(["dump", "small", "--json"])
        .stdout(Sink::Full)
        .run()
        .code(6);
}

#[test]
fn a_dash_names_no_output_file() {
    let env = Env::new();
    env.file("f", "abc");
    env.run(["dump", "f", "--output", "-"])
        .refuses(2, "--output takes a file name, and '-' is not one")
        .stderr_line_at(
            1,
            "hint: omit --output to write to standard output; ./- names a file",
        );
    assert!(!env.path("-").exists());
    env.run(["dump", "f", "--output", "./-"]).ok().stdout("");
    assert_eq!(fs::read(env.path("-")).unwrap(), b"abc");
}

#[test]
fn a_file_gets_the_same_bytes_as_standard_output() {
    let env = Env::new();
    env.file("f", [&pattern(5000)[..], &[0; 5000]].concat());
    for format in FORMATS {
        let expected = env.run(["dump", "f", "-f", format]);
        env.run(["dump", "f", "-f", format, "--output", "out"])
            .ok()
            .stdout("");
        assert!(
            fs::read(env.path("out")).unwrap() == expected.ok().out(),
            "{format}"
        );
    }
    let coloured = env.run(["dump", "f", "--color", "always"]);
    env.run([
        "dump", "f", "-f", "hexyl", "--color", "always", "--output", "out",
    ])
    .ok();
    assert!(fs::read(env.path("out")).unwrap() == coloured.ok().out());
}

#[test]
fn an_existing_file_is_replaced_completely() {
    let env = Env::new();
    env.file("f", b"abc");
    env.file("out", pattern(100_000));
    env.run(["dump", "f", "-f", "raw", "--output", "out"]).ok();
    assert_eq!(fs::read(env.path("out")).unwrap(), b"abc");
}

#[test]
fn the_source_itself_is_refused_under_any_name() {
    let env = Env::new();
    let path = env.file("f", pattern(100));
    fs::hard_link(&path, env.path("hard")).unwrap();
    symlink("f", env.path("soft")).unwrap();
    for name in ["f", "./f", "hard", "soft"] {
        for format in FORMATS {
            env.run(["dump", "f", "-f", format, "--output", name])
                .refuses(2, format!("{name}: output and source are the same file"));
        }
    }
    env.run(["dump", "soft", "--output", "hard"])
        .refuses(2, "hard: output and source are the same file");
    let Some(tag) = env.tag("self") else { return };
    let region = tag.create(pattern(100));
    env.run(args!["dump", "--tag", tag.name(), "--output", &region])
        .refuses(
            2,
            format!("{}: output and source are the same file", region.display()),
        );
    assert!(fs::read(&path).unwrap() == pattern(100) && fs::read(&region).unwrap() == pattern(100));
}

#[test]
fn an_incomplete_new_file_is_removed() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(64 * page_size()) else {
        return;
    };
    env.file("f", pattern(100 * page_size() as usize));
    for format in FORMATS {
        let new = mount.path("new");
        env.run(args!["dump", "f", "-f", format, "--output", &new])
            .refuses(
                6,
                format!("{}: cannot write: No space left on device", new.display()),
            );
        assert!(!new.exists(), "{format}");
        let old = mount.file("old", "x");
        env.run(args!["dump", "f", "-f", format, "--output", &old])
            .code(6);
        assert!(old.exists(), "{format}");
        fs::remove_file(old).unwrap();
    }
}

#[test]
fn nothing_is_created_or_truncated_if_the_source_fails_first() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.file("out", b"precious");
    for source in [
        &["none"][..],
        &["."],
        &["f", "-o", "101"],
        &["f", "-o", "-101"],
        &["/proc/self/mem"],
    ] {
        for out in ["out", "new"] {
            let run = env.cmd(["dump", "--output", out]).args(source).run();
            run.stdout("");
            assert_ne!(run.err_text(), "");
        }
        assert!(!env.path("new").exists());
        assert_eq!(fs::read(env.path("out")).unwrap(), b"precious");
    }
}

#[test]
fn unwritable_outputs_are_refused_with_the_reason() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.run(["dump", "f", "--output", "no/file"])
        .refuses(3, "no/file: cannot open: No such file or directory");
    env.run(["dump", "f", "--output", "."])
        .refuses(8, ".: cannot open: Is a directory");
    let Some(user) = env.other_user() else { return };
    env.cmd(["dump", "f", "--output", "new"])
        .user(&user)
        .run()
        .refuses(4, "new: cannot open: Permission denied");
}

#[test]
fn a_dangling_link_is_followed() {
    let env = Env::new();
    env.file("f", b"abc");
    symlink("target", env.path("link")).unwrap();
    env.run(["dump", "f", "-f", "raw", "--output", "link"]).ok();
    assert_eq!(fs::read(env.path("target")).unwrap(), b"abc");
}

#[test]
fn holes_stay_holes_in_raw() {
    let env = Env::new();
    let Some(directory) = env.on_disk() else {
        return;
    };
    let path = directory.path().join("f");
    let out = directory.path().join("out");
    let file = fs::File::create(&path).unwrap();
    file.set_len(32 << 20).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, b"data", 16 << 20).unwrap();
    env.run(args!["dump", &path, "-f", "raw", "--output", &out])
        .ok();
    assert_eq!(size(&out), 32 << 20);
    assert!(allocated(&out) < 1 << 20);
    assert!(fs::read(&out).unwrap() == fs::read(&path).unwrap());
}

#[test]
fn verbose_reports_the_bytes_written_and_quiet_keeps_the_dump() {
    let env = Env::new();
    env.file("f", b"abc");
    env.run(["dump", "f", "-f", "plain", "--output", "out", "-v"])
        .code(0)
        .stdout("")
        .stderr_line_at(1, "mmapctl: detail: f: 3 B shown, 7 B written");
    env.run([
        "dump", "f", "-f", "plain", "--output", "out", "-v", "--bytes",
    ])
    .code(0)
    .stderr_line_at(1, "mmapctl: detail: f: 3 shown, 7 written");
    env.run(["dump", "f", "-f", "plain", "-q"])
        .ok()
        .stdout(plain(b"abc"));
}

#[test]
fn a_file_larger_than_the_limit_is_not_left_behind() {
    let env = Env::new();
    env.file("f", pattern(100_000));
    for format in ["raw", "xxd"] {
        env.cmd(["dump", "f", "-f", format, "--output", "out"])
            .limit(Limit::FileSize, 10 << 10)
            .run()
            .refuses(
                13,
                "out: cannot write: the file size limit is 10 KiB (10240 bytes)",
            )
            .stderr_line_at(1, "hint: raise RLIMIT_FSIZE (ulimit -f)");
        assert!(!env.path("out").exists());
    }
}

#[test]
fn bytes_spliced_to_another_pipe_do_not_change() {
    let env = Env::new();
    env.file("f", pattern(12 << 20));
    for format in ["raw", "xxd", "hexyl", "values"] {
        env.run(["dump", "f", "-f", format, "--output", "expected"])
            .ok();
        let expected = fs::read(env.path("expected")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mmapctl"))
            .args(["dump", "f", "-f", format])
            .current_dir(env.dir())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = child.stdout.take().unwrap();
        // Pages of the output are spliced to another pipe, and are still there when the program has ended.
        let (mut kept, keeper) = std::io::pipe().unwrap();
        rustix::pipe::fcntl_setpipe_size(&keeper, 1 << 20).unwrap();
        let mut passed = 0;
        while passed < 400_000 {
            let flags = rustix::pipe::SpliceFlags::empty();
            passed += rustix::pipe::splice(&output, None, &keeper, None, 50_000, flags).unwrap();
        }
        drop(keeper);
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        assert!(child.wait().unwrap().success());
        let mut all = Vec::new();
        kept.read_to_end(&mut all).unwrap();
        assert_eq!(all.len(), passed);
        all.extend(rest);
        assert!(all == expected, "{format}");
    }
}

#[test]
fn a_long_dump_ends_quietly_when_its_reader_closes_the_pipe() {
    let env = Env::new();
    env.file("f", pattern(12 << 20));
    for format in FORMATS {
        for enough in [1, 5_000_000] {
            let sink = Sink::ClosedAfter(enough);
            let run = env.cmd(["dump", "f", "-f", format]).stdout(sink).run();
            run.code(0).stderr("");
        }
    }
}
