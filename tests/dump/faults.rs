//! Bytes that vanish or cannot be read during a dump: the bytes before them are printed, and the failure has the offset
//! and the reason.

use std::fs::File;
use std::io::{PipeReader, Read};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::plain;
use crate::support::{Env, MMAPCTL, Run, args, page_size, pattern};

/// A dump to a pipe that is not read yet, so it has blocked somewhere before its end.
struct Stuck {
    child: std::process::Child,
    output: PipeReader,
}

impl Stuck {
    fn start(env: &Env, arguments: &[&str]) -> Stuck {
        let (output, writer) = std::io::pipe().unwrap();
        let child = Command::new(MMAPCTL)
            .args(arguments)
            .current_dir(env.dir())
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Stuck { child, output }
    }

    /// Reads until this number of bytes has arrived.
    fn read(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        self.output.read_exact(&mut bytes).unwrap();
        bytes
    }

    /// Reads the rest, and returns all output, the status and the messages.
    fn finish(mut self, mut first: Vec<u8>) -> (Vec<u8>, Option<i32>, String) {
        self.output.read_to_end(&mut first).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (first, output.status.code(), said)
    }
}

/// Shows a file that is truncated when the first bytes of the dump have arrived.
fn cut(format: &str, cut: u64) -> (Vec<u8>, Option<i32>, String) {
    let env = Env::new();
    let path = env.file("f", long());
    let mut stuck = Stuck::start(&env, &["dump", "f", "-f", format]);
    let first = stuck.read(1000);
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(cut)
        .unwrap();
    stuck.finish(first)
}

/// More than any pipe or buffer holds.
const LONG: u64 = 4 << 20;

/// This number of bytes.
fn long() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| pattern(LONG as usize))
}

#[test]
fn a_file_truncated_during_a_dump_fails_at_its_new_end() {
    let page = page_size();
    // In the middle of a page, at a page boundary, and near the end.
    for at in [LONG / 2 + 17, LONG / 2 + page, LONG - page, LONG - 1] {
        for format in ["raw", "plain"] {
            let (output, status, said) = cut(format, at);
            let bytes = &long()[..at as usize];
            let expected = if format == "raw" {
                bytes.to_vec()
            } else {
                plain(bytes).into_bytes()
            };
            assert_eq!(output.len(), expected.len(), "{format} {at}");
            assert!(output == expected, "{format} {at}");
            assert_eq!(status, Some(9));
            assert_eq!(
                said,
                format!(
                    "mmapctl: f: cannot read at offset {at}: the file was truncated to {at} bytes \
                     during the operation\n"
                )
            );
        }
    }
}

#[test]
fn every_format_is_well_formed_after_truncation() {
    let env = Env::new();
    let at = LONG / 2 + 17;
    for (format, end) in [
        ("xxd", ""),
        ("canonical", "00200011\n"),
        ("hexyl", "┘\n"),
        ("c", "unsigned int f_len = 2097169;\n"),
    ] {
        let (output, status, said) = cut(format, at);
        assert_eq!(status, Some(9), "{format}: {said}");
        assert!(
            said.contains(&format!("at offset {at}: ")),
            "{format}: {said}"
        );
        assert!(output.ends_with(end.as_bytes()), "{format}");
        // The same as for a file that had this size from the start.
        env.file("f", &long()[..at as usize]);
        let whole = env.run(["dump", "f", "-f", format]);
        assert!(whole.ok().out() == output, "{format}");
    }
}

#[test]
fn truncation_to_zero_ends_the_dump_properly() {
    let (output, status, said) = cut("raw", 0);
    assert_eq!(status, Some(9));
    assert!(output.len() >= 1000 && output[..] == long()[..output.len()]);
    let offset = output.len();
    assert_eq!(
        said,
        format!(
            "mmapctl: f: cannot read at offset {offset}: the file was truncated to 0 bytes during the \
             operation\n"
        )
    );
}

fn bad(env: &Env, run: impl Fn(&std::path::Path) -> Run) -> Option<(Run, u64, String)> {
    let disk = env.bad_disk()?;
    let run = run(disk.file());
    Some((run, disk.first_bad(), disk.file().display().to_string()))
}

#[test]
fn an_unreadable_block_is_reported_after_the_bytes_before_it() {
    let env = Env::new();
    for format in ["plain", "raw"] {
        let Some((run, at, name)) = bad(&env, |path| env.run(args!["dump", path, "-f", format]))
        else {
            return;
        };
        let bytes = pattern(at as usize);
        let expected = if format == "raw" {
            bytes
        } else {
            plain(&bytes).into_bytes()
        };
        run.code(9).stdout(expected).stderr(format!(
            "mmapctl: {name}: cannot read at offset {at}: I/O error: the storage failed\n\
             hint: see the system log for the device and the block\n"
        ));
    }
}

#[test]
fn an_unreadable_block_leaves_no_output_file() {
    let env = Env::new();
    for format in ["plain", "raw"] {
        let Some((run, _, _)) = bad(&env, |path| {
            env.run(args![
                "dump",
                path,
                "-f",
                format,
                "--output",
                env.path("out")
            ])
        }) else {
            return;
        };
        run.code(9).stdout("").stderr_lines(2);
        assert!(!env.path("out").exists(), "{format}");
    }
}

#[test]
fn a_range_before_a_bad_block_is_shown_and_a_range_in_it_is_not() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let at = disk.first_bad();
    env.run(args![
        "dump",
        disk.file(),
        "-f",
        "raw",
        "-n",
        at.to_string()
    ])
    .ok()
    .stdout(pattern(at as usize));
    env.run(args![
        "dump",
        disk.file(),
        "-f",
        "raw",
        "-o",
        at.to_string()
    ])
    .code(9)
    .stdout("");
}

#[test]
fn a_failure_to_examine_the_source_names_it_at_any_time() {
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return;
    };
    let path = env.sparse_file("f", 300_000, &[(0, &pattern(5000)), (200_000, b"end")]);
    for format in ["hexyl", "xxd", "raw"] {
        let mut failed = 0;
        // Until nothing is left to fail.
        for occurrence in 1..100 {
            let inject = format!("inject=fstat,statx,newfstatat:error=EIO:when={occurrence}");
            let run = env
                .tool(&strace, ["-qq", "-o", "/dev/null"])
                .args(args!["-P", &path, "-e", &inject, MMAPCTL])
                .args(["dump", "f", "-f", format])
                .run();
            if run.ended_with(&[0]) {
                break;
            }
            run.code(1)
                .stderr("mmapctl: f: cannot examine: Input/output error\n");
            failed += 1;
        }
        assert!(failed > 2, "{format}: {failed}");
    }
}
