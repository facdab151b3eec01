//! `mmapctl replay`: the last bytes of a ring in order, whole lines, and what a reader that is too slow is told.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{Env, Ring, Signal, Sink, args, poll_until};

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Records text into `ring`, which keeps 64 KiB.
fn record(env: &Env, text: impl Into<Vec<u8>>) {
    let run = env.cmd(["record", "ring", "-n", "64K", "-q"]);
    run.stdin(text).run().ok();
}

/// Numbered lines.
fn lines(range: std::ops::Range<u64>) -> String {
    range.map(|number| format!("line {number}\n")).collect()
}

#[test]
fn only_whole_lines_are_shown_with_lines() {
    let env = Env::new();
    record(&env, lines(0..20_000) + "not complete");
    let replay = |count: &str| env.run(["replay", "ring", "--lines", count]);
    replay("3").ok().stdout(lines(19_997..20_000));
    replay("0").ok().stdout("");
    // The ring begins in the middle of a line.
    let kept = String::from_utf8(Ring::read(env.path("ring")).kept).unwrap();
    let (_, whole) = kept.split_once('\n').unwrap();
    let whole = whole.strip_suffix("not complete").unwrap();
    replay("1000000").ok().stdout(whole);
    env.run(["replay", "ring"]).ok().stdout(&kept);
    // Now the last line is complete.
    record(&env, " until now\n");
    replay("1").ok().stdout("not complete until now\n");
}

#[test]
fn the_first_line_of_all_is_whole() {
    let env = Env::new();
    for (text, all) in [
        ("", ""),
        ("\n", "\n"),
        ("a", ""),
        ("a\n", "a\n"),
        ("a\n\nb\nc", "a\n\nb\n"),
    ] {
        std::fs::remove_file(env.path("ring")).ok();
        record(&env, text);
        env.run(["replay", "ring", "--lines", "9"]).ok().stdout(all);
        env.run(["replay", "ring"]).ok().stdout(text);
    }
}

#[test]
fn a_line_longer_than_the_ring_is_not_shown() {
    let env = Env::new();
    record(&env, "x".repeat(100_000) + "\n");
    env.run(["replay", "ring", "--lines", "9"]).ok().stdout("");
    record(&env, "short\n".repeat(3));
    let run = env.run(["replay", "ring", "--lines", "9"]);
    run.ok().stdout("short\n".repeat(3));
}

#[test]
fn long_lines_are_shown_whole() {
    let env = Env::new();
    let line = |byte: &str| byte.repeat(700_000) + "\n";
    let run = env.cmd(["record", "ring", "-n", "2M", "-q"]);
    run.stdin(line("a") + &line("b") + &line("c")).run().ok();
    let run = env.run(["replay", "ring", "--lines", "2"]);
    run.ok().stdout(line("b") + &line("c"));
    // The first line is cut off.
    let run = env.run(["replay", "ring", "--lines", "3"]);
    run.ok().stdout(line("b") + &line("c"));
}

#[test]
fn following_goes_on_with_later_bytes_and_later_recordings() {
    let env = Env::new();
    record(&env, "one\ntwo\n");
    let command = ["replay", "ring", "--lines", "1", "--follow"];
    let mut held = env.cmd(command).spawn();
    assert_eq!(held.line(0), "two");
    record(&env, "thr");
    record(&env, "ee\nfour\n");
    assert_eq!(
        (held.line(1), held.line(2)),
        ("three".into(), "four".into())
    );
    held.signal(Signal::INT);
    held.wait()
        .code(130)
        .stderr("")
        .stdout("two\nthree\nfour\n");
}

#[test]
fn following_ends_when_nobody_reads() {
    let env = Env::new();
    record(&env, "one\n");
    let run = env
        .cmd(["replay", "ring", "-f"])
        .stdout(Sink::ClosedAfter(4));
    run.run().ok();
}

#[test]
fn a_ring_truncated_meanwhile_is_a_fault() {
    let env = Env::new();
    for size in [0, 100, 65_536, 100_000] {
        std::fs::remove_file(env.path("ring")).ok();
        record(&env, "one\n");
        let mut held = env.cmd(["replay", "ring", "--follow"]).spawn();
        held.line(0);
        let file = File::options().write(true).open(env.path("ring")).unwrap();
        file.set_len(size).unwrap();
        let run = held.wait();
        let message = format!("truncated to {size} bytes during the operation");
        run.code(9).stdout("one\n");
        assert!(run.err_text().contains(&message), "{}", run.err_text());
    }
}

/// What a reader gets that reads nothing until the writer has overtaken it.
fn overtaken(env: &Env, more: &[&str]) -> (Vec<u8>, String) {
    let text = lines(0..200_000);
    let (first, second) = text.split_at(text.len() / 2);
    let run = env.cmd(["record", "ring", "-n", "500K", "-q"]);
    run.stdin(first).run().ok();
    let (mut out, into) = io::pipe().unwrap();
    let mut reader = Command::new(support::MMAPCTL)
        .args(["replay", "ring", "--follow"])
        .args(more)
        .current_dir(env.dir())
        .stdout(into)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The pipe holds less than the reader shows at first.
    let call = format!("/proc/{}/syscall", reader.id());
    let write = format!("{} ", libc::SYS_write);
    poll_until("the reader waits for the pipe", || {
        std::fs::read_to_string(&call).is_ok_and(|text| text.starts_with(&write))
    });
    env.cmd(["record", "ring", "-q"]).stdin(second).run().ok();
    let mut shown = Vec::new();
    let mut buffer = vec![0; 1 << 16];
    let is_last = |shown: &[u8]| match more.contains(&"--json") {
        false => shown.ends_with(b"line 199999\n"),
        true => {
            let text = String::from_utf8_lossy(shown);
            let mut all = text
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok());
            all.next_back().is_some_and(|object: Value| {
                let data = object["data_base64"].as_str().unwrap_or_default();
                STANDARD
                    .decode(data)
                    .is_ok_and(|data| data.ends_with(b"line 199999\n"))
            })
        }
    };
    while !is_last(&shown) {
        let count = out.read(&mut buffer).unwrap();
        assert!(count > 0);
        shown.extend_from_slice(&buffer[..count]);
    }
    let pid = rustix::process::Pid::from_child(&reader);
    rustix::process::kill_process(pid, Signal::TERM).unwrap();
    out.read_to_end(&mut shown).unwrap();
    let mut notes = String::new();
    reader
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut notes)
        .unwrap();
    assert_eq!(reader.wait().unwrap().code(), Some(143));
    (shown, notes)
}

#[test]
fn a_reader_that_is_overtaken_is_told_how_much_it_lost() {
    let env = Env::new();
    let all = lines(0..200_000);
    let oldest = all.len() / 2 - 500 * 1024;
    let (shown, notes) = overtaken(&env, &[]);
    let (_, note) = notes.split_once('(').unwrap();
    let lost: usize = note.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(notes.lines().count(), 1, "{notes}");
    assert!(notes.starts_with("mmapctl: note: ring: ") && notes.contains(" lost here: "));
    assert_eq!(shown.len() + lost, all.len() - oldest);
    assert!(shown.ends_with(&all.as_bytes()[all.len() - 500 * 1024..]));
    let first = shown.len() - 500 * 1024;
    assert!(shown[..first] == all.as_bytes()[oldest..oldest + first]);
}

#[test]
fn an_overtaken_reader_of_lines_shows_only_whole_ones() {
    let env = Env::new();
    let (shown, notes) = overtaken(&env, &["--lines", "100000"]);
    assert_eq!(notes.lines().count(), 1, "{notes}");
    let shown = String::from_utf8(shown).unwrap();
    let numbers: Vec<u64> = shown
        .lines()
        .map(|line| line.strip_prefix("line ").unwrap().parse().unwrap())
        .collect();
    assert_eq!(
        numbers
            .iter()
            .map(|n| format!("line {n}\n"))
            .collect::<String>(),
        shown
    );
    let gaps = numbers
        .windows(2)
        .filter(|pair| pair[1] != pair[0] + 1)
        .count();
    assert_eq!(gaps, 1);
}

#[test]
fn json_has_the_position_of_each_piece_and_what_was_lost() {
    let env = Env::new();
    let all = lines(0..200_000);
    let (shown, notes) = overtaken(&env, &["--json"]);
    assert_eq!(notes, "");
    let shown = String::from_utf8(shown).unwrap();
    let objects: Vec<Value> = shown
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (total, pieces) = objects.split_last().unwrap();
    let mut at = all.len() as u64 / 2 - 500 * 1024;
    let (mut lost, mut length) = (0, 0);
    for piece in pieces {
        let missing = piece["lost"].as_u64().unwrap();
        (at, lost) = (at + missing, lost + missing);
        assert_eq!(piece["position"], at);
        let data = STANDARD
            .decode(piece["data_base64"].as_str().unwrap())
            .unwrap();
        let start = usize::try_from(at).unwrap();
        assert!(data == all.as_bytes()[start..start + data.len()]);
        at += data.len() as u64;
        length += data.len() as u64;
    }
    assert!(lost > 0);
    let mut total = total.clone();
    assert!(total["writer"].take().as_u64().unwrap() > 0);
    let expected = json!({
        "source": "file", "path": "ring", "length": 500 * 1024, "written": all.len(), "runs": 2,
        "writer": null, "writer_runs": false, "shown": length, "lost": lost, "incomplete": 0,
    });
    assert_eq!(total, expected);
}

#[test]
fn the_last_writer_is_seen_running_or_not() {
    let env = Env::new();
    let ring = env.path("ring");
    let (input, mut feed) = io::pipe().unwrap();
    let held = env
        .cmd(args!["record", &ring, "-n", "64K"])
        .spawn_reading(input);
    feed.write_all(b"a\nbc").unwrap();
    let state = |lines: usize| {
        let all = ["replay", "--json", "ring", "--lines", "9"];
        env.run(all)
            .ok()
            .json_lines()
            .into_iter()
            .nth(lines)
            .unwrap_or_default()
    };
    poll_until("the bytes are there", || {
        ring.exists() && state(1)["incomplete"] == 2
    });
    let total = state(1);
    assert_eq!(total["writer"], held.pid());
    assert_eq!(total["writer_runs"], true);
    let run = env.run(["replay", "-v", "ring"]);
    assert!(
        run.err_text().contains("(running); 4 B shown"),
        "{}",
        run.err_text()
    );
    held.signal(Signal::KILL);
    held.wait().signal(9);
    assert_eq!(state(1)["writer_runs"], false);
    // A process ID that another process has now.
    let file = File::options().write(true).open(&ring).unwrap();
    let own = std::process::id().to_le_bytes();
    std::os::unix::fs::FileExt::write_all_at(&file, &own, 128).unwrap();
    assert_eq!(state(1)["writer_runs"], false);
}

#[test]
fn a_missing_or_empty_ring_is_an_error() {
    let env = Env::new();
    env.run(["replay", "ring"])
        .refuses(3, "ring: cannot open: No such file or directory")
        .stderr_lines(1);
    env.file("ring", "");
    env.run(["replay", "ring"])
        .refuses(5, "ring: cannot read the ring: it is empty");
}

#[test]
fn the_head_of_a_ring_can_be_dumped() {
    let env = Env::new();
    record(&env, "12345");
    let run = env.run([
        "dump", "ring", "--offset", "64", "--length", "8", "--type", "u64le",
    ]);
    assert_eq!(run.ok().out_text().split_whitespace().nth(1), Some("5"));
}
