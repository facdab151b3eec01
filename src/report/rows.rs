//! The reports of commands that work on paths: a row for each path or file, and the total.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::name::{Name, SourceFields};
use super::outcome::Report;
use super::view::View;
use crate::mapping::cache::walk::{Row, RowKind, Walked};
use crate::mapping::types::SourceName;

/// The result for a path, a file in a directory, or all paths.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{S}Row")]
pub struct RowReport<'a, S> {
    /// What the object is about.
    pub kind: RowKind,
    /// The name; absent for the total.
    #[serde(flatten)]
    pub source: Option<SourceFields<'a>>,
    /// The result.
    #[serde(flatten)]
    pub sum: &'a S,
    /// Only in the total: the number of directory entries that are not files, such as links and pipes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<u64>,
}

impl<'a, S> RowReport<'a, S> {
    /// The report on a row.
    #[must_use]
    pub fn row(row: &'a Row<S>) -> Self {
        Self {
            kind: row.kind,
            source: Some(SourceFields(&row.name)),
            sum: &row.sum,
            skipped: None,
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
        }
    }

    /// The name of the row, as it is written for people.
    pub(super) fn name(&self) -> String {
        match &self.source {
            Some(source) => Name(source.0).to_string(),
            None => "total".to_owned(),
        }
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
