//! What `fill` did, for people and programs, and how far it is.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

use super::console::Console;
use super::human::Human;
use super::lines::{Lines, duration};
use super::name::{SourceFields, printable};
use super::progress::Progress as Bar;
use super::view::View;
use crate::mapping::actions::fill::{Filled, Phase, Progress};
use crate::mapping::cache::sync::{Scope, SyncMode, Synced};
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{ByteLength, pages_text};

/// What was filled with.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FillContent {
    /// `byte`, `pattern`, `text`, `counter`, `random`, `input` or `dump`.
    pub content: &'static str,
    /// The byte (`0x5a`), the pattern (`55aa`), the text, the counter's type (`u32le`) or the input's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What random bytes were made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// One fill; what was filled, with what, and how it went.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FillReport<'a> {
    /// What was filled.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// With what.
    #[serde(flatten)]
    pub content: FillContent,
    /// What was done.
    #[serde(flatten)]
    pub filled: Filled,
}

impl Human for FillReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let filled = &self.filled;
        let mut lines = Lines::new(out, view);
        let heading = format!("{} filled", view.size(filled.length));
        lines.heading(self.source.0, &heading)?;
        let offset = view.size(ByteLength(filled.offset.0));
        lines.line("range", &format!("offset {offset}"))?;
        lines.line("bytes", &self.bytes(view))?;
        self.write_growth(&mut lines)?;
        match filled.changed_meanwhile {
            Some(false) => lines.line("private", "this command did not write to the file")?,
            Some(true) => lines.line("private", "another process changed the file meanwhile")?,
            None => {}
        }
        if let Some(flushed) = &filled.flushed {
            lines.line("flushed", &flush_text(view, flushed))?;
        }
        if filled.verified == Some(true) {
            lines.line("verified", "every byte reads back as written")?;
        }
        lines.line("time", &self.time(view))
    }
}

impl FillReport<'_> {
    fn bytes(&self, view: &View) -> String {
        let FillContent {
            content,
            value,
            seed,
        } = &self.content;
        let seed = seed.map_or_else(String::new, |seed| format!(", seed {seed}"));
        let content = match *content {
            "input" => "from",
            "dump" => "from the dump",
            other => other,
        };
        let value = value
            .as_deref()
            .map_or_else(String::new, |value| shown(view, value));
        let repeated = match self.filled.input_length {
            Some(length) if length < self.filled.length => {
                format!(", {}, repeated", view.size(length))
            }
            _ => String::new(),
        };
        format!("{content}{value}{seed}{repeated}")
    }

    fn write_growth(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let view = lines.view;
        let filled = &self.filled;
        let grown = filled.new_size > filled.old_size;
        if filled.created {
            lines.line("created", &view.size(filled.new_size).to_string())?;
        } else if grown {
            let (from, to) = (view.size(filled.old_size), view.size(filled.new_size));
            lines.line("grown", &format!("from {from} to {to}"))?;
        }
        if grown && !filled.reserved {
            let text = "no: this file system cannot reserve blocks";
            lines.line("reserved", text)?;
        }
        Ok(())
    }

    fn time(&self, view: &View) -> String {
        let nanoseconds = u128::from(self.filled.duration_ns.max(1));
        let second = u128::from(self.filled.length.0).saturating_mul(1_000_000_000) / nanoseconds;
        let second = ByteLength(u64::try_from(second).unwrap_or(u64::MAX));
        let time = duration(self.filled.duration_ns);
        match self.filled.length.is_zero() {
            true => time,
            false => format!("{time}, {}/s", view.size(second)),
        }
    }
}

/// "1 MiB, dirty before: 256 pages, after: 0 pages, 2 ms" or what stands in its place.
fn flush_text(view: &View, flushed: &Synced) -> String {
    let dirty = |seen: &Residency| match seen.counts.dirty {
        Some(dirty) => pages_text(dirty),
        None => "unknown".to_owned(),
    };
    match (flushed.scope, flushed.mode) {
        (Scope::MemoryOnly, _) => "nothing to flush to: it lives in memory alone".to_owned(),
        (_, mode) => {
            let verb = match mode {
                SyncMode::Sync => "",
                SyncMode::Async => "started: ",
            };
            let (before, after) = (dirty(&flushed.before), dirty(&flushed.after));
            let time = duration(flushed.duration_ns);
            let written = view.size(flushed.length);
            format!("{verb}{written}, dirty before: {before}, after: {after}, {time}")
        }
    }
}

/// A value after a blank, harmless to terminals and not too long for a line.
fn shown(view: &View, value: &str) -> String {
    const MOST: usize = 40;
    let mut text = format!(" {}", printable(value));
    if let Some((end, _)) = text.char_indices().nth(MOST) {
        text.truncate(end);
        text.push_str(view.ellipsis());
    }
    text
}

/// Shows how far a fill is.
pub struct FillProgress {
    shown: Mutex<Bar>,
    done: AtomicU64,
}

impl FillProgress {
    /// Progress as the user wants it.
    #[must_use]
    pub fn new(console: &Console) -> Self {
        Self {
            shown: Mutex::new(Bar::of_any_length(console, String::new(), None)),
            done: AtomicU64::new(0),
        }
    }
}

impl Progress for FillProgress {
    fn begin(&self, phase: Phase, total: Option<ByteLength>) {
        let what = match phase {
            Phase::Filling => "filling",
            Phase::Verifying => "verifying",
        };
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.restart(what.to_owned(), total);
        self.done.store(0, Ordering::Relaxed);
    }

    fn advance(&self, bytes: ByteLength) {
        let before = self.done.fetch_add(bytes.0, Ordering::Relaxed);
        // Whoever draws already draws for us.
        if let Ok(mut shown) = self.shown.try_lock() {
            shown.at(ByteLength(before.saturating_add(bytes.0)));
        }
    }
}
