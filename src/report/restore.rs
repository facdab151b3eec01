//! The report of `restore`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::name::{Name, SourceFields};
use super::rows::amount;
use super::total::TotalReport;
use super::view::View;
use crate::mapping::cache::restore::{RestoredSum, Skip};
use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, Kind, LengthText, SourceName, count_text};

impl Human for TotalReport<'_, RestoredSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = self.sum;
        let loaded = format!("loaded {}", amount(view, sum.loaded, ByteLength::ZERO));
        let mut notes = vec![match sum.resident {
            Some(resident) if resident == sum.bytes => {
                format!("all {} in memory", view.size(sum.bytes))
            }
            resident => {
                let resident = amount(view, resident, ByteLength::ZERO);
                format!("{resident} of {} in memory", view.size(sum.bytes))
            }
        }];
        let mut note = |bytes: ByteLength, what: &str| {
            if !bytes.is_zero() {
                notes.push(format!("{} {what}", view.size(bytes)));
            }
        };
        note(sum.unreadable, "unreadable");
        note(sum.not_loaded, "not loaded (--max-memory)");
        note(sum.evicted_again, "evicted again");
        note(sum.dropped.unwrap_or_default(), "dropped");
        note(sum.kept.unwrap_or_default(), "outside the snapshot stayed");
        if sum.dropped.is_none() || sum.kept.is_none() {
            notes.push("an unknown amount dropped".to_owned());
        }
        if sum.skipped_files > 0 {
            let files = count_text(sum.skipped_files, "file");
            notes.push(format!("{files} skipped"));
        }
        self.write_line(out, &loaded, sum.files, &notes)
    }
}

/// A file that was skipped.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SkippedReport<'a> {
    /// Always `skipped`.
    kind: SkippedKind,
    /// The file.
    #[serde(flatten)]
    source: SourceFields<'a>,
    /// Why.
    reason: Skip,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum SkippedKind {
    /// The object is about a file that was skipped.
    Skipped,
}

impl<'a> SkippedReport<'a> {
    /// The report on a file.
    #[must_use]
    pub const fn new(name: &'a SourceName, reason: Skip) -> Self {
        Self {
            kind: SkippedKind::Skipped,
            source: SourceFields(name),
            reason,
        }
    }
}

impl Human for SkippedReport<'_> {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        writeln!(out, "{}: {}", Name(self.source.0), skip_text(self.reason))
    }
}

/// That a file is skipped, and why.
#[must_use]
pub const fn skip_text(why: Skip) -> &'static str {
    match why {
        Skip::Missing => "skipped: it does not exist",
        Skip::NotRegular => "skipped: it is not a regular file",
        Skip::OutsideRoot => "skipped: a link leads out of the root",
        Skip::Resized => "skipped: its size has changed; --force loads what still exists",
        Skip::Modified => "skipped: modified since the snapshot; --force loads it",
    }
}

/// That pages outside the ranges of a file stayed.
#[must_use]
pub fn kept_text(view: &View, bytes: ByteLength) -> String {
    let size = view.size(bytes);
    format!("{size} outside the snapshot stayed; 'mmapctl why' shows who uses them")
}

/// The failure that memory is not as in the snapshot; `None` if it is.
#[must_use]
pub fn incomplete_failure(sum: &RestoredSum) -> Option<Error> {
    if sum.is_complete() {
        return None;
    }
    let reason = match (sum.resident, sum.kept) {
        (None, _) => "it is not known whether all ranges are in memory".to_owned(),
        (Some(resident), _) if resident < sum.bytes => {
            let missing = LengthText(sum.bytes.minus(resident));
            format!("{missing} of the ranges are not in memory")
        }
        (_, None) => "it is not known whether more is in memory".to_owned(),
        (_, Some(kept)) if !kept.is_zero() => {
            format!("{} outside the ranges stayed in memory", LengthText(kept))
        }
        _ => format!("{} skipped", count_text(sum.skipped_files, "file")),
    };
    Some(Error::new(Kind::Mismatch, "restore all", reason))
}
