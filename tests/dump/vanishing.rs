//! Bytes that vanish or cannot be read during a dump, in every format and on every type of output: all bytes before
//! them are shown, and the failure names the first missing byte.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::shown::{Output, Shown, Waiting};
use crate::support::{Env, pattern};

const FORMATS: [&str; 7] = ["hexyl", "xxd", "canonical", "plain", "c", "values", "raw"];

/// The same bytes as JSON.
const JSON: [&[&str]; 2] = [&["--json"], &["--json", "-f", "values", "--type", "u8"]];

/// A file with data, a hole and data, and the maximum number of bytes after which its dump waits for a reader.
#[derive(Clone, Copy)]
struct Shape {
    hole: (u64, u64),
    size: u64,
    ahead: u64,
}

/// For outputs that are read in small pieces first.
const SMALL: Shape = Shape {
    hole: (4 << 10, 32 << 10),
    size: 64 << 10,
    ahead: 28 << 10,
};

/// For outputs that are read in large pieces from the start.
const LARGE: Shape = Shape {
    hole: (64 << 10, 2 << 20),
    size: 3 << 20,
    ahead: 3 << 19,
};

impl Shape {
    fn of(arguments: &[&str]) -> Shape {
        match arguments {
            ["--json"] | [.., "raw"] => LARGE,
            _ => SMALL,
        }
    }

    /// In the data after the hole, at its start, inside the hole, and everywhere.
    fn cuts(self) -> [u64; 6] {
        let behind = self.hole.1;
        [
            behind + 8192,
            behind + 8192 + 17,
            behind + 1,
            behind,
            self.hole.0 + 5,
            0,
        ]
    }

    fn bytes(self, with_hole: bool) -> Vec<u8> {
        let mut bytes = pattern(self.size as usize);
        if with_hole {
            bytes[self.hole.0 as usize..self.hole.1 as usize].fill(0);
        }
        bytes
    }

    fn make(self, path: &Path, with_hole: bool) {
        let bytes = self.bytes(with_hole);
        let file = File::create(path).unwrap();
        if with_hole {
            let (from, to) = (self.hole.0 as usize, self.hole.1 as usize);
            file.write_all_at(&bytes[..from], 0).unwrap();
            file.write_all_at(&bytes[to..], to as u64).unwrap();
        } else {
            file.write_all_at(&bytes, 0).unwrap();
        }
    }
}

/// The source to show: a file by its name, a file on standard input, or a shared memory region.
enum Source {
    File(PathBuf),
    Descriptor(PathBuf),
    Tag(PathBuf),
}

impl Source {
    fn path(&self) -> &Path {
        let (Source::File(path) | Source::Descriptor(path) | Source::Tag(path)) = self;
        path
    }

    fn start(&self, env: &Env, output: &Output, arguments: &[&str]) -> Waiting {
        let path = self.path();
        let name = path.file_name().unwrap().to_str().unwrap();
        let (words, input): (&[&str], _) = match self {
            Source::File(_) => (&[name], Stdio::null()),
            Source::Descriptor(_) => (&["--fd", "0"], File::open(path).unwrap().into()),
            Source::Tag(_) => (&["--tag", name], Stdio::null()),
        };
        let words = [words, arguments].concat();
        Waiting::start(output, env.dir(), path.parent().unwrap(), &words, input)
    }

    fn name(&self) -> String {
        match self {
            Source::File(path) => path.file_name().unwrap().to_str().unwrap().to_owned(),
            Source::Descriptor(_) => "fd 0".to_owned(),
            Source::Tag(path) => format!("tag {}", path.file_name().unwrap().to_str().unwrap()),
        }
    }
}

fn truncate(path: &Path, size: u64) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_len(size).unwrap();
}

/// Truncates a source after the first bytes were shown, and checks the output and the failure.
fn check(env: &Env, source: &Source, output: &Output, arguments: &[&str], cut: u64, hole: bool) {
    let what = format!(
        "{arguments:?} {output:?} {} cut at {cut}, hole: {hole}",
        source.name()
    );
    let shape = Shape::of(arguments);
    shape.make(source.path(), hole);
    let waiting = source.start(env, output, arguments);
    waiting.wait_for_first();
    truncate(source.path(), cut);
    let shown = waiting.finish();
    assert_eq!(shown.status, Some(9), "{what}: {}", shown.said);
    let offset = told_offset(&shown, arguments, &what);
    let line = format!(
        "mmapctl: {}: cannot read at offset {offset}: the file was truncated to {cut} bytes during the \
         operation\n",
        source.name()
    );
    if !arguments.contains(&"--json") {
        assert_eq!(shown.said, line, "{what}");
    }
    let behind = if hole { shape.hole.1 } else { shape.ahead };
    let expected = if cut > behind {
        cut..=cut
    } else {
        cut..=behind.max(shape.ahead)
    };
    assert!(expected.contains(&offset), "{what}: {offset}");
    if arguments.contains(&"--json") {
        check_object(&shown, &shape.bytes(hole)[..offset as usize], &what);
        return;
    }
    // The same as for a file that had this size from the start.
    shape.make(source.path(), hole);
    truncate(source.path(), offset);
    let whole = source.start(env, output, arguments).finish();
    assert_eq!((whole.status, whole.said.as_str()), (Some(0), ""), "{what}");
    assert!(shown.text == whole.text, "{what}");
}

/// The offset that the failure names.
fn told_offset(shown: &Shown, arguments: &[&str], what: &str) -> u64 {
    let offset = if arguments.contains(&"--json") {
        let error: Value = serde_json::from_str(&shown.said).unwrap();
        assert_eq!(error["code"], "fault", "{what}");
        error["offset"].as_u64()
    } else {
        let rest = shown.said.split_once("at offset ").map(|(_, rest)| rest);
        rest.and_then(|rest| rest.split(':').next()?.parse().ok())
    };
    offset.unwrap_or_else(|| panic!("{what}: {}", shown.said))
}

/// Checks a JSON object with these bytes that is marked as incomplete.
fn check_object(shown: &Shown, bytes: &[u8], what: &str) {
    let object: Value = serde_json::from_slice(&shown.text).unwrap();
    assert_eq!(object["length"], bytes.len(), "{what}");
    assert_eq!(object["complete"], false, "{what}");
    let data = match object["data_base64"].as_str() {
        Some(text) => STANDARD.decode(text).unwrap(),
        None => serde_json::from_value(object["values"].clone()).unwrap(),
    };
    assert!(data == bytes, "{what}");
}

#[test]
fn truncation_during_a_dump_is_a_fault_in_every_format_on_every_output() {
    let env = Env::new();
    let source = Source::File(env.path("f"));
    for format in FORMATS {
        let arguments = ["-f", format];
        let shape = Shape::of(&arguments);
        for cut in shape.cuts() {
            check(&env, &source, &Output::Pipe, &arguments, cut, true);
        }
        for output in Output::WAITING {
            check(&env, &source, &output, &arguments, shape.hole.1, true);
            check(&env, &source, &output, &arguments, 0, false);
        }
    }
}

#[test]
fn json_marks_a_truncated_file_as_incomplete() {
    let env = Env::new();
    let source = Source::File(env.path("f"));
    for arguments in JSON {
        for cut in Shape::of(arguments).cuts() {
            check(&env, &source, &Output::Pipe, arguments, cut, true);
        }
        check(&env, &source, &Output::Pipe, arguments, 0, false);
    }
}

#[test]
fn truncating_a_descriptor_or_a_tag_during_a_dump_is_a_fault() {
    let env = Env::new();
    let Some(tag) = env.tag("cut") else { return };
    for source in [Source::Descriptor(env.path("f")), Source::Tag(tag.path())] {
        for format in FORMATS {
            for hole in [true, false] {
                for cut in [Shape::of(&["-f", format]).hole.1, 0] {
                    check(&env, &source, &Output::Pipe, &["-f", format], cut, hole);
                }
            }
        }
    }
}

#[test]
fn the_report_on_a_truncated_file_has_the_number_of_bytes_shown() {
    let env = Env::new();
    let source = Source::File(env.path("f"));
    for format in FORMATS {
        let arguments = ["--json", "-f", format];
        let shape = Shape::of(&arguments);
        for cut in [shape.hole.1, 0] {
            shape.make(source.path(), true);
            let waiting = source.start(&env, &Output::Fifo, &arguments);
            waiting.wait_for_first();
            truncate(source.path(), cut);
            let shown = waiting.finish();
            assert_eq!(shown.status, Some(9), "{format}: {}", shown.said);
            let offset = told_offset(&shown, &arguments, format);
            let report: Value = serde_json::from_str(&shown.report).unwrap();
            assert_eq!(
                (&report["length"], &report["complete"], &report["written"]),
                (&offset.into(), &false.into(), &shown.text.len().into()),
                "{format}"
            );
        }
    }
}

/// Shows a file with an unreadable part, and checks that the output equals that of `good`, which ends there.
fn check_bad(env: &Env, bad: &Path, good: &Path, arguments: &[&str], at: u64) {
    for output in Output::ALL {
        let start = |path: &Path| {
            let source = Source::File(path.to_owned());
            source.start(env, &output, arguments).finish()
        };
        let (shown, whole) = (start(bad), start(good));
        let what = format!("{arguments:?} {output:?}");
        assert_eq!((whole.status, whole.said.as_str()), (Some(0), ""), "{what}");
        assert_eq!(shown.status, Some(9), "{what}: {}", shown.said);
        assert_eq!(
            shown.said,
            format!(
                "mmapctl: {}: cannot read at offset {at}: I/O error: the storage failed\n\
                 hint: see the system log for the device and the block\n",
                Source::File(bad.to_owned()).name()
            ),
            "{what}"
        );
        // A new file gets its name when it is complete.
        let expected = match output {
            Output::File => Vec::new(),
            _ => whole.text,
        };
        assert!(shown.text == expected, "{what}");
    }
}

#[test]
fn an_unreadable_block_is_a_fault_in_every_format_on_every_output() {
    let env = Env::new();
    let Some(mut disk) = env.bad_disk() else {
        return;
    };
    let name = disk.file().file_name().unwrap().to_owned();
    let at = disk.first_bad();
    // After the readable part; at the start; after one byte.
    let good = env.file(&name, pattern(at as usize));
    for format in FORMATS {
        for offset in [0, at, at - 1] {
            let arguments = ["-f", format, "-o", &offset.to_string()];
            check_bad(&env, disk.file(), &good, &arguments, at);
        }
    }
    // After a hole.
    disk.punch_before_bad();
    fs::remove_file(&good).unwrap();
    env.sparse_file(&name, at, &[(0, &pattern(at as usize / 2))]);
    for format in FORMATS {
        check_bad(&env, disk.file(), &good, &["-f", format], at);
    }
    // From the first page on.
    disk.begin_with_bad();
    env.file(&name, []);
    for format in FORMATS {
        check_bad(&env, disk.file(), &good, &["-f", format], 0);
    }
}

#[test]
fn the_report_on_an_unreadable_block_is_incomplete() {
    let env = Env::new();
    let Some(disk) = env.bad_disk() else { return };
    let source = Source::File(disk.file().to_owned());
    let at = disk.first_bad();
    for offset in [0, at] {
        let offset = offset.to_string();
        for json in JSON {
            let arguments = [json, &["-o", &offset]].concat();
            let shown = source.start(&env, &Output::Pipe, &arguments).finish();
            assert_eq!(shown.status, Some(9), "{}", shown.said);
            assert_eq!(told_offset(&shown, &arguments, "json"), at);
            let start = offset.parse::<usize>().unwrap();
            check_object(&shown, &pattern(at as usize)[start..], "json");
        }
        for format in FORMATS {
            let arguments = ["--json", "-f", format, "-o", &offset];
            let shown = source.start(&env, &Output::File, &arguments).finish();
            assert_eq!(shown.status, Some(9), "{}", shown.said);
            assert_eq!((shown.report.as_str(), &shown.text[..]), ("", &b""[..]));
            let shown = source.start(&env, &Output::Fifo, &arguments).finish();
            let report: Value = serde_json::from_str(&shown.report).unwrap();
            let length = at - offset.parse::<u64>().unwrap();
            assert_eq!(
                (&report["length"], &report["complete"], &report["written"]),
                (&length.into(), &false.into(), &shown.text.len().into()),
                "{format}"
            );
        }
    }
}
