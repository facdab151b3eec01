//! The report of commands that only have a total.

use std::io::{self, Write};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::lines::duration;
use crate::mapping::types::{count_text, nanoseconds};

/// The result for all files.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "{S}Total")]
pub struct TotalReport<'a, S> {
    /// Always `total`.
    kind: TotalKind,
    /// The result.
    #[serde(flatten)]
    pub(super) sum: &'a S,
    /// The time that it took, in nanoseconds.
    duration_ns: u64,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum TotalKind {
    /// The object is about all files.
    Total,
}

impl<'a, S> TotalReport<'a, S> {
    /// The report on a result.
    #[must_use]
    pub fn new(sum: &'a S, time: Duration) -> Self {
        Self {
            kind: TotalKind::Total,
            sum,
            duration_ns: nanoseconds(time),
        }
    }

    /// Writes a line for people: what was done of how many files, the time, and notes.
    pub(super) fn write_line(
        &self,
        out: &mut dyn Write,
        done: &str,
        files: u64,
        notes: &[String],
    ) -> io::Result<()> {
        let (files, time) = (count_text(files, "file"), duration(self.duration_ns));
        write!(out, "total: {done} of {files} in {time}")?;
        for note in notes {
            write!(out, "; {note}")?;
        }
        writeln!(out)
    }
}
