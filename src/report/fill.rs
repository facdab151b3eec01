//! What `fill` did, for people and programs, and how far it is.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::Human;
use super::console::View;
use super::map::{duration, line};
use super::name::{SourceFields, printable};
use super::theme::Painted;
use crate::mapping::fill::{Filled, Phase, Progress};
use crate::mapping::range::ByteLength;

/// What was filled with.
#[derive(Clone, Debug, Serialize)]
pub struct FillContent {
    /// `byte`, `pattern`, `text`, `counter`, `random` or `input`.
    pub content: &'static str,
    /// The byte (`0x5a`), the pattern (`55aa`), the text, the counter's type (`u32le`) or the input's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// What random bytes were made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
}

/// One fill; its keys in JSON are those of the source, of [`FillContent`] and of [`Filled`].
#[derive(Debug, Serialize)]
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
        view.write_name(out, self.source.0)?;
        let heading = format!("{} filled", view.size(filled.length));
        writeln!(out, ": {}", Painted::new(view.theme().heading, heading))?;
        let offset = view.size(ByteLength(filled.offset.0));
        line(out, "range", &format!("offset {offset}"))?;
        line(out, "bytes", &self.bytes(view))?;
        self.write_growth(out, view)?;
        match filled.unchanged {
            Some(true) => line(out, "private", "the file is unchanged")?,
            Some(false) => line(out, "private", "somebody else changed the file meanwhile")?,
            None => {}
        }
        if filled.verified == Some(true) {
            line(out, "verified", "every byte reads back as written")?;
        }
        line(out, "time", &self.time(view))
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
        let value = value.as_deref().map_or_else(String::new, shown);
        let repeated = match self.filled.input_length {
            Some(length) if length < self.filled.length => {
                format!(", {}, repeated", view.size(length))
            }
            _ => String::new(),
        };
        format!("{content}{value}{seed}{repeated}")
    }

    fn write_growth(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let filled = &self.filled;
        let grown = filled.new_size > filled.old_size;
        if filled.created {
            line(out, "created", &view.size(filled.new_size).to_string())?;
        } else if grown {
            let (from, to) = (view.size(filled.old_size), view.size(filled.new_size));
            line(out, "grown", &format!("from {from} to {to}"))?;
        }
        if grown && !filled.reserved {
            let text = "no: this file system cannot reserve blocks";
            line(out, "reserved", text)?;
        }
        Ok(())
    }

    fn time(&self, view: &View) -> String {
        let nanoseconds = u128::from(self.filled.duration_ns.max(1));
        let second = u128::from(self.filled.length.0).saturating_mul(1_000_000_000) / nanoseconds;
        let second = ByteLength(u64::try_from(second).unwrap_or(u64::MAX));
        let time = duration(self.filled.duration_ns);
        format!("{time}, {}/s", view.size(second))
    }
}

/// A value after a blank, harmless to terminals and not too long for a line.
fn shown(value: &str) -> String {
    const MOST: usize = 40;
    let mut text = format!(" {}", printable(value));
    if let Some((end, _)) = text.char_indices().nth(MOST) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Shows how far a fill is, once it takes long enough for anybody to wonder.
#[derive(Debug)]
pub struct FillProgress {
    wanted: bool,
    started: Instant,
    shown: AtomicBool,
    bar: Mutex<ProgressBar>,
}

/// After how long a bar appears.
const PATIENCE: Duration = Duration::from_millis(500);

impl FillProgress {
    /// Progress on stderr, or nowhere.
    #[must_use]
    pub fn new(wanted: bool) -> Self {
        Self {
            wanted,
            started: Instant::now(),
            shown: AtomicBool::new(false),
            bar: Mutex::new(ProgressBar::hidden()),
        }
    }

    /// Takes it off the screen.
    pub fn finish(&self) {
        self.bar().finish_and_clear();
    }

    fn bar(&self) -> ProgressBar {
        let bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.clone()
    }
}

impl Progress for FillProgress {
    fn begin(&self, phase: Phase, total: Option<ByteLength>) {
        if !self.wanted {
            return;
        }
        self.bar().finish_and_clear();
        let (bar, template) = match total {
            Some(total) => (
                ProgressBar::new(total.0),
                "{msg} {wide_bar} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta}",
            ),
            None => (
                ProgressBar::no_length(),
                "{msg} {bytes}, {binary_bytes_per_sec}",
            ),
        };
        bar.set_draw_target(ProgressDrawTarget::hidden());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(match phase {
            Phase::Filling => "filling",
            Phase::Verifying => "verifying",
        });
        if self.shown.load(Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        *self.bar.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }

    fn advance(&self, bytes: ByteLength) {
        if !self.wanted {
            return;
        }
        let bar = self.bar();
        if self.started.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        bar.inc(bytes.0);
    }
}
