//! The report of `warm`.

use std::io::{self, Write};

use super::effect::write_effect;
use super::human::Human;
use super::lines::Lines;
use super::outcome::Report;
use super::rows::RowReport;
use super::view::View;
use super::words::{range_text, time_and_rate, write_before_and_after};
use crate::mapping::cache::walk::RowKind;
use crate::mapping::cache::warm::{Warmed, WarmedSum};
use crate::mapping::types::{ByteLength, SourceRange, count_text};

impl Human for RowReport<'_, WarmedSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = self.sum;
        let is_file = self.kind == RowKind::File;
        let mut text = match sum.loaded {
            Some(bytes) => format!("loaded {}", view.size(bytes)),
            None => "read; amount loaded is unknown".to_owned(),
        };
        if !is_file {
            text = match sum.loaded {
                Some(_) => format!("{text} of {}", count_text(sum.files, "file")),
                None => format!(
                    "read {}; amount loaded is unknown",
                    count_text(sum.files, "file")
                ),
            };
        }
        let mut part = |bytes: ByteLength, files: Option<u64>, what: &str| {
            if !bytes.is_zero() {
                let size = view.size(bytes);
                text = match files.filter(|_| !is_file) {
                    Some(files) => {
                        format!("{text}; {size} of {} {what}", count_text(files, "file"))
                    }
                    None => format!("{text}; {size} {what}"),
                };
            }
        };
        part(sum.unreadable, Some(sum.unreadable_files), "unreadable");
        part(
            sum.not_loaded,
            Some(sum.not_loaded_files),
            "not loaded (--max-memory)",
        );
        part(sum.evicted_again, None, "evicted again");
        writeln!(out, "{}: {text}", self.name())
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
            let holes = format!("{} in holes, not read", view.size(warmed.holes));
            lines.line("skipped", &holes)?;
        }
        if !warmed.not_loaded.is_zero() {
            let rest = format!("{} (--max-memory)", view.size(warmed.not_loaded));
            lines.line("not loaded", &rest)?;
        }
        for part in &warmed.unreadable {
            lines.line("unreadable", &unreadable(view, *part))?;
        }
        let loaded = warmed.loaded.unwrap_or_default();
        lines.line("time", &time_and_rate(view, warmed.duration_ns, loaded))
    }
}

fn unreadable(view: &View, part: SourceRange) -> String {
    format!(
        "{} at offset {}",
        view.size(part.length()),
        view.offset(part.offset())
    )
}
