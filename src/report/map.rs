//! What `map` did and saw, for people and programs.

use std::io::{self, Write};

use serde::Serialize;

use super::Human;
use super::advise::write_effect;
use super::console::View;
use super::name::SourceFields;
use super::picture;
use super::table::{Column, Table};
use super::theme::Painted;
use crate::mapping::access::{Access, AccessMode, Flag};
use crate::mapping::bytes::Outcome;
use crate::mapping::name::SourceName;
use crate::mapping::observe::{Effect, Mapped};
use crate::mapping::platform::Feature;
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
                "offset {}, {} of {}",
                view.size(ByteLength(seen.offset.0)),
                pages(seen.pages.0),
                view.size(ByteLength(seen.page_size))
            ),
        )?;
        self.write_access(out)?;
        self.write_flags(out, view)?;
        write_residency(out, view, &seen.residency)?;
        let look = view.look(INDENT);
        line(out, "", &picture::line(&seen.picture, &look))?;
        for text in picture::legend(&seen.picture, &look) {
            line(out, "", &text)?;
        }
        for (label, bytes) in [("huge pages", seen.huge), ("locked", seen.locked)] {
            if let Some(bytes) = bytes {
                line(out, label, &size_or_none(view, bytes))?;
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
        let access = format!("{} ({})", seen.access.name(), in_words(seen.access));
        let mut text = format!("{access}, {}", seen.visibility.name());
        if let Some(before) = self.mapped.protected_from {
            text.push_str(&format!("; mapped as {} and then protected", before.name()));
        }
        line(out, "access", &text)?;
        for effect in &self.mapped.protect_flags {
            let text = format!("{}: {}", effect.flag, effect.effect.text());
            line(out, "protect", &text)?;
        }
        match self.mapped.remapped_from {
            Some(before) if before == seen.address => line(out, "remapped", "in place"),
            Some(before) => line(out, "remapped", &format!("from {:#x}", before.0)),
            None => Ok(()),
        }
    }

    fn write_flags(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        if let Some(memory) = &self.mapped.seen.memory {
            self.write_vm_flags(out, &memory.vm_flags)?;
        } else if Feature::MemoryAccount.is_offered() {
            line(out, "VmFlags", "unknown: /proc/self/smaps cannot be read")?;
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
            line(out, "advised", advised.advice.name())?;
            write_effect(out, view, &advised.effect)?;
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
            Outcome::Untried => "not tried (nothing in the page is safe to execute)",
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

/// "1 page", "2 pages".
fn pages(count: u64) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} page{plural}")
}

fn size_or_none(view: &View, bytes: ByteLength) -> String {
    if bytes.is_zero() {
        "none".to_owned()
    } else {
        view.size(bytes).to_string()
    }
}

/// What an access allows: "read and write, to private copies; execute".
fn in_words(access: Access) -> String {
    let mode = match access.mode {
        AccessMode::Read => "read",
        AccessMode::Write => "read and write",
        AccessMode::Copy => "read and write, to private copies",
        AccessMode::None => "no access",
    };
    let execute = if access.execute { "; execute" } else { "" };
    format!("{mode}{execute}")
}

/// "12 of 100 pages (12.0%), 48 KiB, 3 dirty" or "unknown: …".
#[must_use]
pub fn residency_text(view: &View, seen: &Residency) -> String {
    let counts = &seen.counts;
    let Some(resident) = counts.resident else {
        return match seen.unknown_reason {
            Some(reason) => format!("unknown: {}", reason.text()),
            None => "unknown".to_owned(),
        };
    };
    let mut text = format!(
        "{resident} of {} ({}%), {}",
        pages(counts.pages),
        percent(Some(resident), counts.pages),
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
    let (millis, seconds) = (micros / 1000, micros / 1_000_000);
    match micros {
        0..10_000 => format!("{millis}.{:03} ms", micros % 1000),
        10_000..10_000_000 => format!("{millis} ms"),
        _ => format!("{seconds} s"),
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

/// A share with one digit after the point, rounded down so that only all of it is 100.0, and something is
/// never nothing.
fn percent(part: Option<u64>, whole: u64) -> String {
    let thousandths = part.and_then(|part| {
        let scaled = u128::from(part).saturating_mul(1000);
        scaled.checked_div(u128::from(whole))
    });
    match thousandths {
        None => "?".to_owned(),
        Some(0) if part > Some(0) => "<0.1".to_owned(),
        Some(share) => format!("{}.{}", share / 10, share % 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_of_it_is_a_hundred_percent_and_something_is_never_nothing() {
        assert_eq!(percent(Some(999_999), 1_000_000), "99.9");
        assert_eq!(percent(Some(u64::MAX), u64::MAX), "100.0");
        assert_eq!(percent(Some(1), 1_000_000), "<0.1");
        assert_eq!(percent(Some(0), 1_000_000), "0.0");
        assert_eq!(percent(Some(1), 3), "33.3");
        assert_eq!(percent(None, 3), "?");
        assert_eq!(percent(Some(0), 0), "?");
    }

    #[test]
    fn durations_have_the_digits_that_matter() {
        assert_eq!(duration(21_999), "0.021 ms");
        assert_eq!(duration(9_999_999), "9.999 ms");
        assert_eq!(duration(10_000_000), "10 ms");
        assert_eq!(duration(12_345_678_901), "12 s");
    }
}
