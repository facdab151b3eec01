//! The reports of commands that work on paths: a row for each path or file, and the total.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::lines::duration;
use super::name::{Name, RowFields};
use super::outcome::Report;
use super::view::View;
use crate::mapping::cache::walk::{Paths, Row, RowKind, Walked};
use crate::mapping::types::{ByteLength, SourceName, count_text, nanoseconds};

/// The result for a path, a file in a directory, or all paths.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{S}Row")]
pub struct RowReport<'a, S> {
    /// What the object is about.
    pub kind: RowKind,
    /// The name; absent for the total.
    #[serde(flatten)]
    pub source: Option<RowFields<'a>>,
    /// The result.
    #[serde(flatten)]
    pub sum: &'a S,
    /// Only in the total: the number of directory entries that are not files, such as links and pipes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<u64>,
    /// Only in the total: the time that it took, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ns: Option<u64>,
}

impl<'a, S> RowReport<'a, S> {
    /// The report on a row.
    #[must_use]
    pub fn row(row: &'a Row<S>) -> Self {
        Self {
            kind: row.kind,
            source: Some(RowFields(row.kind, &row.name)),
            sum: &row.sum,
            skipped: None,
            duration_ns: None,
        }
    }

    /// The report on all paths.
    #[must_use]
    pub fn total(walked: &'a Walked<S>) -> Self {
        Self {
            kind: RowKind::Total,
            source: None,
            sum: &walked.total,
            skipped: Some(walked.skipped),
            duration_ns: Some(nanoseconds(walked.duration)),
        }
    }

    /// Writes a line for people: the name, what was done and, unless it is one file, of how many; the time, and notes.
    pub(super) fn write_line(
        &self,
        out: &mut dyn Write,
        done: &str,
        of: &str,
        notes: &[String],
    ) -> io::Result<()> {
        match &self.source {
            Some(source) => write!(out, "{}: {done}", Name(source.1))?,
            None => write!(out, "total: {done}")?,
        }
        if self.kind != RowKind::File {
            write!(out, " of {of}")?;
        }
        if let Some(time) = self.duration_ns {
            write!(out, " in {}", duration(time))?;
        }
        for note in notes {
            write!(out, "; {note}")?;
        }
        writeln!(out)
    }
}

/// The paths that a command works on, in a few words.
#[must_use]
pub fn paths_text(paths: &Paths) -> String {
    match paths.paths.as_slice() {
        [only] => Name(&only.name()).to_string(),
        several => count_text(several.len() as u64, "path"),
    }
}

/// An amount; with a mark if it is that of the known files only.
pub(super) fn amount(view: &View, bytes: Option<ByteLength>, known: ByteLength) -> String {
    match (bytes, known) {
        (Some(bytes), _) => view.size(bytes).to_string(),
        (None, ByteLength::ZERO) => "an unknown amount".to_owned(),
        (None, known) => View::at_least(&view.size(known).to_string()),
    }
}

/// The detailed report on the only file that a command worked on. In JSON it is a row.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{T}File")]
pub struct FileReport<'a, T> {
    /// Always `file`.
    kind: RowKind,
    /// The file and the outcome.
    #[serde(flatten)]
    pub report: Report<'a, T>,
}

impl<'a, T> FileReport<'a, T> {
    /// The report on an outcome.
    #[must_use]
    pub fn new(name: &'a SourceName, outcome: &'a T) -> Self {
        Self {
            kind: RowKind::File,
            report: Report::new(name, outcome),
        }
    }
}

impl<'a, T> Human for FileReport<'a, T>
where
    Report<'a, T>: Human,
{
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        self.report.write_human(out, view)
    }
}
