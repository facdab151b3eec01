//! `mmapctl fill`: every source of bytes, every rule about sizes, and every way to fail, seen from outside.

#![cfg(target_os = "linux")]
// Helpers that feed a pipe fail the test by panicking.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Held, Limit, Mapped, Open, Signal, Sink, allocated, args, cache, evict, names, page_size,
    pattern, poll_until, size, unmappable,
};

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::Path;

use serde_json::json;

/// The unit of work, at whose boundaries a fill stops.
const CHUNK: u64 = 2 << 20;

/// A fill that reads from a named pipe, and the other end of it.
fn fed<A: AsRef<std::ffi::OsStr>>(
    env: &Env,
    arguments: impl IntoIterator<Item = A>,
) -> (Held, File) {
    let pipe = env.fifo("pipe");
    let held = env
        .cmd(["fill"])
        .args(arguments)
        .args(args!["--from", &pipe])
        .spawn();
    let writer = File::options().write(true).open(&pipe).unwrap();
    (held, writer)
}

fn byte_at(path: &Path, offset: u64) -> Option<u8> {
    let mut byte = [0];
    let file = File::open(path).ok()?;
    let count = file.read_at(&mut byte, offset).ok()?;
    (count == 1).then_some(byte[0])
}

// ---------------------------------------------------------------------------------------------------
// Contents.

#[test]
fn every_kind_of_content_is_written_exactly() {
    let env = Env::new();
    let path = env.path("f");
    let check = |arguments: &[&str], expected: &[u8]| {
        let _ = fs::remove_file(&path);
        let length = expected.len().to_string();
        env.cmd(["fill", "-q", "f", "-n", &length])
            .args(arguments)
            .run()
            .ok()
            .stdout("");
        assert_eq!(fs::read(&path).unwrap(), expected, "{arguments:?}");
    };
    check(&[], &[0; 7]);
    check(&["--byte", "0x5a"], &[0x5a; 7]);
    check(&["--byte", "255"], &[255; 3]);
    check(&["--pattern", "dead BE"], b"\xde\xad\xbe\xde\xad\xbe\xde");
    check(&["--text", "añ"], "añaña".as_bytes());
    check(&["--counter", "u8"], &[0, 1, 2, 3]);
    check(&["--counter", "u16"], &[0, 0, 1, 0, 2, 0, 3]);
    check(&["--counter", "u16be"], &[0, 0, 0, 1, 0, 2, 0]);
    check(&["--counter", "u32le"], &[0, 0, 0, 0, 1, 0, 0, 0, 2, 0]);
    check(
        &["--counter", "u64be"],
        &[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0],
    );
    // ChaCha8 with the key 0 and with the key that ends in one byte of 7.
    check(&["--random=0"], &[0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f]);
}

#[test]
fn a_counter_wraps_at_the_end_of_its_type() {
    let env = Env::new();
    env.run(["fill", "-q", "f", "-n", "131078", "--counter", "u16"])
        .ok();
    let bytes = fs::read(env.path("f")).unwrap();
    assert_eq!(bytes[131_068..], [254, 255, 255, 255, 0, 0, 1, 0, 2, 0]);
}

#[test]
fn the_same_seed_gives_the_same_bytes_and_no_seed_is_reported() {
    let env = Env::new();
    let fill = |name: &str, random: &str| {
        let run = env.run(["fill", "--json", name, "-n", "5M", random]);
        let report = run.ok().json();
        (
            report["seed"].as_u64().unwrap(),
            fs::read(env.path(name)).unwrap(),
        )
    };
    let (seed, first) = fill("a", "--random");
    let (again, second) = fill("b", &format!("--random={seed}"));
    assert_eq!(seed, again);
    assert!(first == second);
    let (other, third) = fill("c", "--random");
    assert!(other != seed && third != first);
}

#[test]
fn only_the_bytes_of_an_unaligned_range_change() {
    let env = Env::new();
    let page = page_size() as usize;
    let before = pattern(5 * page);
    let path = env.file("f", &before);
    for (offset, length) in [
        (1, 1),
        (page - 1, 2),
        (page - 1, 2 * page + 3),
        (0, page),
        (page, page - 1),
        (5 * page - 1, 1),
    ] {
        fs::write(&path, &before).unwrap();
        let (at, count) = (offset.to_string(), length.to_string());
        env.run(["fill", "-q", "f", "-o", &at, "-n", &count, "--byte", "1"])
            .ok();
        let mut expected = before.clone();
        expected[offset..offset + length].fill(1);
        assert!(fs::read(&path).unwrap() == expected, "{offset} {length}");
    }
}

#[test]
fn to_end_fills_up_to_the_end_from_any_offset() {
    let env = Env::new();
    let path = env.file("f", [9; 10]);
    env.run(["fill", "-q", "f", "-o", "-3", "--to-end"]).ok();
    assert_eq!(fs::read(&path).unwrap(), [9, 9, 9, 9, 9, 9, 9, 0, 0, 0]);
    env.run(["fill", "-q", "f", "-o", "1", "--byte", "7", "--to-end"])
        .ok();
    assert_eq!(fs::read(&path).unwrap(), [9, 7, 7, 7, 7, 7, 7, 7, 7, 7]);
}

#[test]
fn text_patterns_and_inputs_are_written_once_without_a_length() {
    let env = Env::new();
    let path = env.path("f");
    env.file("in", "abc");
    for content in [
        ["--text", "abc"],
        ["--pattern", "616263"],
        ["--from", "in"],
        ["--from", "-"],
    ] {
        let fill = |arguments: &[&str]| {
            let cmd = env.cmd(["fill", "-q", "f", "--verify"]).args(content);
            cmd.args(arguments).stdin("abc").run().ok();
            fs::read(&path).unwrap()
        };
        let old = || env.file("f", "0123456789");
        let _ = fs::remove_file(&path);
        assert_eq!(fill(&[]), b"abc", "it is created");
        assert_eq!(fill(&["-o", "2"]), b"ababc", "it is extended");
        assert_eq!(fill(&["-o", "7"]), b"ababc\0\0abc", "with a gap");
        old();
        assert_eq!(fill(&[]), b"abc3456789");
        old();
        assert_eq!(fill(&["-o", "4"]), b"0123abc789");
        old();
        assert_eq!(fill(&["-o", "-3"]), b"0123456abc");
        old();
        assert_eq!(fill(&["-o", "1", "-n", "7"]), b"0abcabca89");
        old();
        assert_eq!(fill(&["-o", "1", "--to-end"]), b"0abcabcabc");
        old();
        assert_eq!(fill(&["-n", "2"]), b"ab23456789");
        old();
        assert_eq!(fill(&["-a", "c"]), b"0123456789");
        assert_eq!(fill(&["-a", "c", "--to-end"]), b"0123456789");
        assert_eq!(fill(&["--open", "truncate"]), b"abc");
        old();
        assert_eq!(fill(&["--open", "truncate", "-o", "2"]), b"\0\0abc");
        let refused = env
            .cmd(["fill", "f", "--no-extend", "-o", "4"])
            .args(content)
            .stdin("abc")
            .run();
        refused.code(5);
        assert_eq!(fs::read(&path).unwrap(), b"\0\0abc");
    }
}

#[test]
fn endless_content_requires_a_length() {
    let env = Env::new();
    let path = env.file("f", "0123");
    let hint = "hint: add --length N to write N bytes, or --to-end to write up to the end";
    for (content, option) in [
        (&["--byte", "1"][..], "--byte"),
        (&["--counter", "u8"], "--counter"),
        (&["--random"], "--random"),
        (&["--random=1"], "--random"),
    ] {
        for name in ["f", "new"] {
            env.cmd(["fill", name])
                .args(content)
                .run()
                .refuses(2, format!("{option} requires --length or --to-end"))
                .stderr_line_at(1, hint)
                .stderr_lines(2);
        }
        env.file("f", "0123");
        env.cmd(["fill", "-q", "f", "--to-end"])
            .args(content)
            .run()
            .ok();
        assert_eq!(size(&path), 4);
        env.cmd(["fill", "-q", "f", "--length", "6"])
            .args(content)
            .run()
            .ok();
        assert_eq!(size(&path), 6);
    }
    env.file("f", "0123");
    for arguments in [&["f"][..], &["new"], &["f", "-o", "1"], &["f", "--verify"]] {
        let run = env.cmd(["fill"]).args(arguments).run();
        run.refuses(2, "neither bytes to write nor a length is given")
            .stderr_line_at(
                1,
                "hint: add --byte 0 --length N to write N zeros, --byte 0 --to-end for zeros up to the \
                 end, --text TEXT, or --from - for standard input",
            )
            .stderr_lines(2);
    }
    assert_eq!(fs::read(&path).unwrap(), b"0123");
    assert!(!env.path("new").exists());
    for (remedy, expected) in [
        (&["--byte", "0", "--to-end"][..], &b"\0\0\0\0"[..]),
        (&["--byte", "0", "--length", "2"], b"\0\x0023"),
        (&["--text", "TEXT"], b"TEXT"),
        // Zeros are the default.
        (&["--to-end"], b"\0\0\0\0"),
        (&["--range", "1.."], b"0\0\0\0"),
        (&["--range", "1..", "--text", "x"], b"0xxx"),
        (&["--length", "2"], b"\0\x0023"),
    ] {
        env.file("f", "0123");
        env.cmd(["fill", "-q", "f"]).args(remedy).run().ok();
        assert_eq!(fs::read(&path).unwrap(), expected);
    }
}

#[test]
fn several_threads_fill_a_large_range_without_gaps() {
    let env = Env::new();
    let length = 3 * (8 << 20) + 4321;
    let before = vec![9; 1234 + length + 99];
    let path = env.file("f", &before);
    env.cmd(["fill", "-q", "f", "-o", "1234", "--counter", "u32be"])
        .args(["-n", &length.to_string(), "--verify"])
        .run()
        .ok();
    let bytes = fs::read(&path).unwrap();
    assert!(bytes[..1234].iter().all(|b| *b == 9));
    assert!(bytes[1234 + length..].iter().all(|b| *b == 9));
    assert_eq!(bytes.len(), before.len());
    let expected = (0_u32..).flat_map(u32::to_be_bytes).take(length);
    assert!(bytes[1234..1234 + length].iter().copied().eq(expected));
}

#[test]
fn tags_and_descriptors_are_filled() {
    let env = Env::new();
    let Some(tag) = env.tag("fill") else { return };
    let name = tag.name().to_owned();
    env.run(args![
        "fill", "-q", "--tag", &name, "-n", "3pg", "--byte", "1"
    ])
    .ok();
    assert!(fs::read(tag.path()).unwrap() == vec![1; 3 * page_size() as usize]);
    let other = Mapped::shared(tag.path());
    env.run(args![
        "fill", "-q", "--tag", &name, "-o", "2", "-n", "1", "--byte", "2"
    ])
    .ok();
    assert_eq!((other.get(1), other.get(2), other.get(3)), (1, 2, 1));
    let path = env.file("f", [9; 5]);
    env.cmd([
        "fill", "-q", "--fd", "4", "-o", "1", "-n", "9", "--text", "ab",
    ])
    .fd(4, Open::ReadWrite, &path)
    .run()
    .ok();
    assert_eq!(fs::read(&path).unwrap(), b"\x09ababababa");
}

#[test]
fn an_empty_range_writes_nothing() {
    let env = Env::new();
    let path = env.file("f", b"abc");
    let report = env.run(["fill", "--json", "f", "-n", "0"]).ok().json();
    assert_eq!(report["length"], 0);
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    env.run(["fill", "-q", "new", "-n", "0"]).ok();
    assert_eq!(size(env.path("new")), 0);
}

// ---------------------------------------------------------------------------------------------------
// Inputs.

#[test]
fn an_input_is_written_once_or_repeated_to_the_end_of_the_range() {
    let env = Env::new();
    env.file("in", b"0123456789");
    let path = env.path("f");
    for (length, expected) in [
        (None, &b"0123456789"[..]),
        (Some("4"), b"0123"),
        (Some("23"), b"01234567890123456789012"),
    ] {
        let _ = fs::remove_file(&path);
        let mut cmd = env.cmd(["fill", "--json", "f", "--from", "in", "--verify"]);
        if let Some(length) = length {
            cmd = cmd.args(["-n", length]);
        }
        let report = cmd.run().ok().json();
        assert_eq!(report["input_length"], 10);
        assert_eq!(fs::read(&path).unwrap(), expected);
    }
    // It overwrites a part, and keeps the bytes after it.
    env.file("f", [b'x'; 14]);
    env.run(["fill", "-q", "f", "-o", "2", "--from", "in"]).ok();
    assert_eq!(fs::read(&path).unwrap(), b"xx0123456789xx");
}

#[test]
fn a_large_input_is_copied_and_repeated() {
    let env = Env::new();
    let input = pattern((5 << 20) + 77);
    env.file("in", &input);
    env.run([
        "fill", "-q", "f", "-o", "3", "-n", "11M", "--from", "in", "--verify",
    ])
    .ok();
    let bytes = fs::read(env.path("f")).unwrap();
    assert_eq!(bytes[..3], [0; 3]);
    let expected = input.iter().cycle().take(11 << 20);
    assert!(bytes[3..].iter().eq(expected));
}

#[test]
fn standard_input_may_be_a_file_at_its_position_or_a_pipe() {
    let env = Env::new();
    env.cmd(["fill", "-q", "f", "--from", "-"])
        .stdin(pattern(300_001))
        .run()
        .ok();
    assert!(fs::read(env.path("f")).unwrap() == pattern(300_001));
    env.file("in", b"0123456789");
    let script = "{ head -c 3 >/dev/null; exec \"$0\" fill -q g --from - ; } <in";
    env.tool("sh", ["-c", script, support::MMAPCTL])
        .run()
        .code(0);
    // head reads ahead but puts the position back in a regular file.
    assert_eq!(fs::read(env.path("g")).unwrap(), b"3456789");
}

#[test]
fn a_file_grows_with_the_input_from_a_pipe() {
    let env = Env::new();
    let path = env.file("f", [9; 5]);
    let bytes = pattern(200_000);
    let (held, mut pipe) = fed(&env, ["-q", "f", "-o", "3", "--verify"]);
    let (mut rest, mut step, mut sent) = (&bytes[..], 1, 0);
    while !rest.is_empty() {
        let (now, later) = rest.split_at(step.min(rest.len()));
        pipe.write_all(now).unwrap();
        sent += now.len();
        if sent < 5000 {
            poll_until("the file to have grown", || {
                size(&path) == 5.max(3 + sent as u64)
            });
        }
        rest = later;
        step = step * 3 + 1;
    }
    drop(pipe);
    held.wait().ok();
    let written = fs::read(&path).unwrap();
    assert_eq!(written[..3], [9; 3]);
    assert!(written[3..] == bytes);
}

#[test]
fn a_stream_repeats_to_the_length_from_memory_or_from_the_file() {
    let env = Env::new();
    for (count, length) in [
        (3, 1000),
        (70_001, 5 << 20),
        ((1 << 20) + 5, 4 << 20),
        (3 << 20, 8 << 20),
    ] {
        for verify in [None, Some("--verify")] {
            let input = pattern(count);
            let run = env
                .cmd(["fill", "--json", "f", "-o", "1", "-n"])
                .arg(length.to_string())
                .args(["--from", "-"])
                .args(verify)
                .stdin(input.clone())
                .run();
            assert_eq!(run.ok().json()["input_length"], count);
            let bytes = fs::read(env.path("f")).unwrap();
            assert_eq!((bytes[0], bytes.len()), (0, length + 1));
            assert!(bytes[1..].iter().eq(input.iter().cycle().take(length)));
            fs::remove_file(env.path("f")).unwrap();
        }
    }
    // It stops reading where the range ends.
    let run = env
        .cmd(["fill", "--json", "f", "-n", "10", "--from", "-"])
        .stdin(pattern(10))
        .run();
    assert_eq!(run.ok().json()["input_length"], json!(null));
    env.run(["fill", "-q", "f", "-n", "10M", "--from", "/dev/zero"])
        .ok();
    assert_eq!(size(env.path("f")), 10 << 20);
}

#[test]
fn an_empty_input_writes_nothing_and_cannot_be_repeated() {
    let env = Env::new();
    env.file("empty", "");
    env.run(["fill", "-q", "f", "--from", "empty"]).ok();
    assert_eq!(size(env.path("f")), 0);
    let why = "cannot read: it is empty; there is nothing to repeat";
    env.run(["fill", "g", "-n", "5", "--from", "empty"])
        .refuses(5, format!("empty: {why}"));
    env.run(["fill", "g", "-n", "5", "--from", "-"])
        .refuses(5, format!("standard input: {why}"));
    assert!(!env.path("g").exists());
}

#[test]
fn an_input_that_is_missing_or_the_target_itself_changes_nothing() {
    let env = Env::new();
    env.run(["fill", "f", "--from", "none"])
        .refuses(3, "none: cannot open: No such file or directory");
    assert!(!env.path("f").exists());
    let path = env.file("f", b"abc");
    env.run(["fill", "f", "--open", "truncate", "--from", "none"])
        .code(3);
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    for input in ["f", "./f"] {
        env.run(["fill", "f", "--from", input])
            .refuses(2, "f: input and output are the same file");
    }
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    env.run(["fill", "f", "--from", "."])
        .refuses(8, ".: cannot read: it is a directory");
}

#[test]
fn a_file_is_not_truncated_before_the_bytes_can_be_written() {
    let Some(env) = Env::with_disk() else {
        return;
    };
    let bytes = pattern(100_000);
    let path = env.file("f", &bytes);
    env.file("empty", "");
    env.file("malformed", "00000000: zz\n");
    env.file("far", "7ffffffffffffff0: 61\n");
    for (arguments, code) in [
        (&[][..], 2),
        (&["-n", "5", "-o", "-1"], 2),
        (&["-n", "5", "-a", "c"], 2),
        (&["-n", "1P"], 6),
        (&["-o", "8E", "-n", "1"], 2),
        (&["-o", "4E", "-n", "1"], 6),
        (&["--from", "none"], 3),
        (&["--from", "."], 8),
        (&["--from", ".", "-n", "5"], 8),
        (&["--from", "f"], 2),
        (&["--from", "empty", "-n", "5"], 5),
        (&["--from", "-", "-n", "5"], 5),
        (&["--from-hex", "malformed"], 1),
        (&["--from-hex", "far"], 6),
    ] {
        env.cmd(["fill", "f", "--open", "truncate"])
            .args(arguments)
            .run()
            .code(code)
            .stdout("");
        assert!(fs::read(&path).unwrap() == bytes, "{arguments:?}");
    }
    env.cmd(["fill", "f", "--open", "truncate", "-n", "200000"])
        .limit(Limit::FileSize, 150_000)
        .run()
        .code(13);
    assert!(fs::read(&path).unwrap() == bytes);
}

#[test]
fn a_range_larger_than_the_address_space_is_filled_and_read_back() {
    let env = Env::new();
    let (limit, length) = (80 << 20, 240 << 20);
    for (bytes, unit) in [(["--text", "abc"], b"abc"), (["--from", "-"], b"xyz")] {
        env.cmd(["fill", "f", "-q", "--verify", "-n"])
            .arg(length.to_string())
            .args(bytes)
            .stdin("xyz")
            .limit(Limit::AddressSpace, limit)
            .run()
            .ok();
        let found = fs::read(env.path("f")).unwrap();
        assert_eq!(found.len() as u64, length);
        assert!(found.chunks_exact(3).all(|part| part == unit));
    }
}

#[test]
fn an_offset_beyond_the_end_is_refused_with_a_remedy() {
    let env = Env::new();
    env.file("f", "abc");
    env.run(["fill", "f", "-o", "4", "--to-end"])
        .code(5)
        .stderr_line("mmapctl: f: offset 4 is beyond the end: the size is 3 bytes")
        .stderr_line("hint: use --length N instead of --to-end to extend it");
    env.run(["fill", "none/f", "-n", "4"])
        .refuses(3, "none/f: cannot open: No such file or directory")
        .stderr_lines(1);
    env.run(["fill", "f", "--byte", "A"]).code(2).stderr_line(
        "mmapctl: invalid value 'A' for '--byte <BYTE>': not a byte from 0 to 255 (examples: 65, \
         0x41, ff)",
    );
}

#[test]
fn a_file_is_not_truncated_before_the_first_bytes_of_a_stream_arrive() {
    let env = Env::new();
    let path = env.file("f", pattern(5000));
    let is_open = |held: &Held| {
        let open = fs::read_dir(format!("/proc/{}/fd", held.pid())).unwrap();
        open.flatten()
            .any(|fd| fs::read_link(fd.path()).is_ok_and(|to| to == path))
    };
    let (held, mut pipe) = fed(&env, ["f", "--open", "truncate"]);
    poll_until("the file is open", || is_open(&held));
    assert_eq!(size(&path), 5000);
    pipe.write_all(b"abc").unwrap();
    drop(pipe);
    held.wait().ok();
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    fs::remove_file(env.path("pipe")).unwrap();
    let (held, pipe) = fed(&env, ["f", "--open", "truncate"]);
    poll_until("the file is open", || is_open(&held));
    held.signal(Signal::INT);
    held.wait().code(130);
    drop(pipe);
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    env.run(["fill", "f", "--open", "truncate", "--from", "-"])
        .ok();
    assert_eq!(size(&path), 0);
}

#[test]
fn free_space_is_checked_as_if_the_file_were_truncated() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let path = mount.file("f", vec![7; 600_000]);
    env.run(args!["fill", "-q", &path, "--open", "truncate", "-n", "2M"])
        .code(6);
    assert!(fs::read(&path).unwrap() == vec![7; 600_000]);
    env.run(args![
        "fill", "-q", &path, "--open", "truncate", "-o", "4K", "-n", "900K"
    ])
    .ok();
    let mut wanted = vec![0; 4096];
    wanted.resize(4096 + (900 << 10), 0);
    assert!(fs::read(&path).unwrap() == wanted);
}

// ---------------------------------------------------------------------------------------------------
// Creating and extending.

#[test]
fn a_length_creates_and_extends_with_real_blocks() {
    let env = Env::new();
    let report = env
        .run([
            "fill", "--json", "f", "-o", "1pg", "-n", "4pg", "--byte", "1",
        ])
        .ok()
        .json();
    let page = page_size();
    assert_eq!(
        (&report["created"], &report["old_size"], &report["new_size"]),
        (&json!(true), &json!(0), &json!(5 * page))
    );
    assert_eq!(report["reserved"], true);
    assert!(allocated(env.path("f")) >= 4 * page);
    let report = env
        .run(["fill", "--json", "f", "-o", "5pg", "-n", "1"])
        .ok()
        .json();
    assert_eq!(
        (&report["created"], &report["old_size"], &report["new_size"]),
        (&json!(false), &json!(5 * page), &json!(5 * page + 1))
    );
    let sparse = env.sparse_file("sparse", 64 * page, &[]);
    env.run(["fill", "-q", "sparse", "--to-end"]).ok();
    assert!(allocated(sparse) >= 64 * page);
}

#[test]
fn to_end_neither_creates_nor_extends() {
    let env = Env::new();
    env.file("in", "xy");
    for content in [
        &["--byte", "1"][..],
        &["--text", "xy"],
        &["--pattern", "7879"],
        &["--counter", "u8"],
        &["--random=1"],
        &["--from", "in"],
        &["--from", "-"],
        &[],
    ] {
        let to_end = |arguments: &[&str]| {
            let cmd = env.cmd(["fill", "f", "--to-end"]).args(content);
            cmd.args(arguments).stdin("xy").run()
        };
        let _ = fs::remove_file(env.path("f"));
        to_end(&[])
            .refuses(3, "f: cannot open: No such file or directory")
            .stderr_line("hint: use --length N instead of --to-end to create it");
        assert!(!env.path("f").exists());
        env.file("f", "");
        to_end(&[])
            .refuses(5, "f: cannot fill: it is empty")
            .stderr_line("hint: use --length N instead of --to-end to extend it");
        env.file("f", "abc");
        to_end(&["-o", "3"])
            .refuses(5, "f: cannot fill: it ends at offset 3")
            .stderr_line("hint: use --length N instead of --to-end to extend it");
        to_end(&["-o", "4"]).code(5);
        to_end(&["-o", "-4"]).code(2);
        assert_eq!(fs::read(env.path("f")).unwrap(), b"abc");
    }
    // The hint is right.
    env.run(["fill", "-q", "f", "-o", "3", "--byte", "1", "--length", "2"])
        .ok();
    assert_eq!(fs::read(env.path("f")).unwrap(), b"abc\x01\x01");
    // A file created on request is removed after a failure.
    env.run(["fill", "g", "--to-end", "--open", "create"])
        .code(5);
    assert!(!env.path("g").exists());
}

#[test]
fn creating_and_extending_can_be_forbidden() {
    let env = Env::new();
    let missing = "f: cannot open: No such file or directory";
    for (forbid, hint) in [
        ("--no-create", "hint: omit --no-create to create it"),
        ("--no-extend", "hint: omit --no-extend to create it"),
    ] {
        env.run(["fill", "f", "-n", "5", forbid])
            .refuses(3, missing)
            .stderr_line(hint);
        env.cmd(["fill", "f", "--from", "-", forbid])
            .stdin("abc")
            .run()
            .refuses(3, missing);
        assert!(!env.path("f").exists());
    }
    env.file("f", b"abc");
    env.run(["fill", "f", "-n", "5", "--no-extend"])
        .refuses(5, "f: the file is 3 bytes, but the range ends at 5 bytes")
        .stderr_line("hint: omit --no-extend to extend it");
    assert_eq!(fs::read(env.path("f")).unwrap(), b"abc");
    env.run(["fill", "-q", "f", "-n", "5", "--no-create"]).ok();
    assert_eq!(size(env.path("f")), 5);
    // A stream is written up to the end of the file, and then refused.
    env.cmd(["fill", "f", "--from", "-", "--no-extend"])
        .stdin("1234567")
        .run()
        .code(5);
    assert_eq!(size(env.path("f")), 5);
}

#[test]
fn open_flags_and_a_mode_are_honoured() {
    let env = Env::new();
    env.run([
        "fill",
        "-q",
        "f",
        "-n",
        "5",
        "--open",
        "create,excl",
        "--mode",
        "640",
    ])
    .ok();
    let mode = fs::metadata(env.path("f")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    env.run(["fill", "f", "-n", "5", "--open", "create,excl"])
        .refuses(11, "f: cannot open: File exists");
    env.run([
        "fill", "-q", "f", "-n", "2", "--open", "truncate", "--byte", "1",
    ])
    .ok();
    assert_eq!(fs::read(env.path("f")).unwrap(), [1, 1]);
}

#[test]
fn a_full_tmpfs_refuses_before_the_first_byte_and_is_unchanged() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let new = mount.path("new");
    env.run(args!["fill", &new, "-n", "2M", "--byte", "1"])
        .code(6)
        .stdout("");
    assert!(!new.exists());
    // Holes count too.
    let sparse = mount.file("sparse", b"abc");
    File::options()
        .write(true)
        .open(&sparse)
        .unwrap()
        .set_len(4 << 20)
        .unwrap();
    let before = allocated(&sparse);
    let error = env
        .run(args!["fill", &sparse, "--byte", "1", "--to-end", "--json"])
        .code(6)
        .json_error();
    assert_eq!(error["code"], "disk_full");
    assert_eq!((size(&sparse), allocated(&sparse)), (4 << 20, before));
    assert_eq!(byte_at(&sparse, 0), Some(b'a'));
    // A stream that fills it is undone.
    env.cmd(args!["fill", &new, "--from", "-"])
        .stdin(vec![1; 3 << 20])
        .run()
        .code(6);
    assert!(!new.exists());
    let old = mount.file("old", b"kept");
    env.cmd(args!["fill", &old, "-o", "4", "--from", "-"])
        .stdin(vec![1; 3 << 20])
        .run()
        .code(6);
    assert_eq!(fs::read(&old).unwrap(), b"kept");
}

#[test]
fn a_full_ext4_restores_the_size_of_the_file() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(16 << 20) else {
        return;
    };
    let path = mount.file("f", b"kept");
    mount.fill_up(1 << 20);
    for length in ["2M", "900M"] {
        env.run(args!["fill", &path, "-o", "2", "-n", length])
            .code(6);
        assert_eq!(fs::read(&path).unwrap(), b"kept");
    }
    env.cmd(args!["fill", &path, "-o", "4", "--from", "-"])
        .stdin(vec![1; 4 << 20])
        .run()
        .code(6);
    assert_eq!(fs::read(&path).unwrap(), b"kept");
    let new = mount.path("new");
    env.run(args!["fill", &new, "-n", "2M"]).code(6);
    assert!(!new.exists());
    // No blocks are allocated for holes that cannot all be filled.
    let sparse = mount.file("sparse", b"kept");
    let file = File::options().write(true).open(&sparse).unwrap();
    file.set_len(4 << 20).unwrap();
    file.sync_all().unwrap();
    let before = allocated(&sparse);
    env.run(args!["fill", &sparse, "-o", "4", "--to-end"])
        .code(6);
    assert_eq!((size(&sparse), allocated(&sparse)), (4 << 20, before));
}

#[test]
fn a_stream_that_does_not_fit_reports_the_overwritten_bytes() {
    let env = Env::new();
    let check = |target: &Path, what: &str| {
        let run = env
            .cmd(args![
                "fill",
                target,
                "--no-extend",
                "--json",
                "--from",
                "-"
            ])
            .stdin(vec![5; (2 << 20) + 1])
            .run();
        let error = run.code(5).json_error();
        let reached = error["offset"].as_u64().unwrap();
        let bytes = fs::read(target).unwrap();
        assert_eq!(bytes.len(), 1 << 20);
        let overwritten = bytes.iter().take_while(|byte| **byte == 5).count();
        assert!(overwritten as u64 <= reached);
        assert!(bytes[overwritten..].iter().all(|byte| *byte == 0));
        let message = error["message"].as_str().unwrap();
        // The input is read one buffer at a time, and the first buffer fits.
        assert!(reached > 0);
        assert!(message.starts_with(what), "{message}");
        let told = format!("({overwritten} bytes) from offset 0 were overwritten");
        assert!(message.ends_with(&told), "{message}");
    };
    let path = env.sparse_file("f", 1 << 20, &[]);
    check(&path, "the file is 1 MiB (1048576 bytes), but");
    let image = env.sparse_file("image", 1 << 20, &[]);
    if let Some(device) = env.loop_device(&image) {
        check(
            Path::new(device.path()),
            "the device is 1 MiB (1048576 bytes), but",
        );
    }
}

#[test]
fn a_block_device_is_filled_within_its_size() {
    let env = Env::new();
    let image = env.file("image", vec![9; 1 << 20]);
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    let device = device.path();
    // The pages of a device stay in memory while it is open.
    let _open = File::open(device).unwrap();
    let mut expected = vec![9; 1 << 20];
    let report = env.run([
        "fill", "--json", device, "-o", "1000", "-n", "5000", "--byte", "1", "--verify",
    ]);
    assert_eq!(report.ok().json()["kind"], "block-device");
    assert!(
        fs::read(&image).unwrap() == expected,
        "nothing asked for a flush"
    );
    env.run(["fill", device, "-o", "1M", "-n", "1"])
        .code(5)
        .stderr_lines(1);
    env.run([
        "fill", "-q", device, "-o", "-2", "--text", "ab", "--flush", "sync",
    ])
    .ok();
    expected[(1 << 20) - 2..].copy_from_slice(b"ab");
    let behind = fs::read(&image).unwrap();
    assert!(behind[(1 << 20) - 4096..] == expected[(1 << 20) - 4096..]);
}

#[test]
fn holes_without_space_on_ext4_are_refused_before_a_block_is_allocated() {
    let env = Env::new();
    let Some(mount) = env.small_ext4(16 << 20) else {
        return;
    };
    let sparse = mount.file("sparse", b"abc");
    let file = File::options().write(true).open(&sparse).unwrap();
    file.set_len(64 << 20).unwrap();
    let before = allocated(&sparse);
    for command in [
        vec!["fill", "--to-end", "--json"],
        vec!["filesize", "--json", "--set", "64M", "--allocate"],
    ] {
        let error = env.cmd(command).arg(&sparse).run().code(6).json_error();
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with("cannot reserve blocks: "), "{message}");
        assert_eq!((size(&sparse), allocated(&sparse)), (64 << 20, before));
    }
    // Existing blocks are not requested again.
    let reserved = mount.path("reserved");
    env.run(args!["filesize", &reserved, "--set", "9M", "--allocate"])
        .code(0);
    env.run(args!["fill", &reserved, "-n", "10M", "--byte", "1"])
        .code(0);
    assert_eq!(byte_at(&reserved, (10 << 20) - 1), Some(1));
}

#[test]
fn exceeding_the_file_size_limit_is_reported_as_a_limit() {
    let env = Env::new();
    let fill = |arguments: &[&str]| {
        env.cmd(["fill"])
            .args(arguments)
            .limit(Limit::FileSize, 8192)
    };
    fill(&["f", "-n", "8193"]).run().code(13).stdout("");
    assert!(!env.path("f").exists());
    fill(&["f", "--from", "-"])
        .stdin(vec![1; 9000])
        .run()
        .code(13);
    assert!(!env.path("f").exists());
    fill(&["-q", "f", "-n", "8192"]).run().ok();
    assert_eq!(size(env.path("f")), 8192);
}

#[test]
fn empty_dumps_and_empty_inputs_create_empty_files() {
    let env = Env::new();
    env.file("empty", b"");
    for option in ["--from", "--from-hex"] {
        let report = env
            .run(["fill", "new", option, "empty", "--json"])
            .ok()
            .json();
        assert_eq!(report["created"], true);
        assert_eq!(size(env.path("new")), 0);
        fs::remove_file(env.path("new")).unwrap();
    }
}

#[test]
fn a_length_of_zero_maps_nothing() {
    let env = Env::new();
    let path = env.file("f", b"abc");
    for (command, code) in [
        (&["map"][..], 2),
        (&["mirror"], 2),
        (&["advise", "random"], 2),
        (&["warm"], 0),
        (&["evict"], 0),
        (&["sync"], 0),
        (&["fill"], 0),
        (&["dump"], 0),
    ] {
        env.cmd(command)
            .args(args![&path, "-n", "0"])
            .run()
            .code(code);
    }
    assert_eq!(fs::read(&path).unwrap(), b"abc");
}

#[test]
fn sizes_beyond_the_largest_offset_are_refused() {
    let env = Env::new();
    env.run(["fill", "f", "-n", "1P"]).code(6);
    env.run(["fill", "f", "-n", "8E"]).code(2);
    env.run(["fill", "f", "-o", "8E", "-n", "1"]).code(2);
    env.run(["fill", "f", "-o", "9223372036854775807", "-n", "1"])
        .code(2);
    env.run(["fill", "f", "-n", "99999999999999999999"]).code(2);
    env.run(["fill", "f", "-n", "-1"]).code(2);
    assert!(!env.path("f").exists());
}

// ---------------------------------------------------------------------------------------------------
// Refusals.

#[test]
fn a_descriptor_not_open_for_reading_and_writing_is_refused() {
    let env = Env::new();
    let path = env.file("f", b"abc");
    env.cmd(["fill", "--fd", "5", "-n", "9"])
        .fd(5, Open::Read, &path)
        .run()
        .code(4)
        .stdout("")
        .stderr_line_at(
            0,
            "mmapctl: fd 5: cannot map: it is open for reading only, but the access needs shared \
             writes",
        )
        .stderr_line_at(
            1,
            "hint: open the descriptor for reading and writing (in a shell, N<>FILE), or use --access c to fill private \
             copies and leave the file unchanged",
        );
    env.cmd(["fill", "--fd", "5", "-n", "9"])
        .fd(5, Open::Append, &path)
        .run()
        .code(4);
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    env.cmd(["fill", "--fd", "5", "--from", "-"])
        .fd(5, Open::Read, &path)
        .stdin("x")
        .run()
        .code(4);
    env.cmd(["fill", "--fd", "5", "--to-end"])
        .closed_fd(5)
        .run()
        .refuses(3, "fd 5: cannot open: descriptor 5 is not open");
    // None of the program's own files may replace it.
    env.file("in", b"x");
    env.cmd(["fill", "--fd", "3", "--from", "in"])
        .closed_fd(3)
        .run()
        .code(3);
    assert_eq!(fs::read(&path).unwrap(), b"abc");
}

#[test]
fn a_descriptor_opened_as_a_path_is_refused() {
    let Some(env) = Env::with_disk() else {
        return;
    };
    env.file("f", b"abc");
    let Some(python3) = env.peer("python3") else {
        return;
    };
    let script = r#"import os, sys
os.dup2(os.open("f", os.O_PATH), 5)
os.execv(sys.argv[1], sys.argv[1:])"#;
    let program = env!("CARGO_BIN_EXE_mmapctl");
    let run = |args: &[&str]| {
        let python = ["-c", script, program]
            .into_iter()
            .chain(args.iter().copied());
        env.tool(&python3, python).run()
    };
    let why = "the descriptor was opened with O_PATH and gives no access to the contents";
    for (command, operation) in [
        (&["map", "--fd", "5"][..], "map"),
        (&["fill", "--fd", "5", "--to-end"], "map"),
        (&["mirror", "--fd", "5", "-a", "r"], "map"),
        (&["dump", "--fd", "5"], "read"),
        (&["sync", "--fd", "5"], "flush"),
        (&["sync", "--fd", "5", "--async"], "flush"),
        (&["evict", "--fd", "5"], "evict"),
        (&["warm", "--fd", "5"], "map"),
        (&["filesize", "--fd", "5", "--set", "2"], "resize"),
    ] {
        run(command).refuses(4, format!("fd 5: cannot {operation}: {why}"));
    }
    run(&["filesize", "--fd", "5"]).ok().stdout("3\n");
    assert_eq!(fs::read(env.path("f")).unwrap(), b"abc");
}

#[test]
fn a_read_only_device_is_refused() {
    let env = Env::new();
    let image = env.sparse_file("image", 1 << 20, &[]);
    let Some(device) = env.loop_device(&image) else {
        return;
    };
    device.set_read_only();
    let device = device.path();
    for command in [
        &["fill", "--to-end"][..],
        &["map", "-a", "w"],
        &["mirror", "-a", "w"],
        &["advise", "populate-write"],
    ] {
        let run = env.cmd(command).arg(device).run();
        run.code(4).stdout("").stderr_line_at(
            0,
            format!("mmapctl: {device}: cannot map: the device is read-only"),
        );
    }
    env.run(args!["map", &device]).ok();
}

#[test]
fn files_of_others_and_read_only_disks_are_refused() {
    let env = Env::new();
    let path = env.file("f", b"abc");
    if let Some(user) = env.other_user() {
        env.cmd(args!["fill", &path, "--to-end"])
            .user(&user)
            .run()
            .code(4);
        let own = env.dir_of(&user, "own");
        env.cmd(args!["fill", "-q", own.join("g"), "-n", "5"])
            .user(&user)
            .run()
            .ok();
        assert_eq!(size(own.join("g")), 5);
    }
    assert_eq!(fs::read(&path).unwrap(), b"abc");
    let Some(mount) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let path = mount.file("f", b"abc");
    mount.make_read_only();
    env.run(args!["fill", &path, "--to-end"]).code(4);
    env.run(args!["fill", mount.path("new"), "-n", "5"]).code(4);
    // Private copies need no write permission.
    env.run(args![
        "fill", "-q", &path, "--to-end", "-a", "c", "--verify"
    ])
    .ok();
}

#[test]
fn append_only_and_immutable_files_are_refused_unchanged() {
    let env = Env::new();
    let (Some(chattr), Some(disk)) = (env.peer("chattr"), env.on_disk()) else {
        return;
    };
    let path = disk.path().join("kept");
    fs::write(&path, b"abc").unwrap();
    for (set, clear) in [("+a", "-a"), ("+i", "-i")] {
        let set = env.tool(&chattr, args![set, &path]).run();
        if !set.ended_with(&[0]) {
            return support::skip("may set file attributes");
        }
        let refused = [
            args!["fill", &path, "--text", "x"].to_vec(),
            args!["fill", &path, "-o", "3", "--text", "x"].to_vec(),
            args!["fill", &path, "--byte", "0", "--to-end"].to_vec(),
            args!["mirror", &path, "-a", "w"].to_vec(),
            args!["filesize", &path, "--set", "-1"].to_vec(),
            args!["filesize", &path, "--set", "+1"].to_vec(),
            args!["filesize", &path, "--allocate", "-n", "10"].to_vec(),
        ];
        let runs = refused.map(|command| env.run(command));
        let reading = env.run(args!["mirror", "-q", &path]);
        env.tool(&chattr, args![clear, &path]).run().ok();
        for run in runs {
            run.code(4).stdout("").stderr_line_at(
                0,
                format!(
                    "mmapctl: {}: cannot open: Operation not permitted",
                    path.display()
                ),
            );
        }
        reading.ok();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
    }
}

#[test]
fn a_sealed_memory_file_is_written_only_as_its_seals_allow() {
    let env = Env::new();
    let Some(python3) = env.peer("python3") else {
        return;
    };
    // F_ADD_SEALS; the last argument is the contents to expect afterwards.
    let script = "import fcntl,os,subprocess,sys\nfd=os.memfd_create('x',os.MFD_ALLOW_SEALING)\n\
        os.write(fd,b'0123456789')\nos.dup2(fd,5)\nfcntl.fcntl(5,1033,int(sys.argv[2]))\n\
        code=subprocess.run([sys.argv[1],'fill','-q','--fd','5']+sys.argv[3:-1],pass_fds=[5]).returncode\n\
        assert os.pread(fd,99,0)==sys.argv[-1].encode()\nsys.exit(code)";
    let (write, grow) = ("8", "4");
    for (seal, arguments, code, contents) in [
        (write, &["--text", "ab"][..], 4, "0123456789"),
        (write, &["--text", "ab", "-a", "c"], 0, "0123456789"),
        (grow, &["--text", "ab"], 0, "ab23456789"),
        (grow, &["--text", "ab", "-o", "9"], 4, "0123456789"),
        (
            grow,
            &["--byte", "0x61", "-o", "9", "--to-end"],
            0,
            "012345678a",
        ),
    ] {
        let program = env!("CARGO_BIN_EXE_mmapctl");
        let tool = env.tool(&python3, ["-c", script, program, seal]);
        tool.args(arguments).args([contents]).run().code(code);
    }
}

#[test]
fn unmappable_files_are_refused_by_type() {
    let env = Env::new();
    env.fifo("pipe");
    for (path, thing) in [
        (".", "a directory"),
        ("pipe", "a pipe"),
        ("/dev/null", "a character device"),
        ("/dev/full", "a character device"),
    ] {
        env.run(["fill", path, "--text", "x"])
            .refuses(8, unmappable(path, thing));
    }
    env.run(["fill", "--anon", "-n", "1"]).code(2);
    env.run(["fill", "-n", "1"]).code(2);
}

#[test]
fn contents_exclude_each_other_and_are_validated() {
    let env = Env::new();
    for arguments in [
        &["--byte", "1", "--text", "a"][..],
        &["--random", "--counter", "u8"],
        &["--from", "x", "--pattern", "00"],
        &["--byte", "256"],
        &["--pattern", "0"],
        &["--pattern", ""],
        &["--text", ""],
        &["--counter", "u24"],
        &["--random=x"],
        &["--random", "7"],
        &["--access", "r"],
    ] {
        env.cmd(["fill", "f", "-n", "1"])
            .args(arguments)
            .run()
            .code(2)
            .stdout("");
    }
    assert!(!env.path("f").exists());
}

// ---------------------------------------------------------------------------------------------------
// Private copies.

#[test]
fn private_copies_leave_the_file_unchanged_and_report_it() {
    let env = Env::new();
    let before = pattern(50_000);
    let path = env.file("f", &before);
    env.cmd(["fill", "f", "-a", "c", "-o", "7", "--byte", "1"])
        .args(["--to-end", "--verify"])
        .run()
        .ok()
        .stdout_line("  private     this command did not write to the file")
        .stdout_line("  verified    every byte reads back as written");
    assert!(fs::read(&path).unwrap() == before);
    let report = env
        .cmd([
            "fill", "--json", "f", "-a", "c", "-n", "10", "--from", "-", "--verify",
        ])
        .stdin("abc")
        .run()
        .ok()
        .json();
    assert_eq!(
        (&report["access"], &report["changed_meanwhile"]),
        (&json!("c"), &json!(false))
    );
    assert!(fs::read(&path).unwrap() == before);
    env.run(["fill", "f", "-a", "c", "-n", "50001"])
        .code(5)
        .stderr_line("hint: omit --access c to extend it; private copies cannot extend a file");
    env.run(["fill", "none", "-a", "c", "-n", "5"]).code(3);
    assert!(!env.path("none").exists());
    env.cmd(["fill", "f", "-a", "c", "--from", "-"])
        .stdin(vec![1; 60_000])
        .run()
        .code(5);
    assert!(fs::read(&path).unwrap() == before);
    env.cmd(["fill", "-q", "--fd", "4", "-a", "c", "--to-end"])
        .fd(4, Open::Read, &path)
        .run()
        .ok();
}

// ---------------------------------------------------------------------------------------------------
// Faults, verification, interruption.

#[test]
fn a_file_truncated_during_a_fill_is_a_fault_with_its_offset() {
    let env = Env::new();
    let page = page_size();
    for (cut, at) in [(page, page), (page + 9, page + 9), (0, 8)] {
        let path = env.file("f", vec![9; 8 * page as usize]);
        let length = (8 * page).to_string();
        let (held, mut pipe) = fed(&env, ["f", "-n", &length, "--json"]);
        pipe.write_all(b"12345678").unwrap();
        poll_until("the first bytes", || byte_at(&path, 7) == Some(b'8'));
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(cut)
            .unwrap();
        pipe.write_all(&vec![1; 8 * page as usize - 8]).unwrap();
        drop(pipe);
        let run = held.wait();
        let error = run.code(9).json_error();
        assert_eq!(error["code"], "fault");
        // Within the last page, bytes are lost without a fault; this loss is detected by the size.
        let offset = error["offset"].as_u64().unwrap();
        assert!(
            offset == at || offset == at.next_multiple_of(page),
            "{error}"
        );
        assert_eq!(size(&path), cut, "it is not extended again");
        fs::remove_file(env.path("pipe")).unwrap();
    }
}

#[test]
fn a_truncation_within_the_last_page_is_detected() {
    let env = Env::new();
    let path = env.file("f", [9; 100]);
    let (held, mut pipe) = fed(&env, ["f", "-n", "100", "--json"]);
    pipe.write_all(b"12345678").unwrap();
    poll_until("the first bytes", || byte_at(&path, 7) == Some(b'8'));
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(50)
        .unwrap();
    pipe.write_all(&[1; 92]).unwrap();
    drop(pipe);
    let error = held.wait().code(9).json_error();
    assert_eq!(error["offset"], 50);
    assert_eq!(size(&path), 50);
}

#[test]
fn an_unreadable_block_is_a_fault_when_part_of_a_page_is_written() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let at = disk.first_bad() + page_size() + 10;
    evict(disk.file());
    let error = env
        .run(args![
            "fill",
            disk.file(),
            "-o",
            at.to_string(),
            "-n",
            "5",
            "--json"
        ])
        .code(9)
        .json_error();
    assert_eq!(error["code"], "fault");
    assert_eq!(error["offset"], at);
}

#[test]
fn verification_detects_changes_by_another_process() {
    let env = Env::new();
    let path = env.file("f", [9; 20_000]);
    let (held, mut pipe) = fed(&env, ["f", "--verify", "--json"]);
    pipe.write_all(&[1; 10_000]).unwrap();
    poll_until("the first bytes", || byte_at(&path, 9_999) == Some(1));
    let other = Mapped::shared(&path);
    other.set(7_000, 2);
    other.set(9_000, 3);
    pipe.write_all(&[1; 5_000]).unwrap();
    drop(pipe);
    let run = held.wait();
    let error = run.code(10).stdout("").json_error();
    assert_eq!(
        (&error["code"], &error["offset"]),
        (&json!("mismatch"), &json!(7_000))
    );
    assert_eq!(byte_at(&path, 14_999), Some(1), "what was written stays");
}

#[test]
fn a_mismatch_shows_both_bytes() {
    let env = Env::new();
    let path = env.file("f", b"");
    let (held, mut pipe) = fed(&env, ["f", "--verify"]);
    pipe.write_all(b"abc").unwrap();
    poll_until("the first bytes", || byte_at(&path, 2) == Some(b'c'));
    Mapped::shared(&path).set(1, b'x');
    drop(pipe);
    held.wait().refuses(
        10,
        "f: cannot verify at offset 1: found 0x78, but 0x62 was written",
    );
    assert_eq!(size(&path), 0, "it has its old size again");
}

#[test]
fn an_interrupted_stream_restores_the_size_and_reports_the_overwritten_bytes() {
    let env = Env::new();
    for (signal, code, name) in [
        (Signal::INT, 130, "SIGINT"),
        (Signal::TERM, 143, "SIGTERM"),
        (Signal::HUP, 129, "SIGHUP"),
        (Signal::QUIT, 131, "SIGQUIT"),
    ] {
        let path = env.file("f", [9; 100]);
        let (held, mut pipe) = fed(&env, ["f", "-o", "5"]);
        pipe.write_all(&[1; 1000]).unwrap();
        poll_until("the first bytes", || byte_at(&path, 1_004) == Some(1));
        held.signal(signal);
        held.wait().refuses(
            code,
            format!(
                "f: cannot fill at offset 1005: interrupted by {name} after 1000 bytes; 95 bytes from \
                 offset 5 were overwritten"
            ),
        );
        assert_eq!(fs::read(&path).unwrap(), [&[9; 5][..], &[1; 95]].concat());
        fs::remove_file(env.path("pipe")).unwrap();
    }
}

#[test]
fn an_interrupted_stream_creates_no_file() {
    let env = Env::new();
    let Some(tag) = env.tag("interrupted") else {
        return;
    };
    for target in [
        &args!["f"][..],
        &args!["--tag", tag.name()],
        &args!["old", "--open", "truncate"],
    ] {
        let old = env.file("old", b"old");
        let (held, mut pipe) = fed(&env, target);
        pipe.write_all(&[1; 1 << 20]).unwrap();
        held.signal(Signal::INT);
        let run = held.wait();
        assert!(
            run.err_text().ends_with("; nothing was changed\n"),
            "{}",
            run.err_text()
        );
        run.code(130);
        assert!(!env.path("f").exists() && !tag.path().exists());
        assert_eq!(fs::read(&old).unwrap(), b"old");
        fs::remove_file(env.path("pipe")).unwrap();
        assert_eq!(names(env.dir()), ["old"]);
    }
}

#[test]
fn a_hangup_that_is_ignored_does_not_stop_a_fill() {
    let env = Env::new();
    let path = env.file("f", b"");
    let pipe = env.fifo("pipe");
    let program = env!("CARGO_BIN_EXE_mmapctl");
    let script = r#"trap "" HUP; exec "$0" fill -q f --from pipe"#;
    let held = env.tool("sh", ["-c", script, program]).spawn();
    let mut pipe = File::options().write(true).open(&pipe).unwrap();
    pipe.write_all(&[1; 1000]).unwrap();
    poll_until("the first bytes", || byte_at(&path, 999) == Some(1));
    held.signal(Signal::HUP);
    pipe.write_all(&[2; 1000]).unwrap();
    drop(pipe);
    held.wait().ok();
    assert_eq!(fs::read(&path).unwrap(), [[1; 1000], [2; 1000]].concat());
}

#[test]
fn an_interrupt_before_the_first_byte_leaves_no_new_file() {
    let env = Env::new();
    let (held, pipe) = fed(&env, ["f"]);
    held.signal(Signal::INT);
    held.wait().refuses(
        130,
        "f: cannot fill at offset 0: interrupted by SIGINT after 0 bytes; nothing was changed",
    );
    assert!(!env.path("f").exists());
    drop(pipe);
}

#[test]
fn an_interrupt_while_a_dump_is_read_names_it_and_writes_nothing() {
    let env = Env::new();
    let path = env.file("f", b"abc");
    let pipe = env.fifo("pipe");
    let held = env.cmd(["fill", "f", "--from-hex", "pipe"]).spawn();
    let mut writer = File::options().write(true).open(pipe).unwrap();
    writer.write_all(b"6162").unwrap();
    held.signal(Signal::INT);
    held.wait().refuses(
        130,
        "pipe: cannot read: stopped while reading the input; nothing was written",
    );
    assert_eq!(fs::read(&path).unwrap(), b"abc");
}

#[test]
fn an_interrupted_fill_stops_after_a_complete_chunk() {
    let env = Env::new();
    let length = 512_u64 << 20;
    let Some(mount) = env.small_tmpfs(length + (1 << 20)) else {
        return;
    };
    let path = mount.path("f");
    File::create(&path).unwrap().set_len(length).unwrap();
    let held = env
        .cmd(args!["fill", &path, "--to-end", "--random=1", "--json"])
        .spawn();
    poll_until("the first byte", || {
        byte_at(&path, 0).is_some_and(|byte| byte != 0)
    });
    held.signal(Signal::INT);
    let error = held.wait().code(130).json_error();
    let reached = error["offset"].as_u64().unwrap();
    assert!(reached > 0 && reached < length, "{reached}");
    assert_eq!(reached % CHUNK, 0);
    let whole = env.path("whole");
    env.run(args![
        "fill",
        "-q",
        &whole,
        "-n",
        reached.to_string(),
        "--random=1"
    ])
    .ok();
    let mut filled = vec![0; reached as usize];
    File::open(&path).unwrap().read_exact(&mut filled).unwrap();
    assert!(filled == fs::read(&whole).unwrap());
}

// ---------------------------------------------------------------------------------------------------
// Reports.

#[test]
fn the_report_describes_the_fill() {
    let env = Env::new();
    let run = env.run([
        "fill",
        "f",
        "-o",
        "2",
        "-n",
        "5000",
        "--pattern",
        "55 aa",
        "--verify",
    ]);
    let text = run.ok().out_text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..5],
        [
            "f: 4.88 KiB filled",
            "  range       offset 2 B",
            "  bytes       pattern 55aa, 2 B, repeated",
            "  created     4.88 KiB",
            "  verified    every byte reads back as written",
        ]
    );
    assert!(
        lines[5].starts_with("  time        ") && lines.len() == 6,
        "{text}"
    );
    let mut report = env
        .run([
            "fill",
            "--json",
            "f",
            "-n",
            "6000",
            "--random=7",
            "--verify",
        ])
        .ok()
        .json();
    assert!(report["duration_ns"].take().as_u64().unwrap() > 0);
    assert_eq!(
        report,
        json!({
            "source": "file", "path": "f", "content": "random", "seed": 7, "repeated": false, "kind": "file",
            "offset": 0, "length": 6000, "access": "w", "created": false, "old_size": 5002,
            "new_size": 6000, "reserved": true, "verified": true, "duration_ns": null,
        })
    );
}

#[test]
fn the_report_says_whether_bytes_were_repeated() {
    let env = Env::new();
    env.file("in\n", "abc");
    for (content, name) in [
        (["--from", "in\n"], r"from in\n"),
        (["--from", "-"], "from standard input"),
        (["--text", "abc"], "text abc"),
        (["--pattern", "616263"], "pattern 616263"),
    ] {
        for (length, times, repeated) in [
            (None, ", written once", false),
            (Some("3"), ", written once", false),
            (Some("2"), ", truncated from 3 B", false),
            (Some("10"), ", 3 B, repeated", true),
        ] {
            // The end of a stream is unknown until it is read.
            let times = match (content, length) {
                (["--from", "-"], Some("2" | "3")) => "",
                _ => times,
            };
            let fill = |json: Option<&str>| {
                let cmd = env.cmd(["fill", "f"]).args(content);
                let cmd = cmd.args(length.map(|length| format!("--length={length}")));
                cmd.args(json).stdin("abc").run()
            };
            fill(None)
                .ok()
                .stdout_line(format!("  bytes       {name}{times}"));
            assert_eq!(fill(Some("--json")).ok().json()["repeated"], repeated);
        }
    }
    env.run(["fill", "f", "--byte", "1", "--to-end"])
        .ok()
        .stdout_line("  bytes       byte 0x01");
}

#[test]
fn a_closed_pipe_does_not_stop_the_fill_and_a_full_one_is_an_error() {
    let env = Env::new();
    env.cmd(["fill", "f", "-n", "5"])
        .stdout(Sink::ClosedPipe)
        .run()
        .code(0);
    assert_eq!(size(env.path("f")), 5);
    env.cmd(["fill", "f", "-n", "6"])
        .stdout(Sink::Full)
        .run()
        .code(6);
    assert_eq!(size(env.path("f")), 6);
}

#[test]
fn progress_goes_to_a_pipe_only_on_request() {
    let env = Env::new();
    env.run(["fill", "-q", "f", "-n", "64M"]).ok();
    let (held, mut pipe) = fed(&env, ["f", "-q", "--progress", "always"]);
    let mut held = held;
    let watch = std::time::Instant::now();
    // Progress is shown only after a delay, so input must keep arriving until then.
    while watch.elapsed() < std::time::Duration::from_secs(2) {
        pipe.write_all(&[1; 100]).unwrap();
    }
    assert!(held.stderr_line(0).starts_with("mmapctl: filling: "));
    drop(pipe);
    held.wait().code(0);
}

// ---------------------------------------------------------------------------------------------------
// Flushing.

#[test]
fn flushing_leaves_no_dirty_page_and_reports_both_counts() {
    let env = Env::new();
    let Some(disk) = env.on_disk() else { return };
    let path = disk.path().join("f");
    let fill = |flush: &str| {
        let run = env.run(args![
            "fill", "--json", &path, "-n", "1M", "--byte", "1", "--flush", flush
        ]);
        run.ok().json()
    };
    assert_eq!(fill("none")["flushed"], json!(null));
    let Some(dirty) = cache(&path) else { return };
    assert!(dirty.dirty > 0, "{dirty:?}");
    let report = fill("sync");
    let flushed = &report["flushed"];
    assert_eq!(flushed["mode"], "sync");
    assert!(flushed["before"]["dirty"].as_u64().unwrap() > 0, "{report}");
    assert_eq!(flushed["after"]["dirty"], 0);
    assert_eq!(cache(&path).unwrap().dirty, 0);
    assert_eq!(fill("async")["flushed"]["mode"], "async");
    poll_until("the pages to be written", || {
        cache(&path).is_some_and(|seen| seen.dirty + seen.writeback == 0)
    });
}

#[test]
fn a_failed_flush_is_an_error_and_keeps_the_written_bytes() {
    let env = Env::new();
    let Some(disk) = env.thin_disk() else { return };
    let path = disk.mount().file("f", vec![9; 1 << 20]);
    disk.starve();
    let run = env.run(args![
        "fill", &path, "-n", "4M", "--byte", "1", "--flush", "sync"
    ]);
    assert!(run.out().is_empty() && !run.err().is_empty());
    run.code(6);
    assert_eq!(byte_at(&path, 0), Some(1));
    assert_eq!(size(&path), 1 << 20, "it has its old size again");
}

#[test]
fn memory_and_private_copies_have_no_storage_to_flush_to() {
    let env = Env::new();
    let Some(tag) = env.tag("flush") else { return };
    env.run(args![
        "fill",
        "--tag",
        tag.name(),
        "-n",
        "1pg",
        "--flush",
        "sync"
    ])
    .ok()
    .stdout_line("  flushed     nothing to flush: it is in memory only");
    env.file("f", "abc");
    env.run(["fill", "f", "-a", "c", "--to-end", "--flush", "sync"])
        .refuses(
            2,
            "--flush cannot be used with --access c, which does not change the file",
        );
}

// ---------------------------------------------------------------------------------------------------
// Dumps read back.

/// Bytes with runs that dumps squeeze, and a last short line.
fn squeezable() -> Vec<u8> {
    let mut bytes = pattern(1000);
    bytes.resize(5000, 0);
    bytes.extend(vec![7; 3000]);
    bytes.extend(pattern(77));
    bytes
}

#[test]
fn every_dump_reads_back_as_the_bytes_it_shows() {
    let env = Env::new();
    let bytes = squeezable();
    env.file("f", &bytes);
    for format in ["hexyl", "xxd", "canonical", "plain", "c"] {
        for offset in ["0", "32"] {
            let dump = env.run(["dump", "f", "--format", format, "-o", offset]);
            env.file("dump", dump.ok().out());
            let _ = fs::remove_file(env.path("g"));
            // These two formats have no offsets.
            let at = if matches!(format, "plain" | "c") {
                offset
            } else {
                "0"
            };
            env.run([
                "fill",
                "-q",
                "g",
                "--from-hex",
                "dump",
                "-o",
                at,
                "--verify",
            ])
            .ok();
            let skip: usize = offset.parse().unwrap();
            let back = fs::read(env.path("g")).unwrap();
            assert!(back[..skip].iter().all(|b| *b == 0));
            assert!(back[skip..] == bytes[skip..], "{format} from {offset}");
        }
    }
}

#[test]
fn a_dump_of_a_hole_restores_the_hole() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(8 << 20) else {
        return;
    };
    let path = mount.file("f", b"");
    let file = File::options().write(true).open(&path).unwrap();
    file.write_all_at(b"begin", 0).unwrap();
    file.write_all_at(b"end", 1 << 30).unwrap();
    let dump = env.run(args!["dump", &path, "--format", "canonical"]);
    env.file("dump", dump.ok().out());
    let back = mount.path("g");
    env.run(args!["fill", "-q", &back, "--from-hex", "dump"])
        .ok();
    assert_eq!(size(&back), (1 << 30) + 3);
    assert!(allocated(&back) < 1 << 20, "{}", allocated(&back));
    assert_eq!(byte_at(&back, (1 << 30) + 2), Some(b'd'));
}

#[test]
fn a_dump_changes_the_bytes_it_shows_and_no_others() {
    let env = Env::new();
    let path = env.file("f", [9; 64]);
    env.cmd(["fill", "--json", "f", "--from-hex", "-", "--verify"])
        .stdin("00000010: 6162 63  abc\n00000020: 00\n00000011: 58\n")
        .run()
        .ok();
    let mut expected = [9; 64];
    expected[16..19].copy_from_slice(b"aXc");
    expected[32] = 0;
    assert_eq!(fs::read(&path).unwrap(), expected);
    let report = env
        .cmd(["fill", "--json", "f", "--from-hex", "-", "-o", "-4"])
        .stdin("00000001: ffff\n")
        .run()
        .ok()
        .json();
    assert_eq!(
        (&report["content"], &report["offset"], &report["length"]),
        (&json!("dump"), &json!(61), &json!(2))
    );
    expected[61..63].fill(255);
    assert_eq!(fs::read(&path).unwrap(), expected);
}

#[test]
fn a_malformed_line_is_reported_and_nothing_is_written_unless_partial_is_allowed() {
    let env = Env::new();
    let path = env.file("f", [9; 8]);
    let text = "00000000: 6162  ab\n00000002: 6364  cd\n00000004: 65zz\n00000006: 66\n";
    env.file("dump", text);
    let run = env.run(["fill", "f", "--from-hex", "dump"]);
    run.code(1).stdout("");
    assert!(
        run.err_text()
            .starts_with("mmapctl: dump: cannot read: line 3: "),
        "{}",
        run.err_text()
    );
    assert_eq!(fs::read(&path).unwrap(), [9; 8]);
    env.run(["fill", "new", "--from-hex", "dump"]).code(1);
    assert!(!env.path("new").exists());
    let run = env.run(["fill", "f", "--from-hex", "dump", "--partial"]);
    run.code(1);
    assert!(
        run.err_text()
            .starts_with("mmapctl: dump: cannot read: line 3: "),
        "{}",
        run.err_text()
    );
    assert_eq!(fs::read(&path).unwrap(), b"abcd\x09\x09\x09\x09");
}

/// Numbers of four bytes, each 0 or 1.
fn zeros_and_ones() -> Vec<u8> {
    (0..300_u32).flat_map(|n| (n % 2).to_le_bytes()).collect()
}

/// Bytes to dump: random bytes and text, long and less than two lines, and some without printable characters.
fn samples(env: &Env) -> [Vec<u8>; 5] {
    env.run(["fill", "-q", "r", "-n", "4111", "--random=3"])
        .ok();
    let random = fs::read(env.path("r")).unwrap();
    let text = b"Some words that are printable, and some more.\n".repeat(20);
    let (short, words) = (random[..33].to_vec(), text[..21].to_vec());
    [random, short, text, words, zeros_and_ones()]
}

/// The output of `program` for `f`.
fn foreign_dump(env: &Env, program: &Path, arguments: &[&str]) -> Vec<u8> {
    let run = env
        .tool(program, arguments.iter().copied().chain(["f"]))
        .run();
    run.ok().out().to_vec()
}

#[test]
fn dumps_of_other_layouts_never_write_other_bytes() {
    let env = Env::new();
    let dumps: &[(&str, &[&str])] = &[
        ("od", &[]),
        ("od", &["-A", "x", "-t", "x1"]),
        ("od", &["-A", "x", "-t", "x1z"]),
        ("od", &["-A", "d", "-t", "x1"]),
        ("od", &["-A", "n", "-t", "x2"]),
        ("od", &["-A", "n", "-t", "x8", "-w8"]),
        ("od", &["-t", "u4"]),
        ("od", &["-t", "x4"]),
        ("od", &["-t", "u1"]),
        ("od", &["-c"]),
        ("hexdump", &[]),
        ("hexdump", &["-x"]),
        ("hexdump", &["-b"]),
        ("hexdump", &["-d"]),
        ("hexdump", &["-o"]),
    ];
    let samples = samples(&env);
    for (program, arguments) in dumps {
        let Some(found) = env.peer(program) else {
            continue;
        };
        for bytes in &samples {
            env.file("f", bytes);
            let dump = foreign_dump(&env, &found, arguments);
            for partial in [false, true] {
                let mut argv = vec!["fill", "g", "--from-hex", "-"];
                argv.extend(partial.then_some("--partial"));
                let run = env.cmd(argv).stdin(dump.clone()).run();
                let what = format!("{program} {arguments:?} of {} bytes", bytes.len());
                run.code(1);
                let error = run.err_text();
                assert!(
                    error.starts_with("mmapctl: standard input: cannot read: line "),
                    "{what}: {error}"
                );
                assert!(error.contains("hexdump -C"), "{what}: {error}");
                assert!(!env.path("g").exists(), "{what}");
            }
        }
    }
}

#[test]
fn all_layouts_of_xxd_are_read_back_unless_their_byte_order_is_unknown() {
    let env = Env::new();
    let Some(xxd) = env.peer("xxd") else { return };
    for arguments in [
        &["-b"][..],
        &["-b", "-c", "1"],
        &["-b", "-g", "2"],
        &["-b", "-a", "-E"],
        &["-e"],
        &["-e", "-g", "2"],
        &["-e", "-g", "8"],
        &["-e", "-u", "-d"],
        &["-d"],
        &["-d", "-g", "1", "-c", "24"],
    ] {
        for bytes in samples(&env) {
            env.file("f", &bytes);
            let _ = fs::remove_file(env.path("g"));
            let dump = foreign_dump(&env, &xxd, arguments);
            let run = env
                .cmd(["fill", "-q", "g", "--from-hex", "-"])
                .stdin(dump)
                .run();
            // No character shows the order of the bytes, and groups of two look like those of xxd.
            let unknown = bytes == zeros_and_ones() && arguments[0] == "-e";
            match (unknown, arguments) {
                (true, ["-e", "-g", "2"]) => {}
                (true, _) => {
                    run.code(1);
                    assert!(!env.path("g").exists(), "{arguments:?}");
                }
                (false, _) => {
                    run.ok();
                    assert!(fs::read(env.path("g")).unwrap() == bytes, "{arguments:?}");
                }
            }
        }
    }
}

#[test]
fn dumps_of_the_programs_themselves_are_read_back() {
    let env = Env::new();
    let mut samples = samples(&env).to_vec();
    samples.push(vec![0; 999]);
    let dumps: &[(&str, &[&str])] = &[
        ("xxd", &[]),
        ("xxd", &["-a"]),
        ("xxd", &["-u"]),
        ("xxd", &["-E"]),
        ("xxd", &["-g", "1", "-c", "8"]),
        ("xxd", &["-c", "7"]),
        ("xxd", &["-c", "200"]),
        ("xxd", &["-p"]),
        ("xxd", &["-p", "-c", "5"]),
        ("xxd", &["-i"]),
        ("hexdump", &["-C"]),
        ("hexdump", &["-Cv"]),
        ("hexdump", &["-v", "-e", "16/1 \"%02x \" \"\\n\""]),
    ];
    for (program, arguments) in dumps {
        let Some(found) = env.peer(program) else {
            continue;
        };
        for bytes in &samples {
            env.file("f", bytes);
            let dump = foreign_dump(&env, &found, arguments);
            let _ = fs::remove_file(env.path("g"));
            env.cmd(["fill", "-q", "g", "--from-hex", "-"])
                .stdin(dump)
                .run()
                .ok();
            assert_eq!(
                &fs::read(env.path("g")).unwrap(),
                bytes,
                "{program} {arguments:?}"
            );
        }
    }
}

#[test]
fn size_rules_apply_to_dumps() {
    let env = Env::new();
    let path = env.file("f", b"abc");
    let fill = |arguments: &[&str], text: &str| {
        let cmd = env.cmd(["fill", "f", "--from-hex", "-"]);
        cmd.args(arguments).stdin(text).run()
    };
    fill(&["--no-extend"], "00000002: 5858\n")
        .refuses(5, "f: the file is 3 bytes, but the range ends at 4 bytes");
    fill(&["-n", "5"], "00: 58\n").code(2);
    fill(&["--no-create"], "00000000: 58\n").code(0);
    fill(&["-a", "c", "--verify"], "00000001: 59\n").code(0);
    assert_eq!(fs::read(&path).unwrap(), b"Xbc");
    fill(&[], "ffffffffffffff00: 58\n").code(2);
    fill(&["--hex-format", "plain"], "58 59\n").code(0);
    assert_eq!(fs::read(&path).unwrap(), b"XYc");
    let Some(mount) = env.small_tmpfs(1 << 20) else {
        return;
    };
    let new = mount.path("new");
    let bytes = env.run(["fill", "-q", "big", "-n", "2M", "--random=1"]);
    bytes.ok();
    let dump = env.run(["dump", "big", "--format", "plain"]);
    env.cmd(args!["fill", &new, "--from-hex", "-"])
        .stdin(dump.out())
        .run()
        .code(6);
    assert!(!new.exists());
}

#[test]
fn contradictory_options_are_usage_errors() {
    let env = Env::new();
    let once = "--from-hex writes a dump once and cannot be used with a length or --to-end";
    for length in ["--to-end", "--length=5"] {
        env.run(["fill", "f", "--from-hex", "-", length])
            .refuses(2, once)
            .stderr_lines(1);
    }
    env.run(["fill", "f", "--byte", "1", "--to-end", "--length", "5"])
        .refuses(
            2,
            "--to-end cannot be used with --length or with the end of a range",
        )
        .stderr_lines(1);
    env.run(["fill", "f", "--byte", "1", "--to-end", "--open", "truncate"])
        .refuses(
            2,
            "--to-end cannot be used with --open truncate, which leaves no bytes",
        )
        .stderr_line("hint: give the number of bytes: --length N");
    env.run(["fill", "f", "--text", ""])
        .refuses(2, "--text is empty; there is nothing to write")
        .stderr_lines(1);
    env.run(["fill", "f", "-n", "1", "--open", "create", "--no-create"])
        .refuses(2, "--open create and --no-create contradict each other");
    env.run(["fill", "f", "-n", "1", "--partial"]).code(2);
    env.run(["fill", "f", "--from-hex", "x", "--from", "y"])
        .code(2);
}
