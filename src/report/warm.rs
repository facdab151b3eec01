//! The report of `warm`.

use std::io::{self, Write};

use super::effect::write_effect;
use super::human::Human;
use super::lines::Lines;
use super::outcome::Report;
use super::rows::{RowReport, amount};
use super::view::View;
use super::words::{range_text, time_and_rate, write_before_and_after};
use crate::mapping::cache::walk::RowKind;
use crate::mapping::cache::warm::{Warmed, WarmedSum};
use crate::mapping::types::{ByteLength, SourceRange, count_text};

impl Human for RowReport<'_, WarmedSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = self.sum;
        let loaded = amount(view, sum.loaded, sum.known);
        let mut notes = Vec::new();
        let mut note = |bytes: ByteLength, files: Option<u64>, what: &str| {
            let files = files.filter(|_| self.kind != RowKind::File);
            let of = files.map_or_else(String::new, |files| {
                format!(" of {}", count_text(files, "file"))
            });
            if !bytes.is_zero() {
                notes.push(format!("{}{of} {what}", view.size(bytes)));
            }
        };
        note(sum.unreadable, Some(sum.unreadable_files), "unreadable");
        note(
            sum.not_loaded,
            Some(sum.not_loaded_files),
            &format!("not loaded ({})", cause(sum.interrupted)),
        );
        note(sum.evicted_again, None, "evicted again");
        if sum.unknown_files > 0 && self.kind != RowKind::File {
            notes.push(format!(
                "unknown for {}",
                count_text(sum.unknown_files, "file")
            ));
        }
        if notes.is_empty() && sum.loaded == Some(ByteLength::ZERO) && sum.size > sum.holes {
            notes.push("all data was already in memory".to_owned());
        }
        let loaded = format!("loaded {loaded}");
        self.write_line(out, &loaded, &count_text(sum.files, "file"), &notes)
    }
}

impl Human for Report<'_, Warmed> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let warmed = self.outcome;
        let mut lines = Lines::new(out, view);
        if warmed.length.is_zero() {
            return lines.heading(self.source.0, "empty: nothing to warm");
        }
        let heading = match warmed.loaded {
            Some(bytes) => format!("warmed, {} loaded", view.size(bytes)),
            None => "read; amount loaded is unknown".to_owned(),
        };
        lines.heading(self.source.0, &heading)?;
        write_effect(&mut lines, &warmed.effect)?;
        let range = range_text(view, warmed.offset, warmed.length);
        lines.line("range", &range)?;
        write_before_and_after(
            &mut lines,
            [&warmed.before, &warmed.after],
            warmed.loaded.is_none(),
        )?;
        if !warmed.holes.is_zero() {
            let holes = format!("{} without data, not read", view.size(warmed.holes));
            lines.line("skipped", &holes)?;
        }
        if !warmed.not_loaded.is_zero() {
            let cause = cause(warmed.interrupted);
            let rest = format!("{} ({cause})", view.size(warmed.not_loaded));
            lines.line("not loaded", &rest)?;
        }
        for part in &warmed.unreadable_ranges {
            lines.line("unreadable", &unreadable(view, *part))?;
        }
        let loaded = warmed.loaded.unwrap_or_default();
        lines.line("time", &time_and_rate(view, warmed.duration_ns, loaded))
    }
}

/// Why something was not loaded.
const fn cause(interrupted: bool) -> &'static str {
    match interrupted {
        true => "interrupted",
        false => "--max-memory",
    }
}

fn unreadable(view: &View, part: SourceRange) -> String {
    format!(
        "{} at offset {}",
        view.size(part.length()),
        view.offset(part.offset())
    )
}
