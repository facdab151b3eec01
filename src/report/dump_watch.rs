//! The report of `dump --watch`: the lines above the bytes on a screen, and a line for each change in a pipe.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::{Duration, SystemTime};

use schemars::JsonSchema;
use serde::Serialize;

use super::console::Console;
use super::name::{Name, SourceFields};
use super::screen::write_first;
use super::view::View;
use crate::mapping::actions::dump::{Change, Look};
use crate::mapping::error::Result;
use crate::mapping::types::{ByteLength, SourceName, SourceOffset};

/// The number of lines above the bytes.
const HEAD: usize = 2;

/// One look at bytes, on a screen.
#[derive(Clone, Copy, Debug)]
pub struct DumpScreen<'a> {
    /// The source.
    pub name: &'a SourceName,
    /// The look.
    pub look: &'a Look,
    /// Its number, from 1.
    pub number: u64,
    /// The time between two looks.
    pub interval: Duration,
    /// The amount to add to displayed offsets.
    pub shift: u64,
}

impl DumpScreen<'_> {
    /// The number of lines that are left for bytes on a screen with this number of lines.
    #[must_use]
    pub const fn room(lines: usize) -> usize {
        lines.saturating_sub(HEAD)
    }

    /// Writes the lines above the bytes: how to end, and the bytes that are shown.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write_head(&self, shown: usize, out: &mut dyn Write, view: &View) -> io::Result<()> {
        write_first(self.interval, self.number, out, view)?;
        let (name, look) = (Name(self.name), self.look);
        let shift = ByteLength(self.shift);
        let start = look.start.plus(shift);
        let end = start.plus(ByteLength::of(shown));
        let of = view.size(SourceOffset::from_to(SourceOffset::START, look.end));
        match (self.name, shown) {
            (SourceName::Process(_), _) => write!(out, "{name}: {:#x}-{:#x}", start.0, end.0)?,
            (_, 0) => write!(out, "{name}: no bytes at {:#x}; size {of}", start.0)?,
            _ => write!(out, "{name}: {:#x}-{:#x}; size {of}", start.0, end.0)?,
        }
        match unreadable_text(look, view) {
            Some(text) => writeln!(out, "; {text}"),
            None => writeln!(out),
        }
    }
}

/// How much could not be read in a look, if anything.
#[must_use]
pub fn unreadable_text(look: &Look, view: &View) -> Option<String> {
    let size = Some(look.unreadable).filter(|size| !size.is_zero())?;
    Some(format!(
        "{} cannot be read, shown as zeros",
        view.size(size)
    ))
}

/// Bytes that changed between two looks (`--watch`).
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ChangeObject<'a> {
    /// The source.
    #[serde(flatten)]
    source: SourceFields<'a>,
    /// The time when the change was found, in UTC: `2026-11-30T08:00:00.123Z`.
    time: String,
    /// The offset of the first byte.
    offset: SourceOffset,
    /// The bytes before, in hexadecimal; empty if the source has grown by these bytes.
    old: String,
    /// The bytes now, in hexadecimal; empty if the source was truncated before these bytes.
    new: String,
}

/// Prints changes that were found now, one a line. Displayed offsets are those of the source plus `shift`.
///
/// # Errors
/// As [`Console::report`].
pub fn print_changes<'a>(
    name: &SourceName,
    changes: impl Iterator<Item = Change<'a>>,
    shift: u64,
    console: &mut Console,
) -> Result<()> {
    let now = SystemTime::now().max(SystemTime::UNIX_EPOCH);
    let time = humantime::format_rfc3339_millis(now).to_string();
    for change in changes {
        let (old, new) = (hexadecimal(change.old), hexadecimal(change.new));
        if console.json() {
            console.write_json(&ChangeObject {
                source: SourceFields(name),
                time: time.clone(),
                offset: change.offset,
                old,
                new,
            })?;
            continue;
        }
        let offset = change.offset.plus(ByteLength(shift)).0;
        let [old, new] = [&old, &new].map(|digits| match digits.as_str() {
            "" => "-",
            digits => digits,
        });
        console.write_text(|out, _| writeln!(out, "{time} {offset:08x} {old} {new}"))?;
    }
    Ok(())
}

/// Two digits for each byte.
fn hexadecimal(bytes: &[u8]) -> String {
    let mut digits = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}
