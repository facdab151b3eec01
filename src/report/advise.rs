//! What `advise` did and saw, for people and programs.

use std::io::{self, Write};

use serde::Serialize;

use super::Human;
use super::console::View;
use super::map::{duration, line, residency_text};
use super::name::SourceFields;
use super::table::{Column, Table};
use super::theme::Painted;
use crate::mapping::access::Flag;
use crate::mapping::effect::{Advised, Effect, Lasts, Sight};
use crate::mapping::evict::Evicted;
use crate::mapping::range::{ByteLength, SourceRange};
use crate::mapping::remote::{RemoteAdvised, RemoteSight};
use crate::mapping::residency::Residency;
use crate::mapping::vmas::{MemoryUse, VmFlag};
use crate::mapping::warm::Warmed;

/// One advice on one mapping; its keys in JSON are those of the source, and of [`Advised`].
#[derive(Debug, Serialize)]
pub struct AdviseReport<'a> {
    /// What was advised on.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// What was done and seen.
    #[serde(flatten)]
    pub advised: &'a Advised,
    /// Whether to explain every flag.
    #[serde(skip)]
    pub verbose: bool,
}

impl Human for AdviseReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let advised = self.advised;
        let heading = format!(
            "{} on {} at {:#x}",
            advised.advice.name(),
            view.size(advised.length),
            advised.address.0
        );
        write_heading(out, view, self.source, &heading)?;
        write_effect(out, view, &advised.effect)?;
        let range = format!(
            "offset {}, {}",
            view.size(ByteLength(advised.offset.0)),
            view.size(advised.length)
        );
        line(out, "range", &range)?;
        let touched = if advised.touched {
            ", touched first"
        } else {
            ""
        };
        let access = advised.access.name();
        let visibility = advised.visibility.name();
        line(out, "access", &format!("{access}, {visibility}{touched}"))?;
        write_sights(out, view, &advised.before, &advised.after)?;
        if self.verbose {
            let flags = advised
                .after
                .memory
                .iter()
                .flat_map(|memory| &memory.vm_flags);
            for flag in flags {
                let meaning = flag.meaning().unwrap_or("unknown to this program");
                line(out, "", &format!("{}  {meaning}", flag.code()))?;
            }
        }
        line(out, "time", &duration(advised.duration_ns))
    }
}

fn write_heading(
    out: &mut dyn Write,
    view: &View,
    source: SourceFields<'_>,
    heading: &str,
) -> io::Result<()> {
    view.write_name(out, source.0)?;
    writeln!(out, ": {}", Painted::new(view.theme().heading, heading))
}

pub(super) fn write_effect(out: &mut dyn Write, view: &View, effect: &Effect) -> io::Result<()> {
    let theme = view.theme();
    let style = match effect.lasts {
        Lasts::NoEffect => theme.warning,
        Lasts::OutlivesCommand | Lasts::WhileMapped => theme.good,
    };
    let lasts = Painted::new(style, effect.lasts.text());
    let reason = match (effect.lasts, effect.measured) {
        (Lasts::NoEffect, _) => format!(" ({})", effect.reason),
        (_, true) => format!(": {}", effect.reason),
        (_, false) => format!(", but not measured: {}", effect.reason),
    };
    line(out, "effect", &format!("{lasts}{reason}"))?;
    for note in &effect.notes {
        line(out, "note", note)?;
    }
    Ok(())
}

/// A table of what was seen before and after.
fn write_sights(out: &mut dyn Write, view: &View, before: &Sight, after: &Sight) -> io::Result<()> {
    let mut table = comparison();
    let pages = |figure: fn(&Residency) -> Option<u64>| {
        let text = |sight: &Sight| {
            figure(&sight.residency).map_or("unknown".to_owned(), |n| n.to_string())
        };
        [text(before), text(after)]
    };
    row(
        &mut table,
        "resident pages",
        pages(|seen| seen.counts.resident),
    );
    row(&mut table, "dirty pages", pages(|seen| seen.counts.dirty));
    let bytes = |figure: &dyn Fn(&Sight) -> Option<ByteLength>| {
        let text = |sight| figure(sight).map(|bytes| view.size(bytes).to_string());
        text(before).zip(text(after)).map(|(a, b)| [a, b])
    };
    if let Some(allocated) = bytes(&|sight| sight.allocated) {
        row(&mut table, "allocated", allocated);
    }
    if let Some(huge) = bytes(&|sight| sight.huge) {
        row(&mut table, "huge pages", huge);
    }
    if let (Some(before), Some(after)) = (&before.memory, &after.memory) {
        add_memory(&mut table, view, before, after);
    }
    table.write(out, view)
}

fn comparison() -> Table {
    Table::new([
        Column::left("  "),
        Column::left("BEFORE"),
        Column::left("AFTER"),
    ])
}

fn row(table: &mut Table, label: &str, [before, after]: [String; 2]) {
    table.row([format!("  {label}"), before, after]);
}

/// The figures of smaps, those without anything to tell left out.
fn add_memory(table: &mut Table, view: &View, before: &MemoryUse, after: &MemoryUse) {
    type Figure = fn(&MemoryUse) -> u64;
    let figures: [(&str, Figure); 6] = [
        ("Rss", |memory| memory.rss),
        ("Referenced", |memory| memory.referenced),
        ("Anonymous", |memory| memory.anonymous),
        ("LazyFree", |memory| memory.lazy_free),
        ("Swap", |memory| memory.swap),
        ("Locked", |memory| memory.locked),
    ];
    for (label, figure) in figures {
        let values = [figure(before), figure(after)];
        if label == "Rss" || values != [0, 0] {
            row(
                table,
                label,
                values.map(|n| view.size(ByteLength(n)).to_string()),
            );
        }
    }
    let codes = |flags: &[VmFlag]| {
        let codes: Vec<&str> = flags.iter().map(VmFlag::code).collect();
        codes.join(" ")
    };
    row(
        table,
        "VmFlags",
        [codes(&before.vm_flags), codes(&after.vm_flags)],
    );
}

/// What warming one file did; its keys in JSON are those of the source, and of [`Warmed`].
#[derive(Debug, Serialize)]
pub struct WarmReport<'a> {
    /// What was warmed.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// Always "warm".
    pub advice: &'static str,
    /// What was done and seen.
    #[serde(flatten)]
    pub warmed: &'a Warmed,
}

impl Human for WarmReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let warmed = self.warmed;
        let heading = match warmed.loaded {
            Some(bytes) => format!("warmed, {} loaded", view.size(bytes)),
            None => "warmed".to_owned(),
        };
        write_heading(out, view, self.source, &heading)?;
        write_effect(out, view, &warmed.effect)?;
        line(out, "before", &residency_text(view, &warmed.before))?;
        line(out, "after", &residency_text(view, &warmed.after))?;
        if !warmed.holes.is_zero() {
            let holes = format!("{} in holes, not read", view.size(warmed.holes));
            line(out, "skipped", &holes)?;
        }
        for part in &warmed.unreadable {
            line(out, "unreadable", &unreadable(view, *part))?;
        }
        line(out, "time", &rate(view, warmed))
    }
}

fn unreadable(view: &View, part: SourceRange) -> String {
    format!("{} at offset {}", view.size(part.length()), part.offset().0)
}

/// "1.2 s, 900 MiB/s".
fn rate(view: &View, warmed: &Warmed) -> String {
    let time = duration(warmed.duration_ns);
    let loaded = warmed.loaded.filter(|bytes| !bytes.is_zero());
    let in_a_second = loaded.and_then(|bytes| {
        let bytes = u128::from(bytes.0).saturating_mul(1_000_000_000);
        let rate = bytes.checked_div(u128::from(warmed.duration_ns))?;
        u64::try_from(rate).ok()
    });
    match in_a_second {
        Some(rate) => format!("{time}, {}/s", view.size(ByteLength(rate))),
        None => time,
    }
}

/// What evicting one file did; its keys in JSON are those of the source, and of [`Evicted`].
#[derive(Debug, Serialize)]
pub struct EvictReport<'a> {
    /// What was evicted.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// Always "evict".
    pub advice: &'static str,
    /// What was done and seen.
    #[serde(flatten)]
    pub evicted: &'a Evicted,
}

impl Human for EvictReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let evicted = self.evicted;
        let heading = match evicted.evicted {
            Some(bytes) => format!("evicted {}", view.size(bytes)),
            None => "evicted".to_owned(),
        };
        write_heading(out, view, self.source, &heading)?;
        write_effect(out, view, &evicted.effect)?;
        line(out, "before", &residency_text(view, &evicted.before))?;
        line(out, "after", &residency_text(view, &evicted.after))?;
        if evicted.flushed {
            line(out, "flushed", "what was dirty, before dropping it")?;
        }
        line(out, "time", &duration(evicted.duration_ns))
    }
}

/// One advice on another process's memory; its keys in JSON are the process, and those of [`RemoteAdvised`].
#[derive(Debug, Serialize)]
pub struct RemoteReport<'a> {
    /// The process.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// What was done and seen.
    #[serde(flatten)]
    pub advised: &'a RemoteAdvised,
    /// Whether to list every mapping.
    #[serde(skip)]
    pub verbose: bool,
}

impl Human for RemoteReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let advised = self.advised;
        let heading = format!(
            "{} on {} of {} in {}",
            advised.advice.name(),
            view.size(advised.advised),
            view.size(advised.length),
            match advised.mappings.len() {
                1 => "1 mapping".to_owned(),
                count => format!("{count} mappings"),
            }
        );
        write_heading(out, view, self.source, &heading)?;
        line(out, "command", &super::printable(&advised.command))?;
        write_effect(out, view, &advised.effect)?;
        self.write_mappings(out, view)?;
        write_remote(out, view, &advised.before, &advised.after)?;
        line(out, "time", &duration(advised.duration_ns))
    }
}

impl RemoteReport<'_> {
    /// Each mapping when that is wanted, and otherwise those that refused.
    fn write_mappings(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        for mapping in &self.advised.mappings {
            if !self.verbose && mapping.error.is_none() {
                continue;
            }
            let error = mapping
                .error
                .as_deref()
                .map_or(String::new(), |why| format!(": {why}"));
            let text = format!(
                "{:#x}-{:#x} {} of {}{error} {}",
                mapping.start,
                mapping.end,
                view.size(mapping.advised),
                view.size(ByteLength(mapping.end.saturating_sub(mapping.start))),
                super::printable(&mapping.path),
            );
            line(out, "mapping", text.trim_end())?;
        }
        Ok(())
    }
}

fn write_remote(
    out: &mut dyn Write,
    view: &View,
    before: &RemoteSight,
    after: &RemoteSight,
) -> io::Result<()> {
    let mut table = comparison();
    if let Some(cached) = before.cached.zip(after.cached) {
        row(
            &mut table,
            "cached pages",
            [cached.0.to_string(), cached.1.to_string()],
        );
    }
    let huge = [before.huge, after.huge].map(|bytes| view.size(bytes).to_string());
    row(&mut table, "huge pages", huge);
    add_memory(&mut table, view, &before.memory, &after.memory);
    table.write(out, view)
}
