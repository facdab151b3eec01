//! The lines of a snapshot, and how they are written: JSON objects, one a line. The manual describes them.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::mapping::cache::walk::Tally;
use crate::mapping::types::{ByteLength, SourceRange, StatIdentity};

/// The version of the format.
pub(super) const VERSION: u64 = 1;

/// The greatest length of a line, in bytes.
pub(super) const LONGEST_LINE: usize = 64 << 20;

/// The greatest number of ranges in a line: none of these lines is too long. The other ranges of the file follow in
/// further lines.
const MOST_RANGES: usize = 1_000_000;

/// What a snapshot is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The size of a page, in bytes.
    pub page_size: u64,
    /// The directory that contains all files.
    pub root: PathBuf,
    /// The time of the snapshot, in nanoseconds since 1970.
    pub time_ns: u64,
    /// The number of the boot of the system; `None` when unknown.
    pub boot_id: Option<String>,
}

/// A file, and its ranges in the snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedFile {
    /// Its path below the root.
    pub path: PathBuf,
    /// Its size.
    pub size: ByteLength,
    /// The time of its last modification, in nanoseconds since 1970.
    pub mtime_ns: i64,
    /// Its device and inode.
    pub identity: StatIdentity,
    /// The ranges: in order, not empty, and without overlap.
    pub ranges: Vec<SourceRange>,
}

/// What a snapshot contains.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SavedSum {
    /// The number of files.
    pub files: u64,
    /// The number of ranges.
    pub ranges: u64,
    /// The amount in the ranges, in bytes.
    pub bytes: ByteLength,
}

impl Tally for SavedSum {
    fn add(&mut self, other: &Self) {
        *self = Self {
            files: self.files.saturating_add(other.files),
            ranges: self.ranges.saturating_add(other.ranges),
            bytes: self.bytes.plus(other.bytes),
        };
    }
}

impl SavedSum {
    /// That of one file.
    #[must_use]
    pub fn of(file: &SavedFile) -> Self {
        Self {
            files: 1,
            ranges: file.ranges.len() as u64,
            bytes: super::ranges::bytes(&file.ranges),
        }
    }
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LineKind {
    Snapshot,
    File,
    Total,
}

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadLine<'a> {
    pub(super) kind: LineKind,
    pub(super) version: u64,
    pub(super) page_size: u64,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    pub(super) root: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    pub(super) root_base64: Option<Cow<'a, str>>,
    pub(super) time_ns: u64,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    pub(super) boot_id: Option<Cow<'a, str>>,
}

/// The line of a file. Ranges are pairs of offset and length.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FileLine<'a, R> {
    pub(super) kind: LineKind,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    pub(super) path: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none", borrow)]
    pub(super) path_base64: Option<Cow<'a, str>>,
    pub(super) size: u64,
    pub(super) mtime_ns: i64,
    pub(super) device: u64,
    pub(super) inode: u64,
    pub(super) ranges: R,
}

/// The last line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TotalLine {
    pub(super) kind: LineKind,
    pub(super) files: u64,
    pub(super) ranges: u64,
    pub(super) bytes: u64,
}

struct Pairs<'a>(&'a [SourceRange]);

impl Serialize for Pairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pairs = self.0.iter();
        serializer.collect_seq(pairs.map(|range| (range.offset().0, range.length().0)))
    }
}

/// A path as text; else its bytes in base64.
fn text_or_base64(path: &Path) -> (Option<Cow<'_, str>>, Option<Cow<'_, str>>) {
    match path.to_str() {
        Some(text) => (Some(text.into()), None),
        None => {
            let bytes = path.as_os_str().as_encoded_bytes();
            (None, Some(STANDARD.encode(bytes).into()))
        }
    }
}

/// Adds a line to a text.
fn push(text: &mut Vec<u8>, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *text, line)?;
    text.push(b'\n');
    Ok(())
}

impl Head {
    /// Adds its line to a text.
    ///
    /// # Errors
    /// None that is known: all values can be written.
    pub fn write(&self, text: &mut Vec<u8>) -> io::Result<()> {
        let (root, root_base64) = text_or_base64(&self.root);
        push(
            text,
            &HeadLine {
                kind: LineKind::Snapshot,
                version: VERSION,
                page_size: self.page_size,
                root,
                root_base64,
                time_ns: self.time_ns,
                boot_id: self.boot_id.as_deref().map(Cow::from),
            },
        )
    }
}

impl SavedFile {
    /// Adds its lines to a text.
    ///
    /// # Errors
    /// As [`Head::write`].
    pub fn write(&self, text: &mut Vec<u8>) -> io::Result<()> {
        let mut rest = self.ranges.as_slice();
        loop {
            let (ranges, more) = rest.split_at(rest.len().min(MOST_RANGES));
            let (path, path_base64) = text_or_base64(&self.path);
            push(
                text,
                &FileLine {
                    kind: LineKind::File,
                    path,
                    path_base64,
                    size: self.size.0,
                    mtime_ns: self.mtime_ns,
                    device: self.identity.device,
                    inode: self.identity.inode,
                    ranges: Pairs(ranges),
                },
            )?;
            if more.is_empty() {
                return Ok(());
            }
            rest = more;
        }
    }
}

impl SavedSum {
    /// Adds its line to a text.
    ///
    /// # Errors
    /// As [`Head::write`].
    pub fn write(&self, text: &mut Vec<u8>) -> io::Result<()> {
        push(
            text,
            &TotalLine {
                kind: LineKind::Total,
                files: self.files,
                ranges: self.ranges,
                bytes: self.bytes.0,
            },
        )
    }
}
