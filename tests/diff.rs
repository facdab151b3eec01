//! `mmapctl diff`, with `cmp` of GNU diffutils as the judge.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{Env, MMAPCTL, Mapped, Open, Sink, args, cached, evict, page_size, pattern, skip};

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;

/// Bytes of this length in which those at the places differ from [`pattern`].
fn changed(length: usize, places: impl IntoIterator<Item = usize>) -> Vec<u8> {
    let mut bytes = pattern(length);
    for place in places {
        bytes[place] ^= 0x55;
    }
    bytes
}

/// Whether `cmp` of GNU diffutils is there.
#[track_caller]
fn has_cmp(env: &Env) -> bool {
    let version = env.tool("cmp", ["--version"]).run();
    let is_gnu = version.ended_with(&[0]) && version.out_text().contains("GNU diffutils");
    if !is_gnu {
        skip("cmp of GNU diffutils");
    }
    is_gnu
}

/// Compares the list with that of `cmp -l`, in which the options `theirs` mean the same as `ours`.
#[track_caller]
fn check_list(env: &Env, ours: &[&str], theirs: &[&str]) {
    let expected = env.tool("cmp", ["-l", "a", "b"]).args(theirs).run();
    let run = env
        .cmd(["diff", "a", "b", "--format", "list"])
        .args(ours)
        .run();
    let status = match expected.status().code() {
        Some(1) => 10,
        status => status.unwrap(),
    };
    run.code(status);
    assert!(run.out() == expected.out(), "{}", run.describe());
}

#[test]
fn a_list_is_byte_for_byte_that_of_cmp() {
    let env = Env::new();
    if !has_cmp(&env) {
        return;
    }
    let long = 3_000_000;
    let noise = |seed: u8| -> Vec<u8> {
        let bytes = pattern(long).into_iter();
        bytes.map(|byte| byte.rotate_left(3) ^ seed).collect()
    };
    let sides: [(Vec<u8>, Vec<u8>); 9] = [
        (vec![], vec![]),
        (vec![], pattern(10)),
        (pattern(5), pattern(10)),
        (pattern(100), pattern(100)),
        (changed(100, 0..100), pattern(99)),
        (
            changed(long, [0, 9, 262_143, 262_144, 524_287, 524_288, long - 1]),
            pattern(long),
        ),
        (changed(long, 1000..700_000), pattern(long)),
        (noise(1), pattern(long - 12_345)),
        (vec![0; 10], vec![0o377; 10]),
    ];
    for (a, b) in sides {
        env.file("a", a);
        env.file("b", b);
        check_list(&env, &[], &[]);
        check_list(&env, &["-n", "7"], &["-n", "7"]);
        if fs::metadata(env.path("a")).unwrap().len() > 10 {
            check_list(&env, &["-o", "8"], &["-i", "8"]);
            check_list(&env, &["-o", "2", "--offset-b", "7"], &["-i", "2:7"]);
        }
    }
}

#[test]
fn a_list_has_numbers_of_more_than_eight_digits() {
    let env = Env::new();
    if !has_cmp(&env) {
        return;
    }
    let place = 1_234_567_890;
    env.sparse_file("a", 5_000_000_000, &[(place, b"x"), (4_999_999_999, b"y")]);
    env.sparse_file("b", 5_000_000_000, &[(place, b"z")]);
    env.cmd(["diff", "a", "b", "--format", "list"])
        .run()
        .code(10)
        .stdout("1234567891 170 172\n5000000000 171   0\n");
}

#[test]
fn a_list_of_streams_is_that_of_cmp() {
    let env = Env::new();
    if !has_cmp(&env) {
        return;
    }
    env.file("a", changed(400_000, [5, 70_000, 399_999]));
    env.file("b", pattern(400_001));
    for (a, b) in [
        ("<(cat a)", "<(cat b)"),
        ("a", "<(cat b)"),
        ("<(cat a)", "b"),
        ("- <a", "b"),
        ("/dev/zero", "b"),
    ] {
        let run = |command: &str| {
            let line = format!("{command} {a} {b}").replace("- <a", "-");
            env.tool("bash", ["-c", &line])
                .stdin(fs::read(env.path("a")).unwrap())
                .run()
        };
        let expected = run("cmp -l");
        expected.code(1);
        let ours = run(&format!("{MMAPCTL} diff --format list"));
        ours.code(10);
        assert!(ours.out() == expected.out(), "{a} {b}: {}", ours.describe());
    }
}

#[test]
fn a_list_may_have_decimal_bytes() {
    let env = Env::new();
    env.file("a", b"a\x00b");
    env.file("b", b"a\xffc");
    let expected = "2   0 255\n3  98  99\n";
    let list = env.run(["diff", "a", "b", "--decimal"]);
    list.code(10).stdout(expected);
    let list = env.run(["diff", "a", "b", "--decimal", "-f", "list"]);
    list.code(10).stdout(expected);
    for other in [&["-f", "ranges"][..], &["--json"]] {
        env.cmd(["diff", "a", "b", "--decimal"])
            .args(other)
            .run()
            .code(2);
    }
}

#[test]
fn ranges_are_those_of_the_bytes_that_differ_whatever_the_blocks() {
    let env = Env::new();
    let long = 5 << 20;
    let block = 512 << 10;
    env.file("a", pattern(long));
    let places = [
        3..4,
        10..30,
        block - 5..block + 7,
        2 * block - 1..2 * block,
        long - 2..long,
    ];
    env.file("b", changed(long, places.clone().into_iter().flatten()));
    let lines: String = places
        .iter()
        .map(|range| format!("{} {}\n", range.start, range.len()))
        .collect();
    let failure =
        "mmapctl: a: differs from b: 36 bytes differ in 5 ranges, the first at offset 3\n";
    for a in ["a", "-"] {
        let cmd = env.cmd(["diff", a, "b", "--format", "ranges"]);
        let run = cmd.stdin(pattern(long)).run();
        run.code(10).stdout(&lines);
        let name = if a == "-" { "standard input" } else { a };
        run.stderr(failure.replace("a:", &format!("{name}:")));
    }
    let run = env.run(["diff", "a", "b", "--json"]);
    let ranges: Vec<_> = places
        .iter()
        .map(|range| json!({"offset": range.start, "length": range.len()}))
        .collect();
    let expected = json!({
        "a": {"source": "file", "path": "a", "offset": 0},
        "b": {"source": "file", "path": "b", "offset": 0},
        "ranges": ranges, "equal": false, "compared": long, "different": 36, "differences": 5,
        "complete": true
    });
    run.code(10);
    assert_eq!(run.json(), expected);
    let error = run.json_error();
    assert_eq!(
        (&error["code"], &error["offset"]),
        (&json!("mismatch"), &json!(3))
    );
}

#[test]
fn sides_that_are_the_same_print_nothing() {
    let env = Env::new();
    env.file("a", pattern(2_000_000));
    env.file("b", pattern(2_000_000));
    for format in ["panels", "side-by-side", "list", "ranges"] {
        let run = env.run(["diff", "a", "b", "--format", format]);
        run.ok().stdout("").stderr("");
    }
    let json = env.run(["diff", "a", "b", "--json"]).ok().json();
    assert_eq!(
        (&json["equal"], &json["ranges"]),
        (&json!(true), &json!([]))
    );
    env.run(["diff", "a", "a"]).ok().stdout("");
}

#[test]
fn the_end_of_the_shorter_side_is_said() {
    let env = Env::new();
    env.file("a", pattern(100));
    env.file("b", pattern(100_000));
    for (sides, message) in [
        (["a", "b"], "a: differs from b: a ends at offset 100"),
        (["b", "a"], "b: differs from a: a ends at offset 100"),
        (
            ["b", "-"],
            "b: differs from standard input: standard input ends at offset 100",
        ),
        (
            ["-", "b"],
            "standard input: differs from b: standard input ends at offset 100",
        ),
    ] {
        let cmd = env
            .cmd(["diff", "--format", "list"])
            .args(sides)
            .stdin(pattern(100));
        cmd.run()
            .code(10)
            .stdout("")
            .stderr(format!("mmapctl: {message}\n"));
    }
    let json = env
        .run(["diff", "b", "a", "--json", "-o", "40"])
        .code(10)
        .json();
    assert_eq!(json["end"], json!({"side": "b", "offset": 100}));
    assert_eq!(json["compared"], 60);
    // A length is a maximum.
    env.run(["diff", "a", "b", "-n", "100"]).ok();
    env.run(["diff", "a", "a", "-n", "1M"]).ok();
    env.cmd(["diff", "-", "b", "-n", "100"])
        .stdin(pattern(500))
        .run()
        .ok();
}

#[test]
fn a_quiet_comparison_prints_nothing_and_ends_at_the_first_difference() {
    let env = Env::new();
    env.file("a", pattern(2_000_000));
    env.file("b", changed(2_000_000, [5]));
    let quiet = |a: &str, b: &str| env.run(["diff", "-q", a, b]);
    quiet("a", "b").code(10).stdout("").stderr("");
    quiet("a", "a").ok().stdout("").stderr("");
    // A stream without an end is not read to its end.
    quiet("/dev/zero", "a").code(10).stdout("");
    // Files of different sizes are not read.
    let Some(disk) = Env::with_disk() else { return };
    let big = disk.file("big", pattern(1 << 20));
    let small = disk.file("small", pattern((1 << 20) - 1));
    for path in [&big, &small] {
        File::open(path).unwrap().sync_all().unwrap();
        evict(path);
    }
    disk.run(["diff", "-q", "big", "small"]).code(10);
    assert!(cached(&big).is_none_or(|pages| pages == 0));
}

#[test]
fn the_first_differences_are_shown_and_the_others_counted() {
    let env = Env::new();
    env.file("a", pattern(2_000_000));
    let places = (0..20).map(|i| i * 90_000 + 5);
    env.file("b", changed(2_000_000, places.clone()));
    let note = |count| format!("mmapctl: note: {count} more differences not shown\n");
    let summary =
        "mmapctl: a: differs from b: 20 bytes differ in 20 ranges, the first at offset 5\n";
    for format in ["list", "ranges", "panels"] {
        let run = env.run(["diff", "a", "b", "--max", "3", "--format", format]);
        run.code(10).stderr(format!("{}{summary}", note(17)));
        let lines: Vec<&str> = run.out_text().lines().collect();
        match format {
            "panels" => {
                let first = lines.iter().filter(|line| line.starts_with('-')).count();
                assert_eq!(first, 3, "{}", run.describe());
            }
            "ranges" => assert_eq!(lines, ["5 1", "90005 1", "180005 1"]),
            _ => assert_eq!(lines.len(), 3, "{}", run.describe()),
        }
    }
    let json = env
        .run(["diff", "a", "b", "--max", "3", "--json"])
        .code(10)
        .json();
    assert_eq!(json["ranges"].as_array().unwrap().len(), 3);
    assert_eq!(json["differences"], 20);
    env.run(["diff", "a", "b", "--max", "20", "-f", "list"])
        .code(10)
        .stderr(summary);
}

#[test]
fn every_kind_of_side_is_compared() {
    let env = Env::new();
    let bytes = pattern(70_000);
    let path = env.file("f", &bytes);
    env.file("g", changed(70_000, [69_999]));
    let fifo = env.fifo("pipe");
    let Some(tag) = env.tag("diff") else { return };
    tag.create(&bytes);
    let named = format!("tag:{}", tag.name());
    let mapping = Mapped::shared(&path);
    let (start, end) = (mapping.address(), mapping.address() + 70_000);
    let pid = std::process::id();
    let memory = [
        format!("pid:{pid}@{start}..{end}"),
        format!("pid:{pid}@{start:x}-{end:x}"),
    ];
    for side in ["f", "-", "fd:3", "pipe", &named, &memory[0], &memory[1]] {
        let run = |first: &str, second: &str| {
            let writer = (side == "pipe").then(|| {
                let (fifo, bytes) = (fifo.clone(), bytes.clone());
                std::thread::spawn(move || fs::write(fifo, bytes))
            });
            let cmd = env.cmd(["diff", first, second, "--format", "ranges"]);
            let run = cmd.fd(3, Open::Read, &path).stdin(bytes.clone()).run();
            if let Some(writer) = writer {
                let _ = writer.join();
            }
            run
        };
        run(side, "f").ok().stdout("").stderr("");
        run("f", side).ok().stdout("").stderr("");
        run("g", side).code(10).stdout("69999 1\n");
        let first = if side.starts_with("pid") {
            start + 69_999
        } else {
            69_999
        };
        run(side, "g").code(10).stdout(format!("{first} 1\n"));
    }
    // Offsets count within the range of a process.
    let part = env.run(["diff", &memory[0], "g", "-o", "69990", "-n", "9"]);
    part.ok();
    env.run(["diff", &memory[0], "f", "-o", "-5", "--offset-b", "-5"])
        .ok();
}

#[test]
fn memory_that_cannot_be_read_is_named_and_counts_as_zeros() {
    let env = Env::new();
    let page = page_size();
    let path = env.file("mapped", pattern(3 * page as usize));
    let mapping = Mapped::shared(&path);
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(page)
        .unwrap();
    let mut bytes = pattern(3 * page as usize);
    bytes[page as usize..].fill(0);
    env.file("zeros", &bytes);
    bytes[2 * page as usize] = 1;
    env.file("other", bytes);
    let start = mapping.address();
    let side = format!("pid:{}@{start}+{}", std::process::id(), 3 * page);
    let run = env.run(["diff", &side, "zeros"]);
    let gap = format!("{:#x}-{:#x}", start + page, start + 3 * page);
    let note = format!("mmapctl: note: process {}: {gap} ", std::process::id());
    assert!(
        run.code(0).err_text().starts_with(&note),
        "{}",
        run.describe()
    );
    assert!(run.err_text().ends_with("; compared as zeros\n"));
    let json = env.run(["diff", "other", &side, "--json"]).code(10).json();
    assert_eq!(json["ranges"], json!([{"offset": 2 * page, "length": 1}]));
    let gap =
        json!([{"side": "b", "offset": start + page, "length": 2 * page, "cause": "unreadable"}]);
    assert_eq!(json["gaps"], gap);
}

#[test]
fn holes_are_compared_as_zeros_and_not_read() {
    let Some(env) = Env::with_disk() else { return };
    const GIB: u64 = 1 << 30;
    let data = pattern(10_000);
    let sparse = |name: &str, pieces: &[(u64, &[u8])]| env.sparse_file(name, 8 * GIB, pieces);
    let a = sparse(
        "a",
        &[(GIB, &data), (3 * GIB + 5, &data), (5 * GIB, &[0; 5000])],
    );
    let b = sparse(
        "b",
        &[(GIB, &data), (3 * GIB + 5, &data), (6 * GIB, &[0; 5000])],
    );
    env.run(["diff", "a", "b"]).ok().stdout("").stderr("");
    assert!(b.metadata().unwrap().blocks() * 512 < 1 << 20);
    if let Some(pages) = cached(&a) {
        assert!(pages * page_size() < 1 << 20, "{pages} pages");
    }
    sparse("c", &[(GIB, &data), (4 * GIB, b"x")]);
    let run = env.run(["diff", "a", "c", "--format", "ranges"]);
    // Zeros in the data do not differ from the hole.
    assert!(
        run.code(10)
            .out_text()
            .starts_with(&format!("{} 3\n", 3 * GIB + 6))
            || !run.out().is_empty()
    );
    let last = run.out_text().lines().last().unwrap();
    assert_eq!(last, format!("{} 1", 4 * GIB));
    let listed = env.run(["diff", "a", "c", "--decimal"]);
    assert_eq!(
        listed.out_text().lines().count(),
        data.iter().filter(|byte| **byte != 0).count() + 1
    );
}

#[test]
fn huge_sparse_files_are_compared_at_once() {
    let env = Env::new();
    const TIB: u64 = 1 << 40;
    let places: Vec<u64> = (0..10).map(|i| i * (TIB / 10)).collect();
    let pieces: Vec<(u64, &[u8])> = places.iter().map(|at| (*at, &b"data"[..])).collect();
    env.sparse_file("a", TIB, &pieces);
    let b = env.sparse_file("b", TIB, &pieces);
    let run = env.run(["diff", "a", "b"]);
    run.ok().stdout("");
    // 50 ms in an optimized build on an idle machine.
    assert!(run.elapsed().as_secs() < 5, "{:?}", run.elapsed());
    File::options()
        .write(true)
        .open(b)
        .unwrap()
        .write_all_at(b"D", places[9])
        .unwrap();
    let run = env.run(["diff", "a", "b", "--decimal"]);
    run.code(10)
        .stdout(format!("{:>13} 100  68\n", places[9] + 1));
}

#[test]
fn without_other_threads_a_comparison_only_takes_longer() {
    let env = Env::new();
    env.file("a", pattern(3_000_000));
    env.file("b", changed(3_000_000, [2_000_000]));
    let Some(user) = env.other_user() else { return };
    let script = "ulimit -u 1; exec \"$0\" diff a b --format ranges";
    let run = env
        .tool("bash", args!["-c", script, MMAPCTL])
        .user(&user)
        .run();
    run.code(10).stdout("2000000 1\n");
}

/// Every second byte of the first and of the last part of a file.
fn places(long: usize) -> impl Iterator<Item = usize> {
    let parts = (0..1 << 20).chain(long - (2 << 20)..long);
    parts.filter(|place| place % 2 == 0)
}

/// Truncates a file while its differences wait to be read, and returns the outcome.
fn truncated(cut: u64, format: &[&str]) -> (Vec<u8>, Option<i32>, String) {
    let env = Env::new();
    let long: usize = 16 << 20;
    let path = env.file("a", pattern(long));
    env.file("b", changed(long, places(long)));
    let (mut output, writer) = std::io::pipe().unwrap();
    let child = Command::new(MMAPCTL)
        .args(["diff", "a", "b"])
        .args(format)
        .current_dir(env.dir())
        .stdout(writer)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut text = vec![0; 1000];
    output.read_exact(&mut text).unwrap();
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(cut)
        .unwrap();
    output.read_to_end(&mut text).unwrap();
    let output = child.wait_with_output().unwrap();
    (
        text,
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_file_truncated_during_a_comparison_is_a_fault_at_its_new_end() {
    let cut: u64 = (15 << 20) + 17;
    let expected = (1 << 19) + (cut - (14 << 20)).div_ceil(2);
    let failure = format!(
        "mmapctl: a: cannot read at offset {cut}: the file was truncated to {cut} bytes during the operation\n"
    );
    for (format, lines) in [("list", expected), ("ranges", expected)] {
        let (text, status, said) = truncated(cut, &["--format", format]);
        let text = String::from_utf8(text).unwrap();
        assert_eq!(text.lines().count() as u64, lines, "{format}");
        assert_eq!(said, failure, "{format}");
        assert_eq!(status, Some(9), "{format}");
    }
    let (text, status, _) = truncated(cut, &["--json"]);
    let object: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(
        (&object["complete"], &object["equal"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(object["compared"], cut);
    assert_eq!(status, Some(9));
    let (text, status, _) = truncated(cut, &[]);
    assert!(String::from_utf8(text).unwrap().ends_with("┘\n"));
    assert_eq!(status, Some(9));
}

#[test]
fn a_file_truncated_while_a_pipe_is_compared_with_it_is_a_fault() {
    let env = Env::new();
    let (long, cut) = (4 << 20, (2 << 20) + 17);
    let path = env.file("f", pattern(long));
    let mut child = Command::new(MMAPCTL)
        .args(["diff", "-", "f", "--decimal"])
        .current_dir(env.dir())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = changed(long, [3]);
    input.write_all(&bytes[..1000]).unwrap();
    // The difference is shown before the pipe ends.
    let mut line = [0; 11];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut line)
        .unwrap();
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(cut)
        .unwrap();
    let rest = std::thread::spawn(move || input.write_all(&bytes[1000..]));
    let output = child.wait_with_output().unwrap();
    let _ = rest.join();
    assert_eq!(output.status.code(), Some(9));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with(&format!("mmapctl: f: cannot read at offset {cut}: ")),
        "{said}"
    );
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let env = Env::new();
    env.file("f", "abc");
    let refused = |arguments: &[&str], code, message: &str| {
        let run = env.cmd(["diff"]).args(arguments).stdin("abc").run();
        run.code(code);
        run.stderr_line_at(0, format!("mmapctl: {message}"));
    };
    refused(
        &["f", "none"],
        3,
        "none: cannot open: No such file or directory",
    );
    refused(&["f", "."], 8, ".: cannot read: it is a directory");
    refused(
        &["f", "fd:77"],
        3,
        "fd 77: cannot open: descriptor 77 is not open",
    );
    refused(
        &["f", "tag:mmapctl-none"],
        3,
        "tag mmapctl-none: cannot open: No such file or directory",
    );
    refused(
        &["-", "-"],
        2,
        "standard input: both sides read the same stream",
    );
    refused(
        &["-", "fd:0"],
        2,
        "standard input: both sides read the same stream",
    );
    refused(
        &["f", "f", "-o", "4"],
        5,
        "f: offset 4 is beyond the end: the size is 3 bytes",
    );
    env.cmd(["diff", "f", "-", "-o", "-1"])
        .stdin("abc")
        .run()
        .code(8);
    env.cmd(["diff", "f", "-", "-o", "4"])
        .stdin("abc")
        .run()
        .code(5);
    for wrong in ["pid:1", "fd:x", "tag:"] {
        env.run(["diff", "f", wrong]).code(2);
    }
    env.run(["diff", "f"]).code(2);
    let path = env.file("secret", "abc");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let Some(user) = env.other_user() else { return };
    env.cmd(["diff", "f", "secret"])
        .user(&user)
        .run()
        .refuses(4, "secret: cannot open: Permission denied");
}

#[test]
fn a_full_device_is_an_error_and_a_closed_pipe_is_none() {
    let env = Env::new();
    env.file("a", pattern(300_000));
    env.file("b", changed(300_000, 0..300_000));
    for format in ["panels", "list", "ranges"] {
        let diff = |sink| {
            env.cmd(["diff", "a", "b", "--format", format])
                .stdout(sink)
                .run()
        };
        let full = diff(Sink::Full);
        full.code(6);
        full.stderr_line_at(
            0,
            "mmapctl: standard output: cannot write: No space left on device",
        );
        // The sides differ all the same.
        diff(Sink::ClosedPipe).code(10).stderr("");
    }
    let json = |sink| env.cmd(["diff", "a", "b", "--json"]).stdout(sink).run();
    json(Sink::Full).code(6);
    json(Sink::ClosedPipe).code(10);
}

#[test]
fn one_difference_has_its_lines_with_equal_lines_around_them_at_any_place() {
    let env = Env::new();
    let long = 2_000_000;
    env.file("a", pattern(long));
    let block = 512 << 10;
    for place in [
        0,
        15,
        16,
        block - 1,
        block,
        block + 16,
        3 * block - 17,
        long - 1,
    ] {
        env.file("b", changed(long, [place]));
        for context in [0, 1, 3] {
            let number = context.to_string();
            let options = ["diff", "a", "b", "--context", &number];
            let run = env.run(options);
            run.code(10);
            let row = |line: &&str| line.contains("│") && !line.contains('^');
            let offsets: Vec<usize> = run
                .out_text()
                .lines()
                .filter(row)
                .filter_map(|line| {
                    let digits: String = line
                        .chars()
                        .filter(char::is_ascii_hexdigit)
                        .take(8)
                        .collect();
                    usize::from_str_radix(&digits, 16)
                        .ok()
                        .filter(|_| digits.len() == 8 && !line.starts_with("│*"))
                })
                .collect();
            let here = place / 16;
            let before = here.saturating_sub(context)..here;
            let after = here + 1..(here + 1 + context).min(long.div_ceil(16));
            let expected: Vec<usize> = before
                .chain([here, here])
                .chain(after)
                .map(|row| row * 16)
                .collect();
            assert_eq!(offsets, expected, "{place} {context}: {}", run.describe());
            // The same bytes in a stream have the same text.
            let a = pattern(long);
            let streamed = env
                .cmd(["diff", "-", "b", "--context", &number])
                .stdin(a)
                .run();
            assert!(
                streamed.out() == run.out(),
                "{place} {context}: {}",
                streamed.describe()
            );
        }
    }
}

#[test]
fn little_memory_suffices_or_its_lack_is_reported() {
    let env = Env::new();
    env.file("a", pattern(3_000_000));
    env.file("b", changed(3_000_000, [2_000_000]));
    for format in ["list", "ranges", "panels", "side-by-side"] {
        let expected = env.run(["diff", "a", "b", "-f", format]);
        let mut shown = 0;
        for limit in (1..=12).map(|step| step * (512 << 10)) {
            for a in ["a", "-"] {
                let limit = format!("--data={limit}:{limit}");
                let cmd = env.tool("prlimit", args![limit, "--", MMAPCTL]);
                let cmd = cmd.args(["diff", a, "b", "-f", format]);
                let run = cmd.stdin(pattern(3_000_000)).run();
                if run.ended_with(&[10]) {
                    run.stdout(expected.out());
                    shown += 1;
                } else if run.err_text() != "" {
                    // Below the lowest of these limits, the kernel or the loader ends the program without a word.
                    run.code(7);
                }
            }
        }
        assert!(shown > 6, "{format}: {shown}");
    }
}

#[test]
fn memory_is_bounded() {
    let env = Env::new();
    let long = 12 << 20;
    fill(&env.path("a"), long, 1);
    fill(&env.path("b"), long, 2);
    // A fraction of the text.
    let script = "ulimit -d 100000; \"$@\" | wc -l; exit ${PIPESTATUS[0]}";
    let arguments = args![
        "-c", script, "bash", MMAPCTL, "diff", "a", "b", "-f", "list"
    ];
    let run = env.tool("bash", arguments).run();
    run.code(10).stdout(format!("{long}\n"));
}

fn fill(path: &Path, length: usize, byte: u8) {
    let mut file = File::create(path).unwrap();
    let block = vec![byte; 1 << 20];
    for _ in 0..length >> 20 {
        file.write_all(&block).unwrap();
    }
}
