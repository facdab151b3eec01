//! The report of `verify`.

use std::io::{self, Write};

use anstyle::Style;

use super::holders;
use super::human::Human;
use super::rows::RowReport;
use super::theme::Painted;
use super::view::View;
use crate::mapping::cache::verify::{Difference, Incomparable, LINE, Still, Verified};
use crate::mapping::cache::walk::RowKind;
use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, Kind, LengthText, Named, count_text};

/// The failure of a file whose pages differ; `None` when none do.
#[must_use]
pub fn verify_failure(verified: &Verified) -> Option<Error> {
    let sum = &verified.sum;
    if sum.different.is_zero() {
        return None;
    }
    let mut reason = format!(
        "{} in memory differ from the storage",
        LengthText(sum.different)
    );
    if !sum.healed.is_zero() {
        reason.push_str(&match sum.healed == sum.different {
            true => "; dropped from memory, and equal since".to_owned(),
            false => format!("; {} dropped, and equal since", LengthText(sum.healed)),
        });
    }
    if let Some(still) = &verified.still {
        reason.push_str(&still_text(still));
    }
    Some(Error::new(Kind::Mismatch, "", reason))
}

fn still_text(still: &Still) -> String {
    let mut text = String::new();
    if !still.kept.is_zero() {
        let known = holders::known(&still.holders);
        let who = known.unwrap_or_else(|| "the process that uses them was not found".to_owned());
        text.push_str(&format!(
            "; {} cannot be dropped: {who}",
            LengthText(still.kept)
        ));
        if let Some(doubt) = holders::doubt(&still.holders) {
            text.push_str(&format!(" ({doubt})"));
        }
    }
    if !still.differs_again.is_zero() {
        let again = LengthText(still.differs_again);
        text.push_str(&format!(
            "; {again} differ again after reading them anew: the storage returns different contents each time"
        ));
    }
    text
}

/// The failure of a file with pages that cannot be compared; `None` when all can be.
#[must_use]
pub fn incomparable_failure(verified: &Verified) -> Option<Error> {
    let reason = reason_text(verified.unknown_reason?);
    let amount = match verified.sum.unknown {
        ByteLength::ZERO => "its pages".to_owned(),
        unknown => LengthText(unknown).to_string(),
    };
    let reason = format!("{amount} cannot be compared: {reason}");
    Some(Error::new(Kind::Mismatch, "", reason))
}

/// A reason in the middle of a sentence.
fn reason_text(reason: Incomparable) -> String {
    let mut characters = reason.help().chars();
    let first = characters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(characters).collect()
}

impl Human for RowReport<'_, Verified> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let sum = &self.sum.sum;
        let in_files = |count| match self.kind {
            RowKind::File => String::new(),
            _ => format!(" in {}", count_text(count, "file")),
        };
        let mut notes = Vec::new();
        let compared = match sum.compared {
            ByteLength::ZERO => "compared nothing".to_owned(),
            compared => {
                notes.push(match sum.different {
                    ByteLength::ZERO => "no differences".to_owned(),
                    different => {
                        let files = in_files(sum.different_files);
                        format!("{} differ{files}", view.size(different))
                    }
                });
                format!("compared {}", view.size(compared))
            }
        };
        if !sum.healed.is_zero() {
            notes.push(format!(
                "{} dropped, and equal since",
                view.size(sum.healed)
            ));
        }
        if !sum.left_out.is_zero() {
            notes.push(format!(
                "{} left out: dirty or changing",
                view.size(sum.left_out)
            ));
        }
        if let Some(reason) = self.sum.unknown_reason {
            let amount = match sum.unknown {
                ByteLength::ZERO => String::new(),
                unknown => format!("{} ", view.size(unknown)),
            };
            let unknown = in_files(sum.unknown_files);
            notes.push(format!("{amount}unknown{unknown}: {}", reason_text(reason)));
        }
        self.write_line(out, &compared, &count_text(sum.files, "file"), &notes)?;
        for difference in &self.sum.differences {
            write_difference(out, view, difference)?;
        }
        let more = self
            .sum
            .difference_count
            .saturating_sub(self.sum.differences.len() as u64);
        match more {
            0 => Ok(()),
            more => writeln!(out, "  and {more} more; --all shows them"),
        }
    }
}

/// Writes the lines of both sides, each of memory above that of the storage. The bytes that differ have a colour, or a
/// caret below them.
fn write_difference(out: &mut dyn Write, view: &View, difference: &Difference) -> io::Result<()> {
    let theme = view.theme();
    let (memory, storage) = (&difference.memory, &difference.storage);
    let lines = memory.bytes.chunks(LINE).zip(storage.bytes.chunks(LINE));
    let mut at = difference.first_line();
    for (memory, storage) in lines {
        let differs = |place: usize| memory.get(place) != storage.get(place);
        let offset = format!("{:08x}", at.0);
        let mut line = |label: &str, offset: &str, side: &[u8], style: Style| {
            write!(out, "  {offset:>8}  {label:<7} ")?;
            write_bytes(out, side, &differs, style)
        };
        line("memory", &offset, memory, theme.bad)?;
        line("storage", "", storage, theme.good)?;
        if !view.is_coloured() {
            let carets = carets(memory.len(), &differs);
            writeln!(out, "  {:8}  {:7} {}", "", "", carets.trim_end())?;
        }
        at = at.plus(ByteLength::of(LINE));
    }
    match difference.is_cut() {
        true => {
            let length = view.size(difference.length);
            writeln!(
                out,
                "  {:8}  {} this difference is {length} long; --all shows it",
                "",
                view.ellipsis()
            )
        }
        false => Ok(()),
    }
}

fn write_bytes(
    out: &mut dyn Write,
    side: &[u8],
    differs: &dyn Fn(usize) -> bool,
    style: Style,
) -> io::Result<()> {
    let paint = |place| if differs(place) { style } else { Style::new() };
    for place in 0..LINE {
        let gap = if place == LINE / 2 { "  " } else { " " };
        match side.get(place) {
            Some(byte) => write!(
                out,
                "{gap}{}",
                Painted::new(paint(place), format!("{byte:02x}"))
            )?,
            None => write!(out, "{gap}  ")?,
        }
    }
    write!(out, "  |")?;
    for (place, byte) in side.iter().enumerate() {
        let shown = match byte {
            0x20..=0x7e => char::from(*byte),
            _ => '.',
        };
        write!(out, "{}", Painted::new(paint(place), shown))?;
    }
    writeln!(out, "|")
}

/// Carets below the bytes that differ.
fn carets(length: usize, differs: &dyn Fn(usize) -> bool) -> String {
    let mut text = String::new();
    for place in 0..length {
        text.push_str(if place == LINE / 2 { "  " } else { " " });
        text.push_str(if differs(place) { "^^" } else { "  " });
    }
    text
}
