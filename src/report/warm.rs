//! The report of `warm`.

use std::io::{self, Write};

use super::effect::write_effect;
use super::human::Human;
use super::lines::Lines;
use super::outcome::Report;
use super::view::View;
use super::words::{range_text, time_and_rate, write_before_and_after};
use crate::mapping::cache::warm::Warmed;
use crate::mapping::types::SourceRange;

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
