//! The reports of `advise`: on advice for a mapping, and on advice for another process.

use std::io::{self, Write};

use super::effect::{lasts_text, write_effect};
use super::hold::Summary;
use super::human::Human;
use super::lines::{INDENT, Lines, duration};
use super::outcome::Report;
use super::table::{Column, GAP, Table};
use super::theme::Painted;
use super::view::View;
use super::words::{access_text, codes, explain, range_text};
use crate::mapping::actions::advise::mapping::Advised;
use crate::mapping::actions::advise::process::RemoteAdvised;
use crate::mapping::actions::advise::sight::{RemoteSight, Sight};
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::types::{ByteLength, Marks, Named, count_text, pages_text};

impl Human for Report<'_, Advised> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let advised = self.outcome;
        let heading = format!(
            "{} on {} at {:#x}",
            advised.advice.name(),
            view.size(advised.length),
            advised.address.0
        );
        let mut lines = Lines::new(out, view);
        lines.heading(self.source.0, &heading)?;
        write_effect(&mut lines, &advised.effect)?;
        let pieces = match advised.pieces {
            1 => String::new(),
            pieces => format!(", mapped in {pieces} pieces because address space is short"),
        };
        let range = range_text(view, advised.offset, advised.length);
        lines.line("range", &format!("{range}{pieces}"))?;
        let touched = if advised.touched { ", touched" } else { "" };
        let access = access_text(advised.access, advised.visibility);
        lines.line("access", &format!("{access}{touched}"))?;
        write_sights(&mut lines, &advised.before, &advised.after)?;
        if let Some(memory) = advised.after.memory.as_ref().filter(|_| view.is_verbose()) {
            explain(&mut lines, &memory.vm_flags)?;
        }
        lines.line("time", &duration(advised.duration_ns))
    }
}

impl Summary for Advised {
    fn summary(&self, view: &View) -> String {
        format!(
            "{} on {} at {:#x}: {}",
            self.advice.name(),
            view.size(self.length),
            self.address.0,
            lasts_text(self.effect.lasts)
        )
    }
}

/// The figures before and after, in two columns below the texts of the other lines.
struct Comparison<'a> {
    view: &'a View,
    table: Table,
}

impl<'a> Comparison<'a> {
    fn new(view: &'a View) -> Self {
        let columns = [
            Column::left(""),
            Column::left("BEFORE"),
            Column::left("AFTER"),
        ];
        Self {
            view,
            table: Table::new(columns),
        }
    }

    /// A figure. A changed one is highlighted.
    fn row(&mut self, label: &str, [before, after]: [String; 2]) {
        let after = if after == before {
            after
        } else {
            Painted::new(self.view.theme().heading, after).to_string()
        };
        let label = format!("{:<1$}", format!("  {label}"), INDENT - GAP);
        self.table.row([label, before, after]);
    }

    fn pages(&mut self, label: &str, counts: [Option<u64>; 2]) {
        let text = |count: Option<u64>| count.map_or("unknown".to_owned(), pages_text);
        self.row(label, counts.map(text));
    }

    /// The pages that are marked as recently used, if they were counted.
    fn marks(&mut self, marks: [Option<Marks>; 2]) {
        if marks.iter().any(Option::is_some) {
            self.pages("used", marks.map(|marks| Some(marks?.used)));
        }
    }

    fn size(&mut self, label: &str, sizes: [ByteLength; 2]) {
        let sizes = self.view.size_pair(sizes);
        self.row(label, sizes.map(|size| size.to_string()));
    }

    /// A size, unless it is 0 both times.
    fn size_if_any(&mut self, label: &str, sizes: [ByteLength; 2]) {
        if sizes != [ByteLength(0); 2] {
            self.size(label, sizes);
        }
    }

    /// The figures of smaps (`proc_pid_smaps(5)`).
    fn memory(&mut self, before: &MemoryUse, after: &MemoryUse) {
        type Figure = fn(&MemoryUse) -> u64;
        let figures: [(&str, Figure); 5] = [
            ("Referenced", |memory| memory.referenced),
            ("Anonymous", |memory| memory.anonymous),
            ("LazyFree", |memory| memory.lazy_free),
            ("Swap", |memory| memory.swap),
            ("Locked", |memory| memory.locked),
        ];
        self.size("Rss", [before, after].map(|memory| ByteLength(memory.rss)));
        for (label, figure) in figures {
            self.size_if_any(
                label,
                [before, after].map(|memory| ByteLength(figure(memory))),
            );
        }
        self.row(
            "VmFlags",
            [before, after].map(|memory| codes(&memory.vm_flags)),
        );
    }
}

fn write_sights(lines: &mut Lines<'_>, before: &Sight, after: &Sight) -> io::Result<()> {
    let mut comparison = Comparison::new(lines.view);
    let both = [before, after];
    comparison.pages(
        "resident",
        both.map(|sight| sight.residency.counts.resident),
    );
    comparison.marks([before.marks, after.marks]);
    comparison.pages("dirty", both.map(|sight| sight.residency.counts.dirty));
    if let (Some(before), Some(after)) = (before.allocated, after.allocated) {
        comparison.size("allocated", [before, after]);
    }
    if let (Some(before), Some(after)) = (before.huge, after.huge) {
        comparison.size_if_any("huge pages", [before, after]);
    }
    if let (Some(before), Some(after)) = (&before.memory, &after.memory) {
        comparison.memory(before, after);
    }
    comparison.table.write(lines.out, lines.view)
}

impl Human for Report<'_, RemoteAdvised> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let advised = self.outcome;
        let [part, whole] = view.size_pair([advised.advised, advised.length]);
        let heading = format!(
            "{} on {part} of {whole} in {}",
            advised.advice.name(),
            count_text(advised.mappings.len() as u64, "mapping")
        );
        let mut lines = Lines::new(out, view);
        lines.heading(self.source.0, &heading)?;
        lines.line("command", &super::name::printable(&advised.command))?;
        write_effect(&mut lines, &advised.effect)?;
        self.write_mappings(&mut lines)?;
        write_remote(&mut lines, &advised.before, &advised.after)?;
        lines.line("time", &duration(advised.duration_ns))
    }
}

impl Report<'_, RemoteAdvised> {
    /// Each mapping when that is wanted, and otherwise those that refused.
    fn write_mappings(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let view = lines.view;
        for mapping in &self.outcome.mappings {
            if !view.is_verbose() && mapping.error.is_none() {
                continue;
            }
            let error = mapping
                .error
                .as_deref()
                .map_or(String::new(), |why| format!(": {why}"));
            let whole = ByteLength(mapping.end.saturating_sub(mapping.start));
            let [part, whole] = view.size_pair([mapping.advised, whole]);
            let text = format!(
                "{:#x}-{:#x} {part} of {whole}{error} {}",
                mapping.start,
                mapping.end,
                super::name::printable(&mapping.path),
            );
            lines.line("mapping", text.trim_end())?;
        }
        Ok(())
    }
}

fn write_remote(
    lines: &mut Lines<'_>,
    before: &RemoteSight,
    after: &RemoteSight,
) -> io::Result<()> {
    let mut comparison = Comparison::new(lines.view);
    if let Some((before, after)) = before.cached.zip(after.cached) {
        comparison.pages("cached", [Some(before), Some(after)]);
    }
    comparison.marks([before.marks, after.marks]);
    comparison.size_if_any("huge pages", [before.huge, after.huge]);
    comparison.memory(&before.memory, &after.memory);
    comparison.table.write(lines.out, lines.view)
}
