//! The report of `evict`.

use std::io::{self, Write};

use super::effect::write_effect;
use super::holders;
use super::human::Human;
use super::lines::{Lines, duration};
use super::outcome::Report;
use super::rows::RowReport;
use super::view::View;
use super::words::{range_text, write_before_and_after};
use crate::mapping::cache::evict::{Evicted, EvictedSum};
use crate::mapping::cache::walk::RowKind;
use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, Kept, Kind, count_text, pages_text};

/// The failure to evict all pages.
#[must_use]
pub fn kept_failure(kept: &Kept) -> Error {
    let count = pages_text(kept.pages);
    let verb = if kept.pages == 1 { "stays" } else { "stay" };
    let reason = format!("{count} {verb} in memory: {}", holders::kept(kept));
    let error = Error::new(Kind::Busy, "evict", reason);
    match kept.memory_only {
        true => error.hint(
            "use 'mmapctl advise pageout' to move such memory to swap space, if the system has any",
        ),
        false => error,
    }
}

impl Human for RowReport<'_, EvictedSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = self.sum;
        let size = |bytes: Option<ByteLength>| match bytes {
            Some(bytes) => view.size(bytes).to_string(),
            None => "an unknown amount".to_owned(),
        };
        let mut text = format!("evicted {}", size(sum.evicted));
        if self.kind != RowKind::File {
            text = format!("{text} of {}", count_text(sum.files, "file"));
        }
        if sum.kept_files > 0 {
            text = format!("{text}; {} stayed", size(sum.kept));
        }
        writeln!(out, "{}: {text}", self.name())
    }
}

impl Human for Report<'_, Evicted> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let evicted = self.outcome;
        let mut lines = Lines::new(out, view);
        if evicted.length.is_zero() {
            return lines.heading(self.source.0, "empty: nothing to evict");
        }
        let heading = match evicted.evicted {
            Some(bytes) => format!("evicted {}", view.size(bytes)),
            None => "eviction requested; result unknown".to_owned(),
        };
        lines.heading(self.source.0, &heading)?;
        write_effect(&mut lines, &evicted.effect)?;
        let range = range_text(view, evicted.offset, evicted.length);
        lines.line("range", &range)?;
        let unknown = evicted.evicted.is_none();
        write_before_and_after(&mut lines, [&evicted.before, &evicted.after], unknown)?;
        if evicted.flushed {
            lines.line("flushed", "dirty pages, before eviction")?;
        }
        lines.line("time", &duration(evicted.duration_ns))
    }
}
