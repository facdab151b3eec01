//! Reading a snapshot. It may come from anybody: every line and every number is checked before anything is done.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;
use std::io::{self, BufRead, Read};
use std::path::{Component, Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::format::{
    FileLine, Head, HeadLine, LONGEST_LINE, LineKind, SavedFile, SavedSum, TotalLine, VERSION,
};
use crate::mapping::cache::walk::{Tally, open_text};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceOffset, SourceRange, StatIdentity};

/// A whole snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// What it is about.
    pub head: Head,
    /// The files, in its order.
    pub files: Vec<SavedFile>,
    /// What it contains.
    pub total: SavedSum,
}

/// What is wrong with a line.
type Flaw = Cow<'static, str>;

impl Snapshot {
    /// Reads a snapshot from a file or the standard input.
    ///
    /// # Errors
    /// Those of opening it, and of [`Snapshot::read`].
    pub fn open(spec: &SourceSpec) -> Result<Self> {
        /// The number of bytes to read at a time.
        const PIECE: usize = 1 << 18;
        let read = || {
            let file = open_text(spec).map_err(|e| Error::os("open", &e))?;
            Self::read(&mut io::BufReader::with_capacity(PIECE, file))
        };
        read().map_err(|error| error.on(&spec.name()))
    }

    /// Reads a snapshot to its end. The memory that it takes is a small multiple of the length of the text.
    ///
    /// # Errors
    /// `usage` with the number of the line for a text that is not a snapshot, not all of one, or contradicts itself;
    /// those of reading.
    pub fn read(input: &mut impl BufRead) -> Result<Self> {
        let mut lines = Lines {
            input,
            line: Vec::new(),
            number: 0,
        };
        let Some(line) = lines.next()? else {
            return Err(lines.ends("it is empty"));
        };
        let head = head(&line).map_err(|flaw| lines.wrong(flaw))?;
        let mut files = Files::default();
        loop {
            let Some(line) = lines.next()? else {
                return Err(lines.ends("the line with the total is missing; the end was cut off"));
            };
            let total = files.take(&line).map_err(|flaw| lines.wrong(flaw))?;
            lines.line = line;
            let Some(total) = total else { continue };
            return match lines.next()? {
                Some(_) => Err(lines.wrong("it follows the line with the total".into())),
                None => Ok(Self {
                    head,
                    files: files.all,
                    total,
                }),
            };
        }
    }
}

/// The lines of a text.
struct Lines<'a, R> {
    input: &'a mut R,
    /// The memory of the last line, for the next one.
    line: Vec<u8>,
    number: u64,
}

impl<R: BufRead> Lines<'_, R> {
    /// The next line, without its end.
    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let most = (LONGEST_LINE as u64).saturating_add(1);
        let mut input = (&mut *self.input).take(most);
        let read = input
            .read_until(b'\n', &mut line)
            .map_err(|e| Error::os("read", &e))?;
        if read == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        match line.pop_if(|last| *last == b'\n') {
            None if line.len() > LONGEST_LINE => {
                let most = LONGEST_LINE >> 20;
                Err(self.wrong(format!("it is longer than {most} MiB").into()))
            }
            _ => Ok(Some(line)),
        }
    }

    /// The text ends where a line is missing.
    fn ends(&mut self, flaw: &'static str) -> Error {
        self.number = self.number.saturating_add(1);
        self.wrong(flaw.into())
    }

    fn wrong(&self, flaw: Flaw) -> Error {
        Error::usage(format!("line {}: {flaw}", self.number))
    }
}

/// The files so far.
#[derive(Default)]
struct Files {
    all: Vec<SavedFile>,
    paths: HashSet<PathBuf>,
    sum: SavedSum,
}

impl Files {
    /// Takes a line after the first one. Returns the total if it is the last.
    fn take(&mut self, line: &[u8]) -> Result<Option<SavedSum>, Flaw> {
        match kind(line)? {
            LineKind::Snapshot => Err("a second snapshot begins here".into()),
            LineKind::File => self.add(file(line)?).map(|()| None),
            LineKind::Total => {
                let line: TotalLine = parse(line)?;
                let total = SavedSum {
                    files: line.files,
                    ranges: line.ranges,
                    bytes: ByteLength(line.bytes),
                };
                match total == self.sum {
                    true => Ok(Some(total)),
                    false => Err("the total does not agree with the lines before it".into()),
                }
            }
        }
    }

    /// Adds a file, or the further ranges of the last one.
    fn add(&mut self, file: SavedFile) -> Result<(), Flaw> {
        let sum = SavedSum::of(&file);
        if let Some(last) = self.all.last_mut().filter(|last| last.path == file.path) {
            let end = last.ranges.last().map(|range| range.end());
            let start = file.ranges.first().map(|range| range.offset());
            let same = |file: &SavedFile| (file.size, file.mtime_ns, file.identity);
            if end.is_none() || start < end || same(last) != same(&file) {
                return Err("it repeats the path of the line before".into());
            }
            last.ranges.extend(file.ranges);
            self.sum.add(&SavedSum { files: 0, ..sum });
            return Ok(());
        }
        if !self.paths.insert(file.path.clone()) {
            return Err("it repeats the path of an earlier line".into());
        }
        self.sum.add(&sum);
        self.all.push(file);
        Ok(())
    }
}

fn parse<'a, T: Deserialize<'a>>(line: &'a [u8]) -> Result<T, Flaw> {
    serde_json::from_slice(line).map_err(|error| unreadable(&error))
}

/// What is wrong with the JSON of a line. The place is a column, as there is one line only.
fn unreadable(error: &serde_json::Error) -> Flaw {
    let text = error.to_string();
    let text = match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text),
        None => &text,
    };
    format!("{text} (column {})", error.column()).into()
}

fn kind(line: &[u8]) -> Result<LineKind, Flaw> {
    #[derive(Deserialize)]
    struct Kind {
        kind: LineKind,
    }
    parse::<Kind>(line).map(|line| line.kind)
}

fn head(line: &[u8]) -> Result<Head, Flaw> {
    #[derive(Deserialize)]
    struct Version {
        version: u64,
    }
    let foreign = |flaw| format!("it is not the start of a snapshot: {flaw}").into();
    if kind(line).map_err(foreign)? != LineKind::Snapshot {
        return Err(foreign(
            "the first line of one has the kind 'snapshot'".into(),
        ));
    }
    let version = parse::<Version>(line)?.version;
    if version != VERSION {
        return Err(format!("the format has version {version}; only {VERSION} is known").into());
    }
    let line: HeadLine<'_> = parse(line)?;
    if !line.page_size.is_power_of_two() {
        return Err("'page_size' is not a power of two".into());
    }
    let root = path(line.root, line.root_base64, "root")?;
    if !root.is_absolute() {
        return Err("'root' is not an absolute path".into());
    }
    Ok(Head {
        page_size: line.page_size,
        root,
        time_ns: line.time_ns,
        boot_id: line.boot_id.map(Cow::into_owned),
    })
}

fn file(line: &[u8]) -> Result<SavedFile, Flaw> {
    let line: FileLine<'_, Vec<(u64, u64)>> = parse(line)?;
    let path = path(line.path, line.path_base64, "path")?;
    check_below(&path)?;
    let whole = SourceRange::new(SourceOffset::START, ByteLength(line.size))
        .ok_or("'size' exceeds the maximum size of a file")?;
    Ok(SavedFile {
        path,
        size: whole.length(),
        mtime_ns: line.mtime_ns,
        identity: StatIdentity {
            device: line.device,
            inode: line.inode,
        },
        ranges: ranges(&line.ranges, whole)?,
    })
}

/// The path of one of two keys.
fn path(
    text: Option<Cow<'_, str>>,
    base64: Option<Cow<'_, str>>,
    key: impl fmt::Display,
) -> Result<PathBuf, Flaw> {
    let bytes = match (text, base64) {
        (Some(text), None) => text.into_owned().into_bytes(),
        (None, Some(base64)) => STANDARD
            .decode(base64.as_bytes())
            .map_err(|_| format!("'{key}_base64' is not base64"))?,
        (Some(_), Some(_)) => return Err(format!("it has both '{key}' and '{key}_base64'").into()),
        (None, None) => return Err(format!("missing field `{key}`").into()),
    };
    let name = sys::name_of_bytes(&bytes).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| format!("'{key}' is not a valid path"))?;
    Ok(PathBuf::from(name))
}

/// Refuses a path that could lead out of the root: an absolute one, and one with `..`.
fn check_below(path: &Path) -> Result<(), Flaw> {
    let is_name = |part: Component<'_>| matches!(part, Component::Normal(_));
    match path.components().all(is_name) {
        true => Ok(()),
        false => Err("'path' does not stay below the root".into()),
    }
}

/// The ranges of a file: in order, not empty, without overlap, and within the file.
fn ranges(pairs: &[(u64, u64)], whole: SourceRange) -> Result<Vec<SourceRange>, Flaw> {
    let mut end = SourceOffset::START;
    let mut all = Vec::with_capacity(pairs.len());
    for (index, (offset, length)) in pairs.iter().enumerate() {
        let wrong = |why: &str| {
            let number = index.saturating_add(1);
            format!("range {number}, [{offset},{length}], {why}").into()
        };
        let range = SourceRange::new(SourceOffset(*offset), ByteLength(*length))
            .filter(|range| range.end() <= whole.end())
            .ok_or_else(|| wrong("ends after the file"))?;
        if range.is_empty() {
            return Err(wrong("is empty"));
        }
        if range.offset() < end {
            return Err(wrong("begins before the end of the one before it"));
        }
        end = range.end();
        all.push(range);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::snapshot::ranges::tests::any_ranges;
    use crate::mapping::types::Kind;
    use proptest::prelude::*;

    const HEAD: &str =
        r#"{"kind":"snapshot","version":1,"page_size":4096,"root":"/r","time_ns":7}"#;

    fn file(path: &str, ranges: &str) -> String {
        format!(
            r#"{{"kind":"file","path":"{path}","size":100,"mtime_ns":-5,"device":1,"inode":2,"ranges":{ranges}}}"#
        )
    }

    fn total(files: u64, ranges: u64, bytes: u64) -> String {
        format!(r#"{{"kind":"total","files":{files},"ranges":{ranges},"bytes":{bytes}}}"#)
    }

    fn read(text: impl AsRef<[u8]>) -> Result<Snapshot> {
        Snapshot::read(&mut text.as_ref())
    }

    fn flaw(lines: &[&str]) -> String {
        let error = read(lines.join("\n")).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
        error.to_string()
    }

    fn any_snapshot() -> impl Strategy<Value = Snapshot> {
        let file = (
            proptest::collection::vec(1_u8..=255, 1..8),
            any_ranges(),
            any::<i64>(),
        );
        let files = proptest::collection::vec(file, 0..6);
        (files, any::<u64>(), any::<bool>()).prop_map(|(files, time_ns, has_boot)| {
            let mut total = SavedSum::default();
            let file = |(index, (name, ranges, mtime_ns)): (usize, (Vec<u8>, Vec<_>, i64))| {
                let name: Vec<u8> = name
                    .into_iter()
                    .map(|b| if b == b'/' { b'_' } else { b })
                    .collect();
                let name = sys::name_of_bytes(&name).unwrap();
                let file = SavedFile {
                    path: Path::new(&format!("d{index}")).join(name),
                    size: ByteLength(1000),
                    mtime_ns,
                    identity: StatIdentity {
                        device: time_ns,
                        inode: index as u64,
                    },
                    ranges,
                };
                total.add(&SavedSum::of(&file));
                file
            };
            let files: Vec<SavedFile> = files
                .into_iter()
                .filter(|(name, ..)| name != b"." && name != b"..")
                .enumerate()
                .map(file)
                .collect();
            Snapshot {
                head: Head {
                    page_size: 4096,
                    root: "/a b/\"c\n".into(),
                    time_ns,
                    boot_id: has_boot.then(|| "b".to_owned()),
                },
                files,
                total,
            }
        })
    }

    fn text(snapshot: &Snapshot) -> Vec<u8> {
        let mut text = Vec::new();
        snapshot.head.write(&mut text).unwrap();
        for file in &snapshot.files {
            file.write(&mut text).unwrap();
        }
        snapshot.total.write(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn a_snapshot_that_was_written_is_read_again(snapshot in any_snapshot()) {
            prop_assert_eq!(read(text(&snapshot)).unwrap(), snapshot);
        }

        #[test]
        fn a_snapshot_that_was_cut_off_is_refused(snapshot in any_snapshot(), cut in any::<proptest::sample::Index>()) {
            let text = text(&snapshot);
            // Without the last newline it is still whole.
            let cut = cut.index(text.len() - 1);
            prop_assert!(read(&text[..cut]).is_err());
            prop_assert!(read(&text[..text.len() - 1]).is_ok());
        }

        #[test]
        fn damage_is_refused_or_gives_a_snapshot_that_can_be_written(
            snapshot in any_snapshot(),
            at in any::<proptest::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut text = text(&snapshot);
            let at = at.index(text.len());
            text[at] = byte;
            match read(&text) {
                Ok(read_again) => {
                    prop_assert!(read(self::text(&read_again)).is_ok());
                    let below = |file: &SavedFile| check_below(&file.path).is_ok();
                    prop_assert!(read_again.files.iter().all(below));
                }
                Err(error) => prop_assert_eq!(error.kind(), Kind::Usage),
            }
        }

        #[test]
        fn any_bytes_are_no_snapshot(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            prop_assert!(read(&bytes).is_err());
        }
    }

    #[test]
    fn each_flaw_has_the_number_of_its_line() {
        assert_eq!(flaw(&[""]), "line 1: it is empty");
        assert!(
            flaw(&["PK\u{3}\u{4}"])
                .starts_with("line 1: it is not the start of a snapshot: expected value")
        );
        assert!(flaw(&[r#"{"kind":"file"}"#]).contains("has the kind 'snapshot'"));
        let newer = HEAD.replace(":1,", ":2,");
        assert_eq!(
            flaw(&[&newer]),
            "line 1: the format has version 2; only 1 is known"
        );
        for (from, to, expected) in [
            ("4096", "4095", "'page_size' is not a power of two"),
            ("/r", "r", "'root' is not an absolute path"),
            ("/r", "/r\\u0000", "'root' is not a valid path"),
            ("root", "x", "unknown field `x`"),
            (":7", ":-7", "invalid value: integer `-7`"),
            (":7", ":7.5", "invalid type: floating point"),
        ] {
            let text = flaw(&[&HEAD.replace(from, to)]);
            assert!(text.starts_with(&format!("line 1: {expected}")), "{text}");
        }
        assert_eq!(
            flaw(&[HEAD]),
            "line 2: the line with the total is missing; the end was cut off"
        );
    }

    #[test]
    fn each_number_and_path_of_a_file_is_checked() {
        let all = |files: &[&str], end: &str| {
            let lines: Vec<&str> = [HEAD]
                .into_iter()
                .chain(files.iter().copied())
                .chain([end])
                .collect();
            flaw(&lines)
        };
        for (ranges, expected) in [
            ("[[0,101]]", "range 1, [0,101], ends after the file"),
            (
                "[[0,1],[18446744073709551615,2]]",
                "range 2, [18446744073709551615,2], ends after the file",
            ),
            ("[[9,0]]", "range 1, [9,0], is empty"),
            (
                "[[9,9],[17,1]]",
                "range 2, [17,1], begins before the end of the one before it",
            ),
            ("[[1]]", "invalid length 1, expected a tuple of size 2"),
            ("[[1,2,3]]", "trailing characters"),
            ("[[1,99999999999999999999]]", "invalid type: floating point"),
            ("{}", "invalid type: map, expected a sequence"),
        ] {
            let text = flaw(&[HEAD, &file("f", ranges), &total(1, 1, 1)]);
            assert!(text.starts_with(&format!("line 2: {expected}")), "{text}");
        }
        for path in ["/etc/passwd", "..", "../x", "a/../../x", ".", "a/.."] {
            let text = all(&[&file(path, "[]")], &total(1, 0, 0));
            assert_eq!(
                text, "line 2: 'path' does not stay below the root",
                "{path}"
            );
        }
        for path in ["", "a\\u0000b"] {
            let text = all(&[&file(path, "[]")], &total(1, 0, 0));
            assert_eq!(text, "line 2: 'path' is not a valid path");
        }
        let huge = file("f", "[]").replace("100", "9223372036854775808");
        assert!(all(&[&huge], "").contains("line 2: 'size' exceeds the maximum size of a file"));
        let both = file("f", "[]").replace("\"size\"", "\"path_base64\":\"Zg==\",\"size\"");
        assert!(all(&[&both], "").contains("both 'path' and 'path_base64'"));
        let none = file("f", "[]").replace("\"path\":\"f\",", "");
        assert!(all(&[&none], "").contains("missing field `path`"));
        let wrong = file("f", "[]").replace("\"path\":\"f\"", "\"path_base64\":\"*\"");
        assert!(all(&[&wrong], "").contains("'path_base64' is not base64"));
    }

    #[test]
    fn the_total_and_the_order_of_lines_are_checked() {
        let f = file("f", "[[0,10],[20,10]]");
        let whole = [HEAD, &f, &total(1, 2, 20)].join("\n");
        assert_eq!(read(&whole).unwrap().files[0].ranges.len(), 2);
        for wrong in [total(2, 2, 20), total(1, 1, 20), total(1, 2, 21)] {
            assert_eq!(
                flaw(&[HEAD, &f, &wrong]),
                "line 3: the total does not agree with the lines before it"
            );
        }
        assert_eq!(
            flaw(&[&whole, &f]),
            "line 4: it follows the line with the total"
        );
        assert_eq!(
            flaw(&[&whole, "\n"]),
            "line 4: it follows the line with the total"
        );
        assert_eq!(flaw(&[HEAD, HEAD]), "line 2: a second snapshot begins here");
        assert_eq!(
            flaw(&[HEAD, &f, &file("g", "[]"), &f]),
            "line 4: it repeats the path of an earlier line"
        );
    }

    #[test]
    fn the_ranges_of_a_file_may_go_on_in_the_next_line() {
        let lines = [
            HEAD,
            &file("f", "[[0,10]]"),
            &file("f", "[[10,1],[30,1]]"),
            &total(1, 3, 12),
        ];
        let snapshot = read(lines.join("\n")).unwrap();
        assert_eq!(
            (snapshot.files.len(), snapshot.files[0].ranges.len()),
            (1, 3)
        );
        for again in [
            file("f", "[[9,1]]"),
            file("f", "[]"),
            file("f", "[[20,1]]").replace("-5", "5"),
        ] {
            assert_eq!(
                flaw(&[HEAD, &file("f", "[[0,10]]"), &again]),
                "line 3: it repeats the path of the line before"
            );
        }
    }

    #[test]
    fn a_line_has_a_greatest_length() {
        let mut endless = io::BufReader::new(io::Read::chain(HEAD.as_bytes(), io::repeat(b' ')));
        let error = Snapshot::read(&mut endless).unwrap_err();
        assert_eq!(error.to_string(), "line 1: it is longer than 64 MiB");
    }
}
