//! The report of `sync`.

use std::io::{self, Write};

use super::human::Human;
use super::lines::{Lines, duration};
use super::outcome::Report;
use super::view::View;
use super::words::{range_text, write_before_and_after};
use crate::mapping::cache::sync::{Scope, SyncMode, Synced};
use crate::mapping::types::{FlushLevel, pages_text};

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
        if synced.scope == Scope::WholeFile {
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
