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
        let head = lines
            .next()?
            .ok_or_else(|| lines.wrong("it is empty".into()))
            .and_then(|line| head(&line).map_err(|flaw| lines.wrong(flaw)))?;
        let mut files = Files::default();
        loop {
            let Some(line) = lines.next()? else {
                lines.number = lines.number.saturating_add(1);
                return Err(
                    lines.wrong("the line with the total is missing; the end was cut off".into())
                );
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
