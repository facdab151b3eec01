//! The report of `cached`: a row for each path, directory or file, and the total.

use std::io::{self, Write};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::console::Console;
use super::error::message;
use super::name::{Name, RowFields, printable};
use super::openmetrics::CachedMetrics;
use super::picture::{self, Look};
use super::screen::{fitting, write_first, write_more};
use super::table::{Column, Table};
use super::view::View;
use super::words::percent;
use crate::mapping::cache::cached::{Cached, CachedColumn, CachedSum, KeptRows, Pictures};
use crate::mapping::cache::walk::{Row, RowKind, Walked};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::Picture;
use crate::mapping::types::{ByteLength, UnknownReason, count_text};

/// A column of the table, wide enough for most of its cells.
const fn table_column(shown: CachedColumn) -> Column {
    /// The width of most sizes: "123.45 MiB".
    const SIZE: usize = 10;
    /// The width of most numbers.
    const NUMBER: usize = 8;
    match shown {
        CachedColumn::Cached => Column::right("CACHED").at_least(SIZE),
        CachedColumn::Change => Column::right("CHANGE").at_least(SIZE),
        CachedColumn::Percent => Column::right("%").at_least(5),
        CachedColumn::Size => Column::right("SIZE").at_least(SIZE),
        CachedColumn::Dirty => Column::right("DIRTY").at_least(SIZE),
        CachedColumn::Writeback => Column::right("WRITEBACK").at_least(SIZE),
        CachedColumn::Pages => Column::right("PAGES").at_least(NUMBER),
        CachedColumn::Evicted => Column::right("EVICTED").at_least(SIZE),
        CachedColumn::Files => Column::right("FILES").at_least(NUMBER),
        // The picture is between brackets.
        CachedColumn::Picture => Column::left("PICTURE").at_least(picture::LEAST + 2),
        CachedColumn::Name => Column::left("NAME"),
    }
}

/// What is cached of a path, a directory, a file, or of all paths.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CachedReport<'a> {
    /// What the object is about.
    pub kind: RowKind,
    /// The name; absent for the total.
    #[serde(flatten)]
    pub source: Option<RowFields<'a>>,
    /// The amounts.
    #[serde(flatten)]
    pub sum: &'a CachedSum,
    /// With --expect: the amount that is in memory and up to date, in bytes; absent when unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resident: Option<ByteLength>,
    /// With --watch: the bytes that came (positive) or went (negative) since the last look; absent in the first look and
    /// when unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub change: Option<i64>,
    /// With --watch: the number of the look, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub look: Option<u64>,
    /// Why the amounts of a file are unknown; absent when they are known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<UnknownReason>,
    /// Only in the total: the number of directory entries that are not files, such as links and pipes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<u64>,
}

impl<'a> CachedReport<'a> {
    /// The report on a row.
    #[must_use]
    pub fn row(row: &'a Row<Cached>) -> Self {
        Self {
            kind: row.kind,
            source: Some(RowFields(row.kind, &row.name)),
            sum: &row.sum.sum,
            resident: row.sum.sum.resident,
            change: row.sum.change,
            look: None,
            unknown_reason: row.sum.unknown.filter(|_| row.kind == RowKind::File),
            skipped: None,
        }
    }

    /// The report on all paths.
    #[must_use]
    pub fn total(walked: &'a Walked<Cached>) -> Self {
        Self {
            kind: RowKind::Total,
            source: None,
            sum: &walked.total.sum,
            resident: walked.total.sum.resident,
            change: walked.total.change,
            look: None,
            unknown_reason: None,
            skipped: Some(walked.skipped),
        }
    }

    /// The same for a look of this number.
    #[must_use]
    pub fn of_look(self, number: u64) -> Self {
        Self {
            look: Some(number),
            ..self
        }
    }
}

/// The table for people.
#[derive(Debug)]
pub struct CachedTable {
    columns: Vec<CachedColumn>,
    table: Table,
    kind: CachedTableKind,
    /// Whether the heads are written.
    has_heads: bool,
    /// The number of rows.
    rows: usize,
    /// The greatest number of files of a row.
    most_files: u64,
    /// The picture of the only row so far.
    only: Option<Box<Picture>>,
}

/// Properties of the table.
#[derive(Clone, Copy, Debug, Default)]
pub struct CachedTableKind {
    /// Whether heads and total are left out.
    pub bare: bool,
    /// Whether rows are written before all are known.
    pub streams: bool,
    /// Whether only the total is wanted.
    pub only_total: bool,
    /// Whether there are several paths.
    pub several: bool,
    /// Whether changes are known.
    pub changes: bool,
}

impl CachedTable {
    /// A table with these columns, or with the usual ones.
    #[must_use]
    pub fn new(columns: &[CachedColumn], kind: CachedTableKind) -> Self {
        let mut columns = match columns {
            [] => CachedColumn::USUAL.to_vec(),
            given => given.to_vec(),
        };
        columns.retain(|column| kind.changes || *column != CachedColumn::Change);
        let column = |column: &CachedColumn| match kind.streams {
            true => table_column(*column),
            false => table_column(*column).at_least(0),
        };
        Self {
            table: Table::new(columns.iter().map(column).collect::<Vec<_>>()),
            columns,
            kind,
            has_heads: false,
            rows: 0,
            most_files: 0,
            only: None,
        }
    }

    /// Writes a row before the others are known.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn row(&mut self, row: &Row<Cached>, out: &mut dyn Write, view: &View) -> io::Result<()> {
        self.note(row);
        self.write_line(&Name(&row.name).to_string(), &row.sum, out, view)
    }

    /// Writes the first rows, at most this number, and the rest of the table. The columns are as wide as their cells.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write(
        &mut self,
        (rows, most): (&KeptRows, usize),
        walked: &Walked<Cached>,
        out: &mut dyn Write,
        view: &View,
    ) -> io::Result<()> {
        for row in rows.iter().take(most) {
            self.note(&row);
            let name = Name(&row.name).to_string();
            self.table.fit(cells(&self.columns, &name, &row.sum, view));
        }
        if self.has_total(walked) {
            let total = cells(&self.columns, TOTAL, &walked.total, view);
            self.table.fit(total);
        }
        for row in rows.iter().take(most) {
            self.write_line(&Name(&row.name).to_string(), &row.sum, out, view)?;
        }
        self.finish(walked, out, view)
    }

    /// Writes the rest: the total unless it is that of the row of the only path, and the picture of a file that is the
    /// only row.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn finish(
        &mut self,
        walked: &Walked<Cached>,
        out: &mut dyn Write,
        view: &View,
    ) -> io::Result<()> {
        if self.has_total(walked) {
            self.write_line(TOTAL, &walked.total, out, view)?;
        }
        let has_column = self.columns.contains(&CachedColumn::Picture);
        let only = self.only.take();
        match only.filter(|_| !self.kind.bare && !has_column) {
            Some(shown) => {
                let look = view.look(0);
                writeln!(out, "{}", picture::line(&shown, &look))?;
                let legend = picture::legend([&*shown], &look, view.width());
                legend.iter().try_for_each(|line| writeln!(out, "{line}"))
            }
            None => Ok(()),
        }
    }

    /// Counts a row.
    fn note(&mut self, row: &Row<Cached>) {
        self.rows = self.rows.saturating_add(1);
        self.most_files = self.most_files.max(row.sum.sum.files);
        self.only = row.sum.picture.clone().filter(|_| self.rows == 1);
    }

    /// Whether there is a total after these rows.
    fn has_total(&self, walked: &Walked<Cached>) -> bool {
        let CachedTableKind { bare, several, .. } = self.kind;
        let is_said = self.rows > 0 && self.most_files == walked.total.sum.files;
        self.kind.only_total || !bare && (several || !is_said)
    }

    fn write_line(
        &mut self,
        name: &str,
        cached: &Cached,
        out: &mut dyn Write,
        view: &View,
    ) -> io::Result<()> {
        let bare = self.kind.bare;
        if !bare && !self.has_heads {
            self.table.write_heads(out, view)?;
            self.has_heads = true;
        }
        self.table.row(cells(&self.columns, name, cached, view));
        match bare && !view.is_terminal() {
            true => self.table.write_fields(out)?,
            false => self.table.write_rows(out, view)?,
        }
        self.table.clear();
        Ok(())
    }
}

/// The name of the total.
const TOTAL: &str = "total";

/// The form of the report.
#[derive(Debug)]
pub enum CachedForm {
    /// An object for each row.
    Json,
    /// Rows under heads.
    Table(CachedTable),
    /// Metrics.
    Metrics,
}

impl CachedForm {
    /// Whether rows are written only when all are known.
    #[must_use]
    pub const fn keeps_rows(&self) -> bool {
        match self {
            Self::Json => false,
            Self::Table(table) => !table.kind.streams,
            Self::Metrics => true,
        }
    }

    /// Writes a row, unless rows are written when all are known.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn row(&mut self, row: &Row<Cached>, console: &mut Console) -> Result<()> {
        match self {
            Self::Json => console.write_json(&CachedReport::row(row)),
            Self::Table(table) if table.kind.streams => {
                console.write_text(|out, view| table.row(row, out, view))
            }
            Self::Table(_) | Self::Metrics => Ok(()),
        }
    }

    /// Writes the rows that were kept, and the total. Of files that all failed, there is no table.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn finish(
        &mut self,
        rows: KeptRows,
        walked: &Walked<Cached>,
        errors: u64,
        console: &mut Console,
    ) -> Result<()> {
        match walked.skipped {
            0 => {}
            1 => console.detail(
                None,
                format_args!("skipped 1 directory entry that is not a regular file"),
            ),
            more => {
                let text =
                    format_args!("skipped {more} directory entries that are not regular files");
                console.detail(None, text);
            }
        }
        if let (Self::Table(_), Some(reason)) = (&*self, walked.total.unknown) {
            let files = count_text(walked.total.sum.unknown_files, "file");
            let text = format_args!("the pages of {files} are unknown: {}", reason.text());
            console.note(None, text);
        }
        match self {
            Self::Json => console.write_json(&CachedReport::total(walked)),
            Self::Table(_) if errors > 0 && walked.total.sum.files == 0 => Ok(()),
            Self::Table(table) if table.kind.streams => {
                console.write_text(|out, view| table.finish(walked, out, view))
            }
            Self::Table(table) => {
                let rows = (&rows, usize::MAX);
                console.write_text(|out, view| table.write(rows, walked, out, view))
            }
            Self::Metrics => {
                let metrics = CachedMetrics::new(rows, walked, errors);
                console.write_text(|out, _| metrics.write(out))
            }
        }
    }
}

/// One look on a screen that has few lines.
#[derive(Debug)]
pub struct CachedScreen<'a> {
    /// The rows, in order.
    pub rows: &'a KeptRows,
    /// All files.
    pub walked: &'a Walked<Cached>,
    /// The failures.
    pub failures: &'a [Error],
    /// The number of the look.
    pub number: u64,
    /// The time between two looks.
    pub interval: Duration,
}

impl CachedScreen<'_> {
    /// Writes as many rows as fit into this number of lines, and how many do not.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write(
        &self,
        mut table: CachedTable,
        lines: usize,
        out: &mut dyn Write,
        view: &View,
    ) -> io::Result<()> {
        write_first(self.interval, self.number, out, view)?;
        let failed = usize::from(!self.failures.is_empty());
        // The first line, the heads, the total and the failures.
        let fit = fitting(self.rows.len(), lines.saturating_sub(3 + failed));
        table.write((self.rows, fit), self.walked, out, view)?;
        write_more(self.rows.len() - fit, out)?;
        match self.failures {
            [] => Ok(()),
            [first, others @ ..] => {
                let subject = first.details().subject.as_ref();
                let subject = subject.map_or(String::new(), |name| format!("{}: ", Name(name)));
                let text = format!("{subject}{}", printable(&message(first)));
                let others = match others.len() {
                    0 => String::new(),
                    1 => " (and 1 more failure)".to_owned(),
                    more => format!(" (and {more} more failures)"),
                };
                writeln!(out, "{text}{others}")
            }
        }
    }
}

fn cells(
    columns: &[CachedColumn],
    name: &str,
    cached: &Cached,
    view: &View,
) -> impl Iterator<Item = String> {
    let columns = columns.iter();
    columns.map(|column| cell(*column, name, cached, view))
}

fn cell(column: CachedColumn, name: &str, cached: &Cached, view: &View) -> String {
    let sum = &cached.sum;
    let size = |bytes: Option<ByteLength>| match bytes {
        Some(bytes) => view.size(bytes).to_string(),
        None => "unknown".to_owned(),
    };
    match column {
        CachedColumn::Cached => match (sum.cached, sum.known) {
            (None, ByteLength::ZERO) | (Some(_), _) => size(sum.cached),
            (None, known) => View::at_least(&view.size(known).to_string()),
        },
        CachedColumn::Change => match cached.change {
            None => "-".to_owned(),
            Some(0) => size(Some(ByteLength::ZERO)),
            Some(change) => {
                let sign = if change > 0 { "+" } else { View::minus() };
                format!("{sign}{}", view.size(ByteLength(change.unsigned_abs())))
            }
        },
        CachedColumn::Percent => match (sum.pages, sum.cached) {
            (0, _) => "-".to_owned(),
            (_, None) => "?".to_owned(),
            (_, Some(bytes)) => percent(Some(bytes.0), sum.whole().0),
        },
        CachedColumn::Size => size(Some(sum.size)),
        CachedColumn::Dirty => size(sum.dirty),
        CachedColumn::Writeback => size(sum.writeback),
        CachedColumn::Pages => sum.pages.to_string(),
        CachedColumn::Evicted => size(sum.evicted),
        CachedColumn::Files => sum.files.to_string(),
        CachedColumn::Picture => match &cached.picture {
            Some(shown) => {
                let look = Look {
                    width: picture::LEAST,
                    ..view.look(0)
                };
                picture::line(shown, &look)
            }
            None => String::new(),
        },
        CachedColumn::Name => name.to_owned(),
    }
}

/// The pictures that the table shows: that of the only file, or those of a column.
#[must_use]
pub fn cached_pictures(console: &Console, columns: &[CachedColumn]) -> Pictures {
    match columns {
        _ if console.json() => Pictures::Nothing,
        [] => Pictures::OfOnlyFile(console.view().look(0).width as u64),
        _ if columns.contains(&CachedColumn::Picture) => Pictures::OfEach(picture::LEAST as u64),
        _ => Pictures::Nothing,
    }
}
