//! The report of `sync`.

use std::io::{self, Write};

use super::human::Human;
use super::lines::{Lines, duration};
use super::outcome::Report;
use super::view::View;
use super::words::{range_text, residency_text};
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
        lines.line("before", &residency_text(view, &synced.before))?;
        lines.line("after", &residency_text(view, &synced.after))?;
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
            SyncMode::Async => "started to flush",
        };
        match (synced.scope, synced.cleaned) {
            (Scope::MemoryOnly, _) => "nothing to flush to: it lives in memory alone".to_owned(),
            (_, Some(bytes)) if bytes.is_zero() && synced.before.counts.dirty == Some(0) => {
                format!("{verb}; nothing was dirty")
            }
            (_, Some(bytes)) if bytes.is_zero() => {
                format!("{verb}, and as much is dirty as before")
            }
            (_, Some(bytes)) => format!("{verb}, {} no longer dirty", view.size(bytes)),
            (_, None) => format!("{verb}; the kernel does not tell how much was dirty"),
        }
    }

    fn notes(&self) -> Vec<String> {
        let synced = self.outcome;
        let mut notes = Vec::new();
        if synced.scope == Scope::WholeFile {
            notes.push(
                "the whole file was flushed: only a mapping of what is open for reading and writing \
                 flushes a part of it"
                    .to_owned(),
            );
        }
        if synced.had_to_wait {
            notes.push(
                "it was waited for: a request to start writing does not reach the file system below"
                    .to_owned(),
            );
        }
        if synced.level == Some(FlushLevel::Drive) {
            notes.push(
                "the drive has it, perhaps in its own cache: this file system cannot tell it to write that \
                 out"
                .to_owned(),
            );
        }
        if synced.miscounted > 0 {
            notes.push(format!(
                "the kernel counts {} more as dirty, which are clean",
                pages_text(synced.miscounted)
            ));
        }
        if let Some(dirty) = synced.dirty_again().filter(|dirty| *dirty > 0) {
            notes.push(format!(
                "{} dirty still: something wrote again meanwhile",
                pages_text(dirty)
            ));
        }
        notes
    }
}
