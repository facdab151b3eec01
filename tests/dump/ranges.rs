//! Ranges of bytes to show, and the failures for bytes that do not exist.

use crate::plain;
use crate::support::{Env, args, page_size, pattern};

#[test]
fn exactly_the_requested_range_is_shown() {
    let env = Env::new();
    let page = page_size();
    let bytes = pattern(5 * page as usize + 123);
    env.file("f", &bytes);
    let size = bytes.len() as u64;
    for (offset, length) in [
        (0, 1),
        (page - 1, 2),
        (page, page),
        (1, 3 * page),
        (size - 1, 1),
        (3, size - 3),
    ] {
        let part = &bytes[offset as usize..(offset + length) as usize];
        env.run(args![
            "dump",
            "f",
            "-f",
            "plain",
            "-o",
            offset.to_string(),
            "-n",
            length.to_string()
        ])
        .ok()
        .stdout(plain(part));
    }
    env.run(["dump", "f", "-f", "plain", "-o", "-5"])
        .ok()
        .stdout(plain(&bytes[bytes.len() - 5..]));
    env.run(["dump", "f", "-f", "plain", "-o", "-5", "-n", "2"])
        .ok()
        .stdout(plain(&bytes[bytes.len() - 5..bytes.len() - 3]));
}

#[test]
fn a_range_beyond_the_end_shows_the_existing_bytes_and_then_fails() {
    let env = Env::new();
    let bytes = pattern(100);
    env.file("f", &bytes);
    let message = "mmapctl: f: the file is 100 bytes, but the range ends at 1 MiB \
                   (1048576 bytes)\n";
    env.run(["dump", "f", "-f", "plain", "-n", "1M"])
        .code(5)
        .stdout(plain(&bytes))
        .stderr(message);
    env.run(["dump", "f", "-f", "raw", "-o", "90", "-n", "11"])
        .code(5)
        .stdout(&bytes[90..])
        .stderr_lines(1);
}

#[test]
fn an_offset_beyond_the_end_is_too_short_and_prints_nothing() {
    let env = Env::new();
    env.file("f", pattern(100));
    for format in ["hexyl", "xxd", "canonical", "plain", "c", "values", "raw"] {
        env.run(["dump", "f", "-f", format, "-o", "101"])
            .refuses(5, "f: offset 101 is beyond the end: the size is 100 bytes")
            .stderr_lines(1);
        env.run(["dump", "f", "-f", format, "-o", "101", "-n", "5"])
            .code(5)
            .stdout("");
    }
    env.run(["dump", "f", "-o", "-101"]).refuses(
        2,
        "f: offset -101 is before the start: the size is 100 bytes, so the lowest is -100",
    );
}

#[test]
fn an_offset_at_the_end_and_a_length_of_zero_show_an_empty_dump() {
    let env = Env::new();
    env.file("f", pattern(100));
    for range in [&["-o", "100"][..], &["-n", "0"], &["-o", "50", "-n", "0"]] {
        env.cmd(["dump", "f", "-f", "plain"])
            .args(range)
            .run()
            .ok()
            .stdout("");
        let run = env.cmd(["dump", "f"]).args(range).run();
        assert!(run.ok().out_text().contains("No content"));
    }
}

#[test]
fn offsets_that_no_file_can_have_are_usage_errors() {
    let env = Env::new();
    env.file("f", pattern(100));
    for range in [
        &["-o", "8E"][..],
        &["-o", "99999999999999999999"],
        &["-o", "1Q"],
        &["-n", "-1"],
    ] {
        env.cmd(["dump", "f"])
            .args(range)
            .run()
            .code(2)
            .stdout("")
            .stderr_lines(1);
    }
    env.run(["dump", "f", "-n", "8E"]).code(2).stdout("");
}

#[test]
fn offsets_are_printed_with_the_display_offset_added() {
    let env = Env::new();
    let bytes = pattern(16);
    env.file("f", [&[0; 16][..], &bytes].concat());
    for (format, begin) in [
        ("xxd", "00001010: "),
        ("canonical", "00001010  "),
        ("hexyl", "│00001010│ "),
        ("values", "4112"),
    ] {
        let run = env.run([
            "dump",
            "f",
            "-o",
            "16",
            "--display-offset",
            "4K",
            "-f",
            format,
        ]);
        let text = run.ok().out_text();
        assert!(
            text.lines().any(|line| line
                .trim_start_matches([' ', '0'])
                .starts_with(begin.trim_start_matches('0'))),
            "{format}: {text}"
        );
    }
}

#[test]
fn printed_offsets_beyond_64_bits_are_a_usage_error() {
    let env = Env::new();
    env.file("f", pattern(100));
    env.run([
        "dump",
        "f",
        "-o",
        "16",
        "--display-offset",
        "0xffffffffffffffff",
    ])
    .code(2)
    .stdout("");
    // The first offset fits, but not all later ones.
    for format in ["hexyl", "xxd", "canonical", "values"] {
        let shift = ["-n", "20", "--display-offset", "18446744073709551610"];
        env.cmd(["dump", "f", "-f", format, "--output", "new"])
            .args(shift)
            .run()
            .refuses(2, "f: the printed offsets do not fit in 64 bits");
        assert!(!env.path("new").exists());
        env.cmd(["dump", "f", "-f", format])
            .args(shift)
            .run()
            .code(2)
            .stdout("");
    }
}
