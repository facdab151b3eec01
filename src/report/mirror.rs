//! The report of `mirror`.

use std::io::{self, Write};

use super::hold::Summary;
use super::human::Human;
use super::lines::{Lines, duration};
use super::outcome::Report;
use super::view::View;
use super::words::{access_text, page_range_text, residency_text, size_or_none, write_growth};
use crate::mapping::actions::mirror::{Mirrored, Window};
use crate::mapping::platform::Feature;
use crate::mapping::region::observation::Address;
use crate::mapping::types::{Visibility, count_text};

impl Summary for Mirrored {
    fn summary(&self, view: &View) -> String {
        let seen = &self.seen;
        format!(
            "{} of {} at {:#x}",
            count_text(seen.times, "window"),
            view.size(seen.window),
            seen.base.0
        )
    }
}

impl Report<'_, Mirrored> {
    /// The windows that the outcome lists, or all of them: each starts where the previous one ends.
    fn windows(&self, verbose: bool) -> Vec<Window> {
        let seen = &self.outcome.seen;
        if !verbose {
            return seen.windows.clone();
        }
        let address = |index: u64| {
            let before = seen.window.0.saturating_mul(index);
            Address(
                seen.base
                    .0
                    .saturating_add(usize::try_from(before).unwrap_or(usize::MAX)),
            )
        };
        let window = |index| Window {
            index,
            address: address(index),
            end: address(index.saturating_add(1)),
        };
        (0..seen.times).map(window).collect()
    }

    fn write_windows(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let mut next = 0;
        let columns = self.outcome.seen.times.to_string().len();
        for window in self.windows(lines.view.is_verbose()) {
            if window.index != next {
                let dots = lines.view.ellipsis();
                lines.more(&format!("{dots} {} more {dots}", self.outcome.seen.omitted))?;
            }
            next = window.index.saturating_add(1);
            let (index, start, end) = (window.index, window.address.0, window.end.0);
            let text = format!("{index:>columns$}  {start:#x}-{end:#x}");
            lines.line("window", &text)?;
        }
        Ok(())
    }

    fn write_range(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let view = lines.view;
        let seen = &self.outcome.seen;
        let mut text = page_range_text(view, seen.offset, seen.pages, seen.page_size);
        if seen.length != seen.window {
            let [asked, _] = view.size_pair([seen.length, seen.window]);
            text.push_str(&format!("; widened to whole pages from {asked}"));
        }
        lines.line("range", &text)?;
        if seen.beyond_end.is_zero() {
            return Ok(());
        }
        let text = match (seen.beyond_end == seen.window, view.size(seen.beyond_end)) {
            (true, _) => "each window lies entirely beyond the end, and is never stored".to_owned(),
            (false, beyond) => {
                format!("the last {beyond} of each window lie beyond the end, and are never stored")
            }
        };
        lines.line("end", &text)
    }
}

impl Human for Report<'_, Mirrored> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let mut lines = Lines::new(out, view);
        let heading = format!(
            "{}, {} total",
            self.outcome.summary(view),
            view.size(self.outcome.seen.span)
        );
        lines.heading(self.source.0, &heading)?;
        if let Some(grown) = self.outcome.grown {
            let created = self.outcome.created;
            write_growth(&mut lines, created, grown.old_size, grown.new_size)?;
        }
        self.write_range(&mut lines)?;
        let access = access_text(self.outcome.seen.access, Visibility::Shared);
        lines.line("access", &access)?;
        self.write_windows(&mut lines)?;
        if let Some(verified) = &self.outcome.verified {
            let offsets = verified.offsets.iter().map(|at| view.offset(*at));
            let offsets: Vec<String> = offsets.map(|at| at.to_string()).collect();
            let how = match verified.memory_map {
                true => "the memory map shows the same pages in every window",
                false => "the memory map is unavailable",
            };
            let offsets = offsets.join(" and ");
            let text = format!("{how}; reads at offset {offsets} are the same");
            lines.line("verified", &text)?;
        }
        lines.line(
            "resident",
            &residency_text(view, &self.outcome.seen.residency),
        )?;
        if let Some(locked) = self.outcome.seen.locked {
            lines.line("locked", &size_or_none(view, locked))?;
        } else if Feature::MemoryAccount.is_offered() {
            lines.line("locked", "unknown: /proc/self/smaps cannot be read")?;
        }
        lines.line("time", &duration(self.outcome.duration_ns))
    }
}
