//! What `map` did and saw, for people and programs.

use std::io::{self, Write};

use serde::Serialize;

use super::Human;
use super::console::View;
use super::name::SourceFields;
use super::picture;
use super::table::{Column, Table};
use super::theme::Painted;
use crate::mapping::bytes::Outcome;
use crate::mapping::name::SourceName;
use crate::mapping::observe::{Effect, Mapped};
use crate::mapping::range::ByteLength;
use crate::mapping::residency::Residency;
use crate::mapping::vmas::VmFlag;

/// One mapping; its keys in JSON are those of the source, and of [`Mapped`].
#[derive(Debug, Serialize)]
pub struct MapReport<'a> {
    /// What was mapped.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// What was done and seen.
    #[serde(flatten)]
    pub mapped: &'a Mapped,
    /// Whether to explain every flag.
    #[serde(skip)]
    pub verbose: bool,
}

impl Human for MapReport<'_> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let seen = &self.mapped.seen;
        view.write_name(out, self.source.0)?;
        let heading = format!("{} at {:#x}", view.size(seen.length), seen.address.0);
        writeln!(out, ": {}", Painted::new(view.theme().heading, heading))?;
        self.write_origin(out, view)?;
        line(
            out,
            "range",
            &format!(
                "offset {}, {} pages of {}",
                view.size(ByteLength(seen.offset.0)),
                seen.pages.0,
                view.size(ByteLength(seen.page_size))
            ),
        )?;
        self.write_access(out)?;
        self.write_flags(out)?;
        write_residency(out, view, &seen.residency)?;
        let look = view.look(INDENT);
        line(out, "", &picture::line(&seen.picture, &look))?;
        if self.verbose {
            for text in picture::legend(&seen.picture, &look) {
                line(out, "", &text)?;
            }
        }
        for (label, bytes) in [("huge pages", seen.huge), ("locked", seen.locked)] {
            if let Some(bytes) = bytes {
                line(out, label, &view.size(bytes).to_string())?;
            }
        }
        self.write_probe(out)?;
        line(out, "time", &duration(self.mapped.duration_ns))
    }
}

/// How many columns the labels take.
const LABEL: usize = 12;

/// How many columns stand before what a label labels.
const INDENT: usize = LABEL + 2;

/// How many columns a picture takes in a table.
const SMALL: usize = 20;

/// How many spans a picture of one of `mappings` mappings has.
#[must_use]
pub fn picture_spans(view: &View, mappings: usize) -> u64 {
    if mappings > 1 {
        SMALL as u64
    } else {
        view.look(INDENT).width as u64
    }
}

pub(super) fn line(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    writeln!(out, "  {label:<LABEL$}{text}")
}

impl MapReport<'_> {
    fn write_origin(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let mapped = self.mapped;
        if mapped.created {
            line(out, "created", &view.size(mapped.size).to_string())?;
        } else if let Some(grown) = &mapped.grown {
            let text = format!(
                "from {} to {}",
                view.size(grown.old_size),
                view.size(grown.new_size)
            );
            line(out, "grown", &text)?;
        }
        if let Some(grown) = mapped.grown.filter(|grown| !grown.reserved) {
            let bytes = ByteLength(grown.new_size.0.saturating_sub(grown.old_size.0));
            let text = format!(
                "no: this file system cannot reserve the {} that were added",
                view.size(bytes)
            );
            line(out, "reserved", &text)?;
        }
        Ok(())
    }

    fn write_access(&self, out: &mut dyn Write) -> io::Result<()> {
        let seen = &self.mapped.seen;
        let mut text = format!("{}, {}", seen.access.name(), seen.visibility.name());
        if let Some(before) = self.mapped.protected_from {
            text.push_str(&format!(" (protected; mapped as {})", before.name()));
        }
        line(out, "access", &text)?;
        match self.mapped.remapped_from {
            Some(before) if before == seen.address => line(out, "remapped", "in place"),
            Some(before) => line(out, "remapped", &format!("from {:#x}", before.0)),
            None => Ok(()),
        }
    }

    fn write_flags(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(memory) = &self.mapped.seen.memory {
            self.write_vm_flags(out, &memory.vm_flags)?;
        }
        for effect in &self.mapped.flags {
            let code = effect.vm_flag.filter(|_| effect.effect == Effect::Seen);
            let code = code.map_or_else(String::new, |code| format!(" ({code})"));
            line(
                out,
                "flag",
                &format!("{}: {}{code}", effect.flag, effect.effect.text()),
            )?;
        }
        for flag in &self.mapped.open_flags_without_effect {
            line(
                out,
                "open flag",
                &format!("{flag}: has no effect on a mapping"),
            )?;
        }
        if let Some(advised) = &self.mapped.advised {
            line(out, "advised", advised)?;
        }
        Ok(())
    }

    fn write_vm_flags(&self, out: &mut dyn Write, flags: &[VmFlag]) -> io::Result<()> {
        let codes: Vec<&str> = flags.iter().map(VmFlag::code).collect();
        line(out, "VmFlags", &codes.join(" "))?;
        if self.verbose {
            for flag in flags {
                let meaning = flag.meaning().unwrap_or("unknown to this program");
                line(out, "", &format!("{}  {meaning}", flag.code()))?;
            }
        }
        Ok(())
    }

    fn write_probe(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(probe) = self.mapped.probe else {
            return Ok(());
        };
        let word = |outcome| match outcome {
            Outcome::Allowed => "yes",
            Outcome::Refused => "no",
            Outcome::Untried => "not tried (nothing safe to execute in the page)",
        };
        let text = format!(
            "read {}, write {}, execute {}",
            word(probe.read),
            word(probe.write),
            word(probe.execute)
        );
        line(out, "probe", &text)
    }
}

fn write_residency(out: &mut dyn Write, view: &View, seen: &Residency) -> io::Result<()> {
    line(out, "resident", &residency_text(view, seen))
}

/// "12 of 100 pages (12.0%), 3 dirty" or "unknown: …".
#[must_use]
pub fn residency_text(view: &View, seen: &Residency) -> String {
    let counts = &seen.counts;
    let (Some(resident), share) = (counts.resident, counts.resident_share()) else {
        return match seen.unknown_reason {
            Some(reason) => format!("unknown: {}", reason.text()),
            None => "unknown".to_owned(),
        };
    };
    let mut text = format!(
        "{resident} of {} pages ({:.1}%), {}",
        counts.pages,
        share.unwrap_or(0.0) * 100.0,
        view.size(ByteLength(resident.saturating_mul(seen.page_size)))
    );
    for (count, word) in [
        (counts.dirty, "dirty"),
        (counts.writeback, "under writeback"),
    ] {
        if let Some(count) = count.filter(|count| *count > 0) {
            text.push_str(&format!(", {count} {word}"));
        }
    }
    text
}

pub(super) fn duration(nanoseconds: u64) -> String {
    let micros = nanoseconds / 1000;
    match micros {
        0..10_000 => format!("{micros} µs"),
        10_000..10_000_000 => format!("{} ms", micros / 1000),
        _ => format!("{} s", micros / 1_000_000),
    }
}

/// Several mappings: a row each, and a total.
#[derive(Debug)]
pub struct MapTable {
    table: Table,
    length: u64,
    pages: u64,
    resident: Option<u64>,
}

impl Default for MapTable {
    fn default() -> Self {
        Self {
            table: Table::new([
                Column::right("LENGTH"),
                Column::right("PAGES"),
                Column::right("RESIDENT"),
                Column::right("%"),
                Column::left("ADDRESS"),
                Column::left("PICTURE"),
                Column::left("NAME"),
            ]),
            length: 0,
            pages: 0,
            resident: Some(0),
        }
    }
}

impl MapTable {
    /// Adds a row.
    pub fn add(&mut self, name: &SourceName, mapped: &Mapped, view: &View) {
        let seen = &mapped.seen;
        let counts = &seen.residency.counts;
        self.length = self.length.saturating_add(seen.length.0);
        self.pages = self.pages.saturating_add(counts.pages);
        self.resident = self
            .resident
            .zip(counts.resident)
            .map(|(a, b)| a.saturating_add(b));
        let look = picture::Look {
            width: SMALL,
            theme: picture::Theme::default(),
            ..view.look(0)
        };
        self.table.row([
            view.size(seen.length).to_string(),
            counts.pages.to_string(),
            number(counts.resident),
            percent(counts.resident, counts.pages),
            format!("{:#x}", seen.address.0),
            picture::line(&seen.picture, &look),
            view.name(name).to_string(),
        ]);
    }

    /// Writes the rows and the total.
    ///
    /// # Errors
    /// Only what the writer answers.
    pub fn write(mut self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        if self.table.is_empty() {
            return Ok(());
        }
        self.table.row([
            view.size(ByteLength(self.length)).to_string(),
            self.pages.to_string(),
            number(self.resident),
            percent(self.resident, self.pages),
            String::new(),
            String::new(),
            "total".to_owned(),
        ]);
        self.table.write(out, view)
    }
}

fn number(count: Option<u64>) -> String {
    count.map_or_else(|| "?".to_owned(), |count| count.to_string())
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a share for people, not a count"
)]
fn percent(part: Option<u64>, whole: u64) -> String {
    match part {
        Some(part) if whole > 0 => format!("{:.1}", part as f64 * 100.0 / whole as f64),
        _ => "?".to_owned(),
    }
}
