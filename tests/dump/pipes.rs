//! Standard input, pipes, and other sources that can only be read in order.

use std::fs::File;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::plain;
use crate::support::{
    Env, Limit, MMAPCTL, Open, Run, Signal, Sink, pattern, poll_until, raw_terminal, unmappable,
};

const FORMATS: [&str; 7] = ["hexyl", "xxd", "canonical", "plain", "c", "values", "raw"];

/// Bytes with runs that are squeezed, and a short last line.
fn bytes() -> Vec<u8> {
    [&pattern(40_000)[..], &[0; 5000], &[1; 3000], &pattern(1003)].concat()
}

/// The program with a pipe as standard input, which gets these pieces one after another.
fn fed(env: &Env, arguments: &[&str], bytes: &[u8], piece: usize) -> Run {
    let (read, mut write) = std::io::pipe().unwrap();
    let held = env.cmd(arguments).spawn_reading(read);
    for part in bytes.chunks(piece) {
        // A program that needs no more input has exited.
        if write.write_all(part).is_err() {
            break;
        }
    }
    drop(write);
    held.wait()
}

/// The program with an open file as standard input.
fn reading(env: &Env, arguments: &[&str], file: File) -> Run {
    env.cmd(arguments).spawn_reading(file).wait()
}

#[test]
fn a_pipe_is_shown_like_a_file_with_the_same_bytes() {
    let env = Env::new();
    let bytes = bytes();
    env.file("f", &bytes);
    for format in FORMATS {
        let squeezing: &[&[&str]] = match format {
            "hexyl" | "canonical" | "values" => &[&[], &["--no-squeezing"]],
            _ => &[&[]],
        };
        for options in squeezing {
            let range = ["-o", "13", "-n", "45000"];
            let options = [&["-f", format][..], options, &range].concat();
            // A descriptor has no name for the format c to show either.
            let expected = env
                .cmd([&["dump", "--fd", "4"], &options[..]].concat())
                .fd(4, Open::Read, env.path("f"))
                .run();
            for piece in [7, 1000, 4096, 65_536] {
                let run = fed(
                    &env,
                    &[&["dump", "-"], &options[..]].concat(),
                    &bytes,
                    piece,
                );
                run.ok().stdout(expected.ok().out());
            }
        }
    }
    let json = |arguments: &[&str]| fed(&env, arguments, &bytes, 999).ok().json();
    let ours = json(&["dump", "--json"]);
    assert_eq!(ours["source"], "stdin");
    let theirs = env.run(["dump", "f", "--json"]).ok().json();
    assert_eq!(ours["data_base64"], theirs["data_base64"]);
    let ours = json(&["dump", "--json", "--type", "i16be"]);
    let theirs = env
        .run(["dump", "f", "--json", "--type", "i16be"])
        .ok()
        .json();
    assert_eq!(ours["values"], theirs["values"]);
}

#[test]
fn a_line_is_shown_before_the_next_one_is_written() {
    let env = Env::new();
    for (format, length) in [("xxd", 16), ("hexyl", 16), ("canonical", 16), ("plain", 30)] {
        let (read, mut write) = std::io::pipe().unwrap();
        let mut held = env.cmd(["dump", "-f", format]).spawn_reading(read);
        // The border of hexyl counts as a line.
        let first = usize::from(format == "hexyl");
        for line in 0..3 {
            let mark = b'a' + u8::try_from(line).unwrap();
            write.write_all(&vec![mark; length]).unwrap();
            let shown = held.line(first + line);
            let digits = format!("{mark:02x}");
            assert!(shown.contains(&digits), "{format}: {shown}");
        }
        drop(write);
        held.wait().ok();
    }
    let (read, mut write) = std::io::pipe().unwrap();
    let mut held = env.cmd(["dump", "-f", "raw"]).spawn_reading(read);
    write.write_all(b"raw\n").unwrap();
    assert_eq!(held.line(0), "raw");
    drop(write);
    held.wait().ok().stdout("raw\n");
}

/// Layouts, with the bytes of a line of each.
const LAYOUTS: [(&[&str], usize); 15] = [
    (&["-f", "hexyl"], 16),
    (&["--color", "always"], 16),
    (&["--panels", "1", "--base", "binary"], 8),
    (&["-f", "xxd"], 16),
    (&["-f", "xxd", "-e", "-d"], 16),
    (&["-f", "xxd", "-a", "-R", "always"], 16),
    (&["-f", "xxd", "--base", "binary"], 6),
    (&["-f", "canonical"], 16),
    (&["-f", "plain"], 30),
    (&["-f", "plain", "-u", "-c", "5"], 5),
    (&["-f", "c"], 12),
    (&["--type", "u8", "--width", "80"], 18),
    (&["--type", "u32,f32", "-c", "8"], 8),
    (&["-f", "raw"], 3),
    (&["--strings"], 5),
];

#[test]
fn in_every_layout_a_line_is_shown_when_its_last_byte_has_arrived() {
    let env = Env::new();
    for (options, length) in LAYOUTS {
        let lines: Vec<Vec<u8>> = (b'a'..=b'd')
            .map(|mark| {
                let mut line = vec![mark; length - 1];
                line.push(if options == ["--strings"] { 0 } else { b'\n' });
                line
            })
            .collect();
        let whole = env
            .cmd(["dump", "-"])
            .args(options)
            .stdin(lines.concat())
            .run();
        let expected: Vec<&str> = whole.ok().out_text().lines().collect();
        // The lines before the first byte, and those for each line of bytes.
        let (before, each) = match options {
            ["--type", types, ..] if types.contains(',') => (0, 2),
            ["-f", "hexyl"] | ["--color", ..] | ["--panels", ..] => (1, 1),
            _ => (0, 1),
        };
        let (read, mut write) = std::io::pipe().unwrap();
        let mut held = env.cmd(["dump", "-"]).args(options).spawn_reading(read);
        for (number, line) in lines.iter().enumerate() {
            // A pause within the line.
            let (start, end) = line.split_at(length / 2);
            write.write_all(start).unwrap();
            poll_until("the program waits", || {
                held.waits_in(&[libc::SYS_ppoll, libc::SYS_read])
            });
            write.write_all(end).unwrap();
            // A line of an array ends with a comma if another one follows.
            let late = usize::from(options == ["-f", "c"]);
            for index in (before + each * number..).take(each) {
                if let Some(index) = index.checked_sub(late) {
                    assert_eq!(held.line(index), expected[index], "{options:?}");
                }
            }
        }
        drop(write);
        held.wait().ok().stdout(whole.out());
    }
}

#[test]
fn no_more_is_read_than_is_shown() {
    let env = Env::new();
    let script = format!("{MMAPCTL} dump -f plain -o 2 -n 3; cat");
    env.tool("sh", ["-c", &script])
        .stdin(b"abcdefgh".to_vec())
        .run()
        .ok()
        .stdout("636465\nfgh");
    env.cmd(["dump", "-", "-n", "0", "-f", "raw"])
        .run()
        .ok()
        .stdout("");
}

#[test]
fn a_pipe_that_ends_before_the_range_is_too_short() {
    let env = Env::new();
    let run = fed(
        &env,
        &["dump", "-f", "xxd", "-o", "2", "-n", "20"],
        b"abcdef",
        9,
    );
    run.code(5)
        .stdout("00000002: 6364 6566                                cdef\n");
    run.stderr("mmapctl: standard input: the stream is 6 bytes, but the range ends at 22 bytes\n");
    let run = fed(&env, &["dump", "--json", "-n", "20"], b"abcdef", 9);
    let object = run.code(5).json();
    assert_eq!(
        (&object["length"], &object["complete"]),
        (&json!(6), &json!(false))
    );
    assert_eq!(run.json_error()["code"], "file_too_short");
    fed(&env, &["dump", "-o", "7"], b"abcdef", 9).refuses(
        5,
        "standard input: offset 7 is beyond the end: the size is 6 bytes",
    );
    fed(&env, &["dump", "-o", "6", "-f", "xxd"], b"abcdef", 9)
        .ok()
        .stdout("");
    fed(&env, &["dump", "-n", "20", "--output", "out"], b"abcdef", 9).code(5);
    assert!(!env.path("out").exists());
}

#[test]
fn an_offset_from_the_end_of_a_pipe_is_refused_with_a_working_remedy() {
    let env = Env::new();
    let file = env.file("f", b"abcdef");
    for (range, shown) in [
        (&["-o", "-4"][..], "63646566\n"),
        (&["-o", "-4", "-n", "1"], "63\n"),
        (&["--range", "-5..-4"], "62\n"),
    ] {
        let arguments = [&["dump", "-f", "plain"], range].concat();
        fed(&env, &arguments, b"abcdef", 9)
            .refuses(
                8,
                "standard input: cannot read: an offset from the end requires a known size",
            )
            .stderr_line_at(1, "hint: save the input to a file first");
        env.cmd(arguments).arg(&file).run().ok().stdout(shown);
    }
}

#[test]
fn a_pipe_is_copied_to_a_file_completely() {
    let env = Env::new();
    let bytes = bytes();
    fed(&env, &["dump", "--output", "out"], &bytes, 1000)
        .ok()
        .stdout("");
    assert!(std::fs::read(env.path("out")).unwrap() == bytes);
    fed(
        &env,
        &["dump", "-", "--output", "text", "-f", "plain"],
        &bytes,
        1000,
    )
    .ok();
    assert_eq!(
        std::fs::read_to_string(env.path("text")).unwrap(),
        plain(&bytes)
    );
    let run = fed(&env, &["dump", "--json", "--output", "new"], &bytes, 1000);
    assert_eq!(run.ok().json()["length"], bytes.len());
}

#[test]
fn a_file_on_standard_input_is_shown_from_its_position_which_advances() {
    let env = Env::new();
    let path = env.file("f", b"first line\nsecond line\n");
    let run = |arguments: &str| {
        let script = format!("{{ read line; {MMAPCTL} dump {arguments}; cat; }} <f");
        env.tool("sh", ["-c", &script])
            .run()
            .ok()
            .out_text()
            .to_owned()
    };
    let xxd = "0000000b: 7365 63 ";
    for source in ["", "-"] {
        let text = run(&format!("{source} -f xxd -n 3"));
        assert!(text.starts_with(xxd), "{text}");
        assert!(text.ends_with("\nond line\n"), "{text}");
    }
    assert_eq!(run("-o 0 -f raw -n 6"), "first line\nsecond line\n");
    assert_eq!(run("--range ..6 -f raw"), "first line\nsecond line\n");
    assert_eq!(run("--range .. -f raw"), "first line\nsecond line\n");
    assert_eq!(run("-o -5 -f raw -n 2"), "line\n");
    assert_eq!(run("-f raw"), "second line\n");
    assert_eq!(run("-f raw -n 3 --output out"), "ond line\n");
    let json = run("--json -n 3");
    assert!(json.ends_with("}\nond line\n"), "{json}");
    // At the end no bytes are left, and an offset beyond it is an error.
    let script = format!("{{ cat >copy; {MMAPCTL} dump -f raw; }} <f");
    env.tool("sh", ["-c", &script]).run().ok().stdout("");
    let file = File::open(path).unwrap();
    reading(&env, &["dump", "-", "--json"], file).ok();
}

#[test]
fn a_file_on_standard_input_is_continued_as_a_pipe_is() {
    let env = Env::new();
    env.file("f", b"abcdefgh");
    let dump = format!("{MMAPCTL} dump -");
    let script = format!("{dump} -n 3 -f raw; {dump} -f plain -n 2; {dump} -n 9 -f raw; cat");
    for input in ["<f", "<fifo"] {
        let _fifo = (input == "<fifo").then(|| env.fifo("fifo"));
        let script = format!("[ {input:?} = '<f' ] || cat f >fifo & {{ {script}; }} {input}");
        let run = env.tool("sh", ["-c", &script]).run();
        assert_eq!(run.out_text(), "abc6465\nfgh", "{input}");
        let err = run.err_text();
        assert!(err.starts_with("mmapctl: standard input: "), "{err}");
        assert!(
            err.ends_with(", but the range ends at 14 bytes\n") == (input == "<f"),
            "{err}"
        );
    }
}

#[test]
fn no_byte_is_read_for_offsets_that_cannot_be_printed() {
    let env = Env::new();
    let script = format!("{MMAPCTL} dump -o 4 --display-offset 0xffffffffffffffff; cat");
    let run = env
        .tool("sh", ["-c", &script])
        .stdin(b"abcdefgh".to_vec())
        .run();
    run.code(0).stdout("abcdefgh");
    run.stderr("mmapctl: standard input: the printed offsets do not fit in 64 bits\n");
}

#[test]
fn every_failure_of_a_stream_names_it() {
    let env = Env::new();
    env.cmd([
        "dump",
        "/dev/zero",
        "--display-offset",
        "0xffffffffffffff00",
    ])
    .run()
    .code(2)
    .stderr("mmapctl: /dev/zero: the printed offsets do not fit in 64 bits\n");
    let (read, mut write) = std::io::pipe().unwrap();
    let held = env.cmd(["dump", "--output", "out"]).spawn_reading(read);
    // More than a pipe takes: the program has begun to read.
    write.write_all(&vec![1; 4 << 20]).unwrap();
    held.signal(Signal::INT);
    let run = held.wait();
    assert!(
        run.err_text()
            .starts_with("mmapctl: standard input: cannot read: "),
        "{run:?}"
    );
    run.code(130);
}

#[test]
fn without_a_source_a_terminal_is_not_read() {
    let env = Env::new();
    let (_ours, theirs) = raw_terminal(80);
    reading(&env, &["dump"], theirs)
        .refuses(2, "no source was given, and standard input is a terminal")
        .stderr_line_at(1, "hint: name a FILE, or use '-' to read from the terminal");
}

#[test]
fn a_terminal_is_read_on_request() {
    let env = Env::new();
    let (mut ours, theirs) = raw_terminal(80);
    let mut held = env.cmd(["dump", "-", "-f", "plain"]).spawn_reading(theirs);
    ours.write_all(&[b'a'; 30]).unwrap();
    assert_eq!(held.line(0), "61".repeat(30));
    drop(ours);
    held.wait().ok();
}

#[test]
fn a_read_failure_is_reported_after_the_bytes_before_it() {
    let env = Env::new();
    env.run(["dump", "/proc/self/mem", "-f", "xxd"]).refuses(
        1,
        "/proc/self/mem: cannot read at offset 0: Input/output error",
    );
}

#[test]
fn a_standard_input_that_cannot_be_read_is_refused_before_anything_is_printed() {
    let env = Env::new();
    for arguments in [&["dump"][..], &["dump", "-"], &["dump", "--output", "out"]] {
        env.cmd(arguments)
            .closed_fd(0)
            .run()
            .refuses(3, "standard input: cannot open: it is closed");
        reading(&env, arguments, File::open(env.dir()).unwrap())
            .refuses(8, "standard input: cannot read: it is a directory");
        assert!(!env.path("out").exists());
    }
    let (_read, write) = std::io::pipe().unwrap();
    env.cmd(["dump"]).spawn_reading(write).wait().refuses(
        4,
        "standard input: cannot read: it is open for writing only",
    );
}

#[test]
fn fifos_devices_and_files_of_proc_are_read_by_their_paths() {
    let env = Env::new();
    env.run(["dump", "/dev/zero", "-n", "3", "-f", "plain"])
        .ok()
        .stdout("000000\n");
    env.run(["dump", "/dev/null", "-f", "raw"]).ok().stdout("");
    let version = std::fs::read("/proc/version").unwrap();
    env.run(["dump", "/proc/version", "-f", "raw"])
        .ok()
        .stdout(version);
    let fifo = env.fifo("fifo");
    let held = env.cmd(["dump", "fifo", "-f", "plain"]).spawn();
    File::options()
        .write(true)
        .open(fifo)
        .unwrap()
        .write_all(b"abc")
        .unwrap();
    held.wait().ok().stdout("616263\n");
    for (source, number) in [("--fd 3", "3<&0"), ("/dev/fd/0", ""), ("--fd 0", "")] {
        let script = format!("{MMAPCTL} dump {source} -f plain {number}");
        env.tool("sh", ["-c", &script])
            .stdin(b"abc".to_vec())
            .run()
            .ok()
            .stdout("616263\n");
    }
    for format in ["xxd", "raw", "hexyl", "values"] {
        env.cmd(["dump", "/dev/urandom", "-f", format])
            .stdout(Sink::ClosedAfter(10_000))
            .run()
            .ok();
        env.cmd(["dump", "/dev/urandom", "-f", format])
            .stdout(Sink::Full)
            .run()
            .code(6)
            .stderr("mmapctl: standard output: cannot write: No space left on device\n");
    }
}

#[test]
fn other_commands_map_standard_input_or_suggest_a_remedy() {
    let env = Env::new();
    let path = env.file("f", pattern(5000));
    let open = || File::options().read(true).write(true).open(&path).unwrap();
    let run = reading(&env, &["map", "-", "--json"], open());
    assert_eq!(run.ok().json()["source"], "stdin");
    reading(&env, &["filesize", "-"], open())
        .ok()
        .stdout("5000\n");
    reading(&env, &["fill", "-", "--byte", "7", "-n", "3", "-q"], open()).ok();
    assert_eq!(std::fs::read(&path).unwrap()[..3], [7; 3]);
    for command in [
        &["map", "-"][..],
        &["mirror", "-", "-a", "r"],
        &["filesize", "-"],
    ] {
        fed(&env, command, b"abc", 3)
            .refuses(8, unmappable("standard input", "a pipe"))
            .stderr_line_at(
                1,
                "hint: use 'mmapctl dump' to read it, or save its contents to a file for other commands",
            );
    }
    // A pipe has no pages in the page cache, and reading it is no remedy for that.
    for command in ["cached", "warm", "evict", "sync", "why"] {
        fed(&env, &[command, "-"], b"abc", 3)
            .refuses(8, unmappable("standard input", "a pipe"))
            .stderr_lines(1);
    }
    let script = format!("cat >FILE; {MMAPCTL} filesize FILE");
    env.tool("sh", ["-c", &script])
        .stdin(b"abc".to_vec())
        .run()
        .ok()
        .stdout("3\n");
}

#[test]
fn a_file_named_like_standard_input_is_reachable_by_a_path() {
    let env = Env::new();
    env.file("-", b"abc");
    env.run(["dump", "./-", "-f", "raw"]).ok().stdout("abc");
    env.run(["filesize", "./-"]).ok().stdout("3\n");
}

#[test]
fn a_long_pipe_takes_little_memory() {
    let env = Env::new();
    // An unoptimized program needs minutes for a gibibyte without squeezing.
    for (format, size) in [
        ("raw", 1 << 30),
        ("canonical", 1 << 30),
        ("xxd", 24 << 20),
        ("c", 24 << 20),
    ] {
        let mut zeros = Command::new("head")
            .args(["-c", &size.to_string(), "/dev/zero"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let run = env
            .cmd(["dump", "-f", format])
            .limit(Limit::AddressSpace, 256 << 20)
            .stdout(Sink::Null)
            .spawn_reading(zeros.stdout.take().unwrap());
        run.wait().ok();
        assert!(zeros.wait().unwrap().success());
    }
    let most = crate::memory::peak(&env, &["dump", "/dev/zero", "-n", "1G", "-f", "canonical"]);
    assert!(most > 0 && most < crate::memory::PRIVATE, "{most}");
}
