//! The reports of `map`: on one mapping, and the table of several.

use std::collections::HashSet;
use std::io::{self, Write};

use super::console::Console;
use super::hold::Summary;
use super::human::Human;
use super::lines::{INDENT, Lines, duration};
use super::name::Name;
use super::outcome::Report;
use super::picture::{self, Look};
use super::steps::write_steps;
use super::table::{Column, Table};
use super::view::View;
use super::words::{
    access_text, codes, explain, flag_text, page_range_text, percent, residency_text, size_or_none,
    write_growth,
};
use crate::mapping::actions::map::outcome::Mapped;
use crate::mapping::measure::residency::Picture;
use crate::mapping::platform::Feature;
use crate::mapping::region::observation::{FlagState, Observation};
use crate::mapping::types::{ByteLength, SourceName, SourceOffset, StatIdentity};

impl Human for Report<'_, Mapped> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let seen = &self.outcome.seen;
        let mut lines = Lines::new(out, view);
        lines.heading(self.source.0, &self.outcome.place(view))?;
        self.write_origin(&mut lines)?;
        match self.outcome.parts.as_slice() {
            [] if seen.length.is_zero() => {}
            [] => self.write_mapping(&mut lines, seen)?,
            each => {
                for seen in each {
                    lines.line("mapping", &place(view, seen))?;
                    self.write_mapping(&mut lines, seen)?;
                }
            }
        }
        write_steps(&mut lines, &self.outcome.steps)?;
        lines.line("time", &duration(self.outcome.duration_ns))
    }
}

/// "64 KiB at 0x7f0000000000".
fn place(view: &View, seen: &Observation) -> String {
    format!("{} at {:#x}", view.size(seen.length), seen.address.0)
}

impl Mapped {
    /// What is mapped, and where.
    fn place(&self, view: &View) -> String {
        match self.parts.len() {
            0 if self.seen.length.is_zero() => "unmapped".to_owned(),
            0 => place(view, &self.seen),
            several => format!("{} in {several} mappings", view.size(self.seen.length)),
        }
    }
}

impl Summary for Mapped {
    fn summary(&self, view: &View) -> String {
        let seen = &self.seen;
        let mut summary = self.place(view);
        if let Some(locked) = seen.locked.filter(|locked| !locked.is_zero()) {
            summary.push_str(&format!(", {} locked", view.size(locked)));
        }
        summary
    }

    fn is_locked(&self) -> bool {
        self.seen.locked.is_some_and(|locked| !locked.is_zero())
    }
}

/// The number of symbols of a picture in a table: on a terminal as many as fit, from [`picture::LEAST`] to [`MOST`];
/// elsewhere [`picture::LEAST`].
const MOST: usize = 64;

/// The number of spans of a picture in JSON.
const JSON_SPANS: u64 = 64;

/// The number of spans of the picture of each of `mappings` mappings; `None` for reports without a picture. `wanted` is
/// whether a picture was asked for.
#[must_use]
pub fn picture_spans(console: &Console, mappings: usize, wanted: bool) -> Option<u64> {
    let view = console.view();
    let spans = match (mappings > 1, view.is_terminal()) {
        _ if console.is_quiet() => return None,
        _ if console.json() => return wanted.then_some(JSON_SPANS),
        (false, _) => view.look(INDENT).width,
        (true, false) => picture::LEAST,
        (true, true) => MOST,
    };
    Some(spans as u64)
}

impl Report<'_, Mapped> {
    fn write_origin(&self, lines: &mut Lines<'_>) -> io::Result<()> {
        let view = lines.view;
        let mapped = self.outcome;
        let grown = mapped.grown.map(|grown| (grown.old_size, grown.new_size));
        let (old_size, new_size) = grown.unwrap_or((mapped.size, mapped.size));
        write_growth(lines, mapped.created, old_size, new_size)?;
        if let Some(grown) = mapped.grown.filter(|grown| !grown.reserved) {
            let bytes = ByteLength(grown.new_size.0.saturating_sub(grown.old_size.0));
            let text = format!(
                "no: this file system cannot reserve blocks for the added {}",
                view.size(bytes)
            );
            lines.line("reserved", &text)?;
        }
        Ok(())
    }

    fn write_mapping(&self, lines: &mut Lines<'_>, seen: &Observation) -> io::Result<()> {
        let view = lines.view;
        let range = page_range_text(view, seen.offset, seen.pages, seen.page_size);
        lines.line("range", &range)?;
        lines.line("access", &access_text(seen.access, seen.visibility))?;
        self.write_flags(lines, seen)?;
        lines.line("resident", &residency_text(view, &seen.residency))?;
        if let Some(picture) = &seen.picture {
            let look = view.look(INDENT);
            lines.more(&picture::line(picture, &look))?;
            for text in picture::legend([picture], &look, look.width + picture::BRACKETS) {
                lines.more(&text)?;
            }
        }
        for (label, bytes) in [("huge pages", seen.huge), ("locked", seen.locked)] {
            if let Some(bytes) = bytes {
                lines.line(label, &size_or_none(view, bytes))?;
            }
        }
        Ok(())
    }

    fn write_flags(&self, lines: &mut Lines<'_>, seen: &Observation) -> io::Result<()> {
        if let Some(memory) = &seen.memory {
            lines.line("VmFlags", &codes(&memory.vm_flags))?;
            if lines.view.is_verbose() {
                explain(lines, &memory.vm_flags)?;
            }
        } else if Feature::MemoryAccount.is_offered() {
            lines.line("VmFlags", "unknown: /proc/self/smaps cannot be read")?;
        }
        for effect in &self.outcome.flags {
            let code = effect.vm_flag.filter(|_| effect.effect == FlagState::Seen);
            let code = code.map_or_else(String::new, |code| format!(" ({code})"));
            let text = format!("{}: {}{code}", effect.flag, flag_text(effect.effect));
            lines.line("flag", &text)?;
        }
        for flag in &self.outcome.open_flags_without_effect {
            let text = format!("{flag}: has no effect on a mapping");
            lines.line("open flag", &text)?;
        }
        Ok(())
    }
}

/// The table of several mappings: a row for each, the total, and the legend of the pictures.
#[derive(Debug, Default)]
pub struct MapTable {
    rows: Vec<Row>,
    /// What the total counts.
    counted: HashSet<Part>,
    /// Whether a row is not counted, because another one is the same.
    repeated: bool,
    length: u64,
    pages: u64,
    resident: Option<u64>,
    keeps_picture: bool,
}

/// The head of the column of pictures.
const PICTURE: &str = "PICTURE";

/// A range of a file.
type Part = (StatIdentity, SourceOffset, ByteLength);

/// The row of one mapping.
#[derive(Debug)]
struct Row {
    figures: [String; 4],
    address: String,
    /// `None` for an empty file.
    picture: Option<Picture>,
    name: String,
}

impl MapTable {
    /// A table without rows. Room for `rows` of them is reserved, if possible: a table that grows would free memory
    /// between the new mappings, and separate them. With `keeps_picture` a narrow terminal gets the
    /// pictures too.
    #[must_use]
    pub fn with_room(rows: usize, keeps_picture: bool) -> Self {
        let mut table = Self {
            resident: Some(0),
            keeps_picture,
            ..Self::default()
        };
        // Without the room, the table grows.
        let _ = table.rows.try_reserve_exact(rows);
        let _ = table.counted.try_reserve(rows);
        table
    }

    /// Adds a row. The same range of the same file counts once in the total.
    pub fn add(
        &mut self,
        identity: Option<StatIdentity>,
        name: &SourceName,
        mapped: &Mapped,
        view: &View,
    ) {
        let seen = &mapped.seen;
        let counts = &seen.residency.counts;
        let part = identity.map(|identity| (identity, seen.offset, seen.length));
        if part.is_none_or(|part| self.counted.insert(part)) {
            self.length = self.length.saturating_add(seen.length.0);
            self.pages = self.pages.saturating_add(counts.pages);
            let both = self.resident.zip(counts.resident);
            self.resident = both.map(|(a, b)| a.saturating_add(b));
        } else {
            self.repeated = true;
        }
        self.rows.push(Row {
            figures: figures(view, seen.length, counts.pages, counts.resident),
            address: format!("{:#x}", seen.address.0),
            picture: seen.picture.clone(),
            name: Name(name).to_string(),
        });
    }

    /// Adds the row of an empty file.
    pub fn add_empty(&mut self, name: &SourceName, view: &View) {
        self.rows.push(Row {
            figures: figures(view, ByteLength::ZERO, 0, Some(0)),
            address: "-".to_owned(),
            picture: None,
            name: Name(name).to_string(),
        });
    }

    /// Writes the rows, the total, and the legend of the pictures.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write(self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut look = Look {
            width: picture::LEAST,
            ..view.look(0)
        };
        let mut table = self.table(view, &look);
        if view.is_terminal() {
            look.width = (look.width + table.spare(view.width())).min(MOST);
            table = self.table(view, &look);
        }
        table.write(out, view)?;
        if !table.shows(PICTURE, view) {
            return Ok(());
        }
        let pictures = self.rows.iter().filter_map(|row| row.picture.as_ref());
        let legend = picture::legend(pictures, &look, view.width());
        legend.iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    fn table(&self, view: &View, look: &Look) -> Table {
        let picture = Column::left(PICTURE);
        let mut table = Table::new([
            Column::right("LENGTH"),
            Column::right("PAGES").optional(),
            Column::right("RESIDENT"),
            Column::right("%"),
            Column::left("ADDRESS").optional(),
            match self.keeps_picture {
                true => picture,
                false => picture.optional(),
            },
            Column::left("NAME"),
        ]);
        for row in &self.rows {
            let picture = match &row.picture {
                Some(picture) => picture::line(picture, look),
                None => "empty".to_owned(),
            };
            let words = [row.address.clone(), picture, row.name.clone()];
            table.row(row.figures.iter().cloned().chain(words));
        }
        let name = match self.repeated {
            true => "total (each file once)",
            false => "total",
        };
        let total = figures(view, ByteLength(self.length), self.pages, self.resident);
        let words = [String::new(), String::new(), name.to_owned()];
        table.row(total.into_iter().chain(words));
        table
    }
}

fn figures(view: &View, length: ByteLength, pages: u64, resident: Option<u64>) -> [String; 4] {
    [
        view.size(length).to_string(),
        pages.to_string(),
        number(resident),
        match pages {
            0 => "-".to_owned(),
            _ => percent(resident, pages),
        },
    ]
}

fn number(count: Option<u64>) -> String {
    count.map_or_else(|| "?".to_owned(), |count| count.to_string())
}
