//! The report of `fill`, and its progress.

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
use super::words::{time_and_rate, write_growth};
use crate::mapping::actions::fill::{Filled, Phase, Progress};
use crate::mapping::cache::sync::{Scope, SyncMode, Synced};
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{ByteLength, SourceName, pages_text};

/// The bytes that were written.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct FillContent {
    /// The kind of bytes: `byte`, `pattern`, `text`, `counter`, `random`, `input` (--from) or `dump` (--from-hex).
    pub content: &'static str,
    /// The byte (`0x5a`), the pattern (`55aa`), the text, the type of the counter (`u32le`) or the name of the input;
    /// absent for `random`, and for a name that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The seed of random bytes, given or chosen; absent for other bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The length of the text or pattern.
    #[serde(skip)]
    pub length: Option<ByteLength>,
}

/// A fill.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FillReport<'a> {
    /// The source that was filled.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// The bytes that were written.
    #[serde(flatten)]
    pub content: FillContent,
    /// Whether the text, the pattern or the input was written more than once.
    pub repeated: bool,
    /// The outcome.
    #[serde(flatten)]
    pub filled: Filled,
}

impl<'a> FillReport<'a> {
    /// The report of a fill of a source.
    #[must_use]
    pub fn new(source: &'a SourceName, content: FillContent, filled: Filled) -> Self {
        let length = content.length.or(filled.input_length);
        Self {
            source: SourceFields(source),
            repeated: length.is_some_and(|length| length < filled.length),
            content,
            filled,
        }
    }
}

impl Human for FillReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let filled = &self.filled;
        let mut lines = Lines::new(out, view);
        let heading = format!("{} filled", view.size(filled.length));
        lines.heading(self.source.0, &heading)?;
        let offset = view.offset(filled.offset);
        lines.line("range", &format!("offset {offset}"))?;
        lines.line("bytes", &self.bytes(view))?;
        self.write_size(&mut lines)?;
        match filled.changed_meanwhile {
            Some(false) => lines.line("private", "this command did not write to the file")?,
            Some(true) => lines.line(
                "private",
                "another process changed the file during the fill",
            )?,
            None => {}
        }
        if let Some(flushed) = &filled.flushed {
            lines.line("flushed", &flush_text(view, flushed))?;
        }
        if filled.verified == Some(true) {
            lines.line("verified", "every byte reads back as written")?;
        }
        lines.line(
            "time",
            &time_and_rate(view, filled.duration_ns, filled.length),
        )
    }
}

impl FillReport<'_> {
    fn bytes(&self, view: &View) -> String {
        let FillContent {
            content,
            value,
            seed,
            length,
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
        let times = match length.or(self.filled.input_length) {
            Some(length) if self.repeated => format!(", {}, repeated", view.size(length)),
            Some(length) if length > self.filled.length => {
                let [_, length] = view.size_pair([self.filled.length, length]);
                format!(", truncated from {length}")
            }
            Some(_) => ", written once".to_owned(),
            None => String::new(),
        };
        format!("{content}{value}{seed}{times}")
    }

    fn write_size(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let filled = &self.filled;
        write_growth(lines, filled.created, filled.old_size, filled.new_size)?;
        if filled.new_size > filled.old_size && !filled.reserved {
            let text = "no: this file system cannot reserve blocks";
            lines.line("reserved", text)?;
        }
        Ok(())
    }
}

/// "1 MiB, dirty before: 256 pages, after: 0 pages, 2 ms", or that nothing can be flushed.
fn flush_text(view: &View, flushed: &Synced) -> String {
    let dirty = |seen: &Residency| match seen.counts.dirty {
        Some(dirty) => pages_text(dirty),
        None => "unknown".to_owned(),
    };
    match (flushed.scope, flushed.mode) {
        (Scope::MemoryOnly, _) => "nothing to flush: it is in memory only".to_owned(),
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

/// A blank and the value, without control characters and shortened to fit a line.
fn shown(view: &View, value: &str) -> String {
    const MOST: usize = 40;
    let mut text = format!(" {}", printable(value));
    if let Some((end, _)) = text.char_indices().nth(MOST) {
        text.truncate(end);
        text.push_str(view.ellipsis());
    }
    text
}

/// Shows the progress of a fill, whose threads report to it.
pub struct FillProgress {
    shown: Mutex<Bar>,
    done: AtomicU64,
}

impl FillProgress {
    /// Progress as the options of the console demand.
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
        // If another thread is drawing now, its line suffices.
        if let Ok(mut shown) = self.shown.try_lock() {
            shown.at(ByteLength(before.saturating_add(bytes.0)));
        }
    }
}
