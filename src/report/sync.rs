//! The report of `sync`.

use std::io::{self, Write};

use super::human::Human;
use super::lines::{Lines, duration};
use super::outcome::Report;
use super::rows::{RowReport, amount};
use super::view::View;
use super::words::{range_text, write_before_and_after};
use crate::mapping::cache::sync::{Scope, SyncMode, Synced, SyncedSum};
use crate::mapping::cache::walk::RowKind;
use crate::mapping::types::{ByteLength, FlushLevel, count_text, pages_text};

impl Human for RowReport<'_, SyncedSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = self.sum;
        let files = |count| count_text(count, "file");
        let of = match sum.directories {
            0 => files(sum.files),
            1 => format!("{} and 1 directory", files(sum.files)),
            many => format!("{} and {many} directories", files(sum.files)),
        };
        let verb = match sum.mode {
            SyncMode::Sync => "flushed",
            SyncMode::Async => "started to flush",
        };
        let flushed = format!("{verb} {}", amount(view, sum.cleaned, sum.known));
        let mut notes = Vec::new();
        if sum.dirty_files > 0 {
            let dirty = amount(view, sum.dirty, ByteLength::ZERO);
            notes.push(match self.kind {
                RowKind::File => format!("{dirty} still dirty"),
                _ => format!("{dirty} still dirty in {}", files(sum.dirty_files)),
            });
        }
        if sum.level == Some(FlushLevel::Drive) {
            notes.push("data may still be in the drive's cache".to_owned());
        }
        let counts = [
            (sum.memory_only_files, "in memory only"),
            (sum.waited_files, "flushed in the foreground"),
        ];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        notes.extend(counts.map(|(count, how)| format!("{} {how}", files(*count))));
        if sum.unknown_files > 0 && self.kind != RowKind::File {
            notes.push(format!("unknown for {}", files(sum.unknown_files)));
        }
        self.write_line(out, &flushed, &of, &notes)
    }
}

impl Human for Report<'_, Synced> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let synced = self.outcome;
        let mut lines = Lines::new(out, view);
        if synced.length.is_zero() {
            return lines.heading(self.source.0, "empty: nothing to flush");
        }
        lines.heading(self.source.0, &self.heading(view))?;
        let range = range_text(view, synced.offset, synced.length);
        lines.line("range", &range)?;
        write_before_and_after(&mut lines, [&synced.before, &synced.after], false)?;
        for note in self.notes() {
            lines.line("note", &note)?;
        }
        lines.line("time", &duration(synced.duration_ns))
    }
}

impl Report<'_, Synced> {
    fn heading(&self, view: &View) -> String {
        let synced = self.outcome;
        let verb = match synced.mode {
            SyncMode::Sync => "flushed",
            SyncMode::Async => "flush started",
        };
        match (synced.scope, synced.cleaned) {
            (Scope::MemoryOnly, _) => "nothing to flush: it is in memory only".to_owned(),
            (_, Some(bytes)) if bytes.is_zero() && synced.before.counts.dirty == Some(0) => {
                format!("{verb}; nothing was dirty")
            }
            (_, Some(bytes)) if bytes.is_zero() => {
                format!("{verb}, but the same amount is still dirty")
            }
            (_, Some(bytes)) => format!("{verb}, {} no longer dirty", view.size(bytes)),
            (_, None) => format!("{verb}; how much was dirty is unknown"),
        }
    }

    fn notes(&self) -> Vec<String> {
        let synced = self.outcome;
        let mut notes = Vec::new();
        if synced.beyond_range {
            notes.push("the whole file was flushed: a range needs write access".to_owned());
        }
        if synced.had_to_wait {
            notes.push(
                "waited for completion: this file system does not support flushing in the background"
                    .to_owned(),
            );
        }
        if synced.level == Some(FlushLevel::Drive) {
            notes.push(
                "the data may still be in the drive's cache, which this file system cannot flush"
                    .to_owned(),
            );
        }
        if synced.miscounted > 0 {
            notes.push(format!(
                "the kernel counts {} more as dirty, but they are clean",
                pages_text(synced.miscounted)
            ));
        }
        if let Some(dirty) = synced.dirty_again().filter(|dirty| *dirty > 0) {
            notes.push(format!(
                "{} still dirty: written again during the flush",
                pages_text(dirty)
            ));
        }
        notes
    }
}
