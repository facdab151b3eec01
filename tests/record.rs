//! `mmapctl record`: a ring that keeps the last bytes of a stream, read by another program that knows its format.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
use support::{
    Env, Held, Ring, Signal, Sink, allocated, args, maps, page_size, pattern, poll_until, size,
};

use std::fs::{self, File};
use std::io::{self, PipeWriter, Read, Write};
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};

const KIB: u64 = 1024;

/// Starts a recording whose input stays open.
fn start(env: &Env, ring: &Path, more: &[&str]) -> (Held, PipeWriter) {
    let (input, feed) = io::pipe().unwrap();
    let held = env
        .cmd(args!["record", ring])
        .args(more)
        .spawn_reading(input);
    (held, feed)
}

/// The number of counted bytes; `None` while there is no ring.
fn written(ring: &Path) -> Option<u64> {
    let mut number = [0; 8];
    let file = File::open(ring).ok()?;
    file.read_exact_at(&mut number, 64).ok()?;
    Some(u64::from_le_bytes(number))
}

fn until_written(ring: &Path, bytes: u64) {
    poll_until("the bytes are counted", || written(ring) == Some(bytes));
}

/// A ring that keeps the last 1000 bytes of 3000.
fn recorded(env: &Env) -> PathBuf {
    let ring = env.path("ring");
    let run = env.cmd(args!["record", &ring, "-n", "1000"]);
    run.stdin(pattern(3000)).run().code(0);
    ring
}

#[test]
fn the_last_bytes_are_kept_in_order() {
    let env = Env::new();
    for (length, input) in [
        (1_u64, 0_usize),
        (1, 10_000),
        (1000, 999),
        (1000, 1000),
        (1000, 1001),
        (48 * KIB, 64 << 10),
        (48 * KIB, 1_000_003),
        (64 * KIB, 1_000_003),
        (3_000_000, 10_000_019),
    ] {
        let ring = env.path(format!("{length}-{input}"));
        let bytes = pattern(input);
        let run = env.cmd(args!["record", &ring, "-n", length.to_string()]);
        run.stdin(bytes.clone()).run().code(0);
        let seen = Ring::read(&ring);
        assert_eq!((seen.length, seen.written), (length, input as u64));
        let kept = input.min(usize::try_from(length).unwrap());
        assert!(seen.kept == bytes[input - kept..], "{length} of {input}");
        assert_eq!(allocated(&ring), size(&ring), "all blocks are reserved");
        env.run(args!["replay", &ring]).ok().stdout(seen.kept);
    }
}

#[test]
fn the_report_has_the_ring_and_its_history() {
    let env = Env::new();
    let run = env
        .cmd(["record", "ring", "-n", "64K"])
        .stdin("abc\n")
        .run();
    let text = run.ok().out_text();
    assert!(
        text.starts_with("ring: 4 B recorded\n  ring        keeps the last 64 KiB; created\n"),
        "{text}"
    );
    let run = env.cmd(["record", "ring"]).stdin("d\n").run();
    run.ok()
        .stdout_line("  ring        keeps the last 64 KiB; continued after 4 B");
    let run = env.cmd(["record", "ring", "--json"]).stdin("ef").run();
    let mut report = run.ok().json();
    assert!(report["duration_ns"].take().as_u64().unwrap() > 0);
    let expected = serde_json::json!({
        "source": "file", "path": "ring", "created": false, "length": 65_536, "recorded": 2,
        "written": 8, "runs": 3, "duration_ns": null,
    });
    assert_eq!(report, expected);
    let run = env.cmd(["record", "ring", "-q"]).stdin("g").run();
    run.ok().stdout("");
    env.run(["replay", "ring"]).ok().stdout("abc\nd\nefg");
}

#[test]
fn the_head_names_the_writer() {
    let env = Env::new();
    let ring = env.path("ring");
    let (held, mut feed) = start(&env, &ring, &["-n", "64K"]);
    feed.write_all(b"abc").unwrap();
    until_written(&ring, 3);
    let seen = Ring::read(&ring);
    let stat = fs::read_to_string(format!("/proc/{}/stat", held.pid())).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let started = fields.split(' ').nth(19).unwrap();
    assert_eq!(
        (seen.pid, seen.start.to_string()),
        (held.pid(), started.to_owned())
    );
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    let digits: String = seen.boot.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digits, boot.trim().replace('-', ""));
    assert_eq!(seen.runs, 1);
    drop(feed);
    held.wait().ok();
}

#[test]
fn the_data_is_mapped_twice_in_a_row() {
    let env = Env::new();
    let ring = env.path("ring");
    let (held, mut feed) = start(&env, &ring, &["-n", "1M"]);
    feed.write_all(b"abc").unwrap();
    until_written(&ring, 3);
    let capacity = Ring::read(&ring).capacity;
    let name = ring.to_str().unwrap();
    let lines = maps(held.pid()).into_iter();
    let data: Vec<_> = lines
        .filter(|line| line.path == name && line.offset == 65_536)
        .collect();
    assert_eq!(data.len(), 2);
    assert!(data.iter().all(|line| line.length() == capacity));
    assert_eq!(data[0].end, data[1].start);
    drop(feed);
    held.wait().ok();
}

#[test]
fn a_second_writer_is_busy_until_the_first_has_ended_in_any_way() {
    let env = Env::new();
    let ring = env.path("ring");
    let (held, mut feed) = start(&env, &ring, &["-n", "64K"]);
    feed.write_all(b"first\n").unwrap();
    until_written(&ring, 6);
    let message = format!(
        "{}: cannot record: process {} is recording into it",
        ring.display(),
        held.pid()
    );
    for more in [&[][..], &["-n", "64K"], &["-n", "1M"]] {
        let run = env.cmd(args!["record", &ring]).args(more);
        run.stdin("second\n").run().refuses(12, &message);
    }
    held.signal(Signal::KILL);
    held.wait().signal(9);
    let run = env.cmd(args!["record", &ring, "-q"]).stdin("third\n").run();
    run.ok();
    let seen = Ring::read(&ring);
    assert_eq!(
        (seen.kept.as_slice(), seen.runs),
        (&b"first\nthird\n"[..], 2)
    );
}

#[test]
fn a_lock_of_another_program_is_respected() {
    let env = Env::new();
    let ring = recorded(&env);
    let lock = File::open(&ring).unwrap();
    lock.lock().unwrap();
    let message = format!(
        "{}: cannot record: another process has locked it",
        ring.display()
    );
    env.run(args!["record", &ring]).refuses(12, &message);
    env.run(args!["replay", &ring]).ok();
    lock.unlock().unwrap();
    env.run(args!["record", &ring, "-q"]).ok();
}

#[test]
fn a_ring_keeps_its_length() {
    let env = Env::new();
    let ring = recorded(&env);
    let before = fs::read(&ring).unwrap();
    let run = env
        .cmd(args!["record", &ring, "-n", "1001"])
        .stdin("x")
        .run();
    let message = "cannot record: the ring keeps 1000 bytes, not 1001 bytes";
    run.refuses(10, format!("{}: {message}", ring.display()))
        .stderr_line("hint: omit --length to continue it, or remove it first");
    assert!(fs::read(&ring).unwrap() == before);
    let run = env
        .cmd(args!["record", &ring, "-n", "1000", "-q"])
        .stdin("x")
        .run();
    run.ok();
    assert_eq!(Ring::read(&ring).written, 3001);
}

#[test]
fn a_new_ring_needs_a_length() {
    let env = Env::new();
    let run = env.run(["record", "ring"]);
    run.refuses(3, "ring: cannot open: No such file or directory")
        .stderr_line("hint: use --length SIZE to create it");
    env.file("empty", "");
    env.run(["record", "empty"])
        .refuses(5, "empty: cannot record: it is empty")
        .stderr_line("hint: use --length SIZE to create it");
    env.run(["record", "empty", "-n", "1K", "-q"]).ok();
    assert_eq!(Ring::read(env.path("empty")).length, 1024);
    for (length, message) in [
        (
            "0",
            "ring: a ring keeps at least 1 byte, and less than 2 EiB",
        ),
        (
            "2E",
            "ring: a ring keeps at least 1 byte, and less than 2 EiB",
        ),
    ] {
        env.run(["record", "ring", "-n", length])
            .refuses(2, message);
    }
    assert!(!env.path("ring").exists());
}

#[test]
fn another_file_is_refused_and_left_unchanged() {
    let env = Env::new();
    let ring = fs::read(recorded(&env)).unwrap();
    let changed = |at: usize, byte: u8| {
        let mut bytes = ring.clone();
        bytes[at] ^= byte;
        bytes
    };
    let lengths = |size: &str| {
        format!(
            "cannot read the ring: the ring has 128 KiB (131072 bytes), but the file has {size}"
        )
    };
    for (contents, status, message) in [
        (
            b"abc".to_vec(),
            10,
            "cannot read the ring: it is not a ring".to_owned(),
        ),
        (
            vec![0; 200_000],
            10,
            "cannot read the ring: it is not a ring".to_owned(),
        ),
        (
            changed(17, 1),
            10,
            "cannot read the ring: its head is damaged".to_owned(),
        ),
        (
            changed(35, 1),
            10,
            "cannot read the ring: its head is damaged".to_owned(),
        ),
        (
            changed(8, 3),
            8,
            "cannot read the ring: version 2 of the format is not supported".to_owned(),
        ),
        (ring[..100].to_vec(), 5, lengths("100 bytes")),
        (
            ring[..100_000].to_vec(),
            5,
            lengths("97.66 KiB (100000 bytes)"),
        ),
        (
            [&ring[..], b"x"].concat(),
            10,
            lengths("128 KiB (131073 bytes)"),
        ),
    ] {
        let file = env.file("other", &contents);
        for command in ["record", "replay"] {
            let run = env.cmd([command, "other"]).stdin("x").run();
            run.refuses(status, format!("other: {message}"));
        }
        assert!(fs::read(&file).unwrap() == contents, "{message}");
    }
}

#[test]
fn only_a_file_or_a_tag_can_be_a_ring() {
    let env = Env::new();
    for command in ["record", "replay"] {
        for path in ["/dev/null", "/"] {
            env.run([command, path]).code(8).stdout("");
        }
        env.run([command, "-"])
            .refuses(2, "'-' is no ring: a ring is a file or a tag")
            .stderr_line("hint: use './-' for a file of that name");
        env.run([command]).code(2);
        env.run([command, "a", "--tag", "b"]).code(2);
    }
    let run = env
        .cmd(["record", "./-", "-n", "10", "-q"])
        .stdin("x")
        .run();
    run.ok();
    env.run(["replay", "./-"]).ok().stdout("x");
}

#[test]
fn a_tag_can_be_a_ring() {
    let env = Env::new();
    let Some(tag) = env.tag("ring") else { return };
    let run = env.cmd(["record", "--tag", tag.name(), "-n", "64K", "-q"]);
    run.stdin("abc\n").run().ok();
    assert_eq!(Ring::read(tag.path()).kept, b"abc\n");
    let mode = fs::metadata(tag.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    env.run(["replay", "--tag", tag.name()])
        .ok()
        .stdout("abc\n");
}

#[test]
fn without_space_nothing_is_read_and_nothing_is_left() {
    let env = Env::new();
    let Some(mount) = env.small_tmpfs(256 * KIB) else {
        return;
    };
    let ring = mount.path("ring");
    let (input, mut feed) = io::pipe().unwrap();
    feed.write_all(b"still there").unwrap();
    let again = input.try_clone().unwrap();
    let run = env
        .cmd(args!["record", &ring, "-n", "1M"])
        .spawn_reading(input)
        .wait();
    run.code(6).stdout("");
    assert!(!ring.exists());
    drop(feed);
    let mut rest = String::new();
    (&again).read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "still there");
}

#[test]
fn holes_in_a_ring_get_blocks_again() {
    let env = Env::new();
    let ring = env.path("ring");
    env.run(args!["record", &ring, "-n", "64K", "-q"]).ok();
    let whole = allocated(&ring);
    env.tool(
        "fallocate",
        args!["--punch-hole", "-o", "64K", "-l", "64K", &ring],
    )
    .run()
    .ok();
    assert!(allocated(&ring) < whole);
    env.run(args!["record", &ring, "-q"]).ok();
    assert_eq!(allocated(&ring), whole);
}

#[test]
fn a_ring_truncated_meanwhile_is_a_fault() {
    let env = Env::new();
    for size in [0, 10, 65_536, 65_536 + page_size(), 130_000] {
        let ring = env.path(format!("ring{size}"));
        let (held, mut feed) = start(&env, &ring, &["-n", "64K"]);
        feed.write_all(b"abc").unwrap();
        until_written(&ring, 3);
        let file = File::options().write(true).open(&ring).unwrap();
        file.set_len(size).unwrap();
        // The command may end before it has read everything.
        let _ = feed.write_all(&pattern(60_000));
        drop(feed);
        let run = held.wait();
        let message = format!("the file was truncated to {size} bytes during the operation");
        run.code(9);
        assert!(run.err_text().contains(&message), "{}", run.err_text());
    }
}

#[test]
fn a_signal_ends_a_recording_with_its_report() {
    let env = Env::new();
    for (signal, status) in [
        (Signal::INT, 130),
        (Signal::TERM, 143),
        (Signal::HUP, 129),
        (Signal::QUIT, 131),
    ] {
        let ring = env.path(format!("ring{status}"));
        let (held, mut feed) = start(&env, &ring, &["-n", "64K"]);
        feed.write_all(b"abc").unwrap();
        until_written(&ring, 3);
        held.signal(signal);
        let run = held.wait();
        run.code(status).stderr("");
        run.stdout_line(format!("{}: 3 B recorded", ring.display()));
        assert_eq!(Ring::read(&ring).kept, b"abc");
    }
}

#[test]
fn tee_passes_everything_on_unchanged() {
    let env = Env::new();
    let input = pattern(3_000_000);
    let run = env.cmd(["record", "ring", "-n", "64K", "--tee"]);
    run.stdin(input.clone()).run().ok().stdout(&input);
    assert!(Ring::read(env.path("ring")).kept == input[input.len() - 65_536..]);
    let copy = env.path("copy");
    let run = env.cmd(["record", "ring", "--tee", "--json"]);
    let run = run
        .stdin(input.clone())
        .stdout(Sink::File(copy.clone()))
        .run();
    assert_eq!(run.code(0).json_error()["recorded"], 3_000_000);
    assert!(fs::read(copy).unwrap() == input);
}

#[test]
fn a_byte_that_was_passed_on_is_in_the_ring() {
    let env = Env::new();
    let ring = env.path("ring");
    let (mut held, mut feed) = start(&env, &ring, &["-n", "64K", "--tee"]);
    feed.write_all(b"a line\n").unwrap();
    assert_eq!(held.line(0), "a line");
    held.signal(Signal::KILL);
    held.wait().signal(9);
    assert_eq!(Ring::read(&ring).kept, b"a line\n");
}

#[test]
fn a_closed_output_ends_tee_quietly_and_a_full_one_is_an_error() {
    let env = Env::new();
    let tee = |sink| {
        let run = env.cmd(["record", "ring", "-n", "64K", "--tee"]);
        run.stdin(pattern(1000)).stdout(sink).run()
    };
    tee(Sink::ClosedPipe).ok();
    let run = tee(Sink::Full);
    run.refuses(6, "standard output: cannot write: No space left on device");
    assert_eq!(Ring::read(env.path("ring")).written, 2000);
}

#[test]
fn a_ring_is_not_recorded_into_itself() {
    let env = Env::new();
    recorded(&env);
    for script in [
        "\"$0\" record ring <ring",
        "echo x | \"$0\" record ring --tee 1<>ring",
    ] {
        let run = env.tool("sh", ["-c", script, support::MMAPCTL]).run();
        run.refuses(2, "ring: input and output are the same file");
    }
    assert_eq!(Ring::read(env.path("ring")).written, 3000);
}

#[test]
fn a_closed_or_unreadable_input_is_an_error() {
    let env = Env::new();
    let run = env.cmd(["record", "ring", "-n", "64K"]).closed_fd(0).run();
    run.refuses(3, "standard input: cannot open: it is closed");
    let input = File::open(env.dir()).unwrap();
    let run = env
        .cmd(["record", "ring", "-n", "64K"])
        .spawn_reading(input);
    run.wait().code(8);
}

#[test]
fn a_file_that_may_not_be_written_is_refused() {
    let env = Env::new();
    let Some(user) = env.other_user() else { return };
    let ring = recorded(&env);
    let run = env.cmd(args!["record", &ring]).user(&user).run();
    run.code(4).stdout("");
    env.cmd(args!["replay", &ring]).user(&user).run().ok();
}

#[test]
fn a_terminal_line_is_recorded_as_it_comes() {
    let env = Env::new();
    let ring = env.path("ring");
    let (mut line, input) = support::raw_terminal(80);
    let held = env
        .cmd(args!["record", &ring, "-n", "100"])
        .spawn_reading(input);
    line.write_all(b"AT\rOK").unwrap();
    until_written(&ring, 5);
    assert_eq!(Ring::read(&ring).kept, b"AT\rOK");
    held.signal(Signal::INT);
    held.wait().code(130);
}
