//! The report of `evict`.

use std::io::{self, Write};

use super::effect::write_effect;
use super::holders;
use super::human::Human;
use super::lines::{Lines, duration};
use super::outcome::Report;
use super::rows::{RowReport, amount};
use super::view::View;
use super::words::{range_text, write_before_and_after};
use crate::mapping::cache::evict::{Evicted, EvictedSum, MemoryOnly};
use crate::mapping::cache::walk::RowKind;
use crate::mapping::error::Error;
use crate::mapping::measure::memory::has_swap;
use crate::mapping::types::{ByteLength, Kept, Kind, count_text, pages_text};

/// The failure to evict all pages.
#[must_use]
pub fn kept_failure(kept: &Kept) -> Error {
    let count = pages_text(kept.pages);
    let verb = if kept.pages == 1 { "stays" } else { "stay" };
    let reason = format!("{count} {verb} in memory: {}", holders::kept(kept));
    let error = Error::new(Kind::Busy, "evict", reason);
    match kept.memory_only {
        true => with_pageout(error),
        false => error,
    }
}

/// Adds the remedy for pages that exist only in memory, if there is swap space to move them to.
fn with_pageout(error: Error) -> Error {
    match has_swap() {
        true => error.hint("use 'mmapctl advise pageout' to move such memory to swap space"),
        false => error,
    }
}

/// The failure to evict files that exist only in memory; `None` when there are none. There is one for all of them,
/// because there may be many, all with the same reason.
#[must_use]
pub fn memory_only_failure(files: &MemoryOnly) -> Option<Error> {
    let name = files.name.as_ref()?;
    if files.files == 1 {
        let kept = Kept {
            pages: files.pages,
            memory_only: true,
            ..Kept::default()
        };
        return Some(kept_failure(&kept).on(name));
    }
    let reason = format!(
        "{} ({}) exist only in memory; they have no backing storage",
        count_text(files.files, "file"),
        pages_text(files.pages),
    );
    Some(with_pageout(Error::new(Kind::Busy, "evict", reason)))
}

impl Human for RowReport<'_, EvictedSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = self.sum;
        let evicted = format!("evicted {}", amount(view, sum.evicted, sum.known));
        let mut notes = Vec::new();
        if let Some(flushed) = sum.flushed.filter(|flushed| !flushed.is_zero()) {
            notes.push(format!("{} flushed first", view.size(flushed)));
        }
        if sum.kept_files > 0 {
            let kept = amount(view, sum.kept, ByteLength::ZERO);
            notes.push(match self.kind {
                RowKind::File => format!("{kept} stayed"),
                _ => format!("{kept} stayed in {}", count_text(sum.kept_files, "file")),
            });
        }
        if sum.unknown_files > 0 && self.kind != RowKind::File {
            notes.push(format!(
                "unknown for {}",
                count_text(sum.unknown_files, "file")
            ));
        }
        self.write_line(out, &evicted, &count_text(sum.files, "file"), &notes)
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
        if evicted.flushed != Some(ByteLength::ZERO) {
            let flushed = amount(view, evicted.flushed, ByteLength::ZERO);
            lines.line("flushed", &format!("{flushed}, before eviction"))?;
        }
        lines.line("time", &duration(evicted.duration_ns))
    }
}
