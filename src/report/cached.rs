//! The report of `cached`: a row for each path, directory or file, and the total.

use std::io::{self, Write};
use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Serialize;

use super::console::Console;
use super::name::{Name, SourceFields};
use super::picture::{self, Look};
use super::table::{Column, Table};
use super::view::View;
use super::words::percent;
use crate::mapping::cache::cached::{Cached, CachedColumn, CachedSum};
use crate::mapping::cache::walk::{Paths, Row, RowKind, Walked};
use crate::mapping::measure::residency::Picture;
use crate::mapping::types::{ByteLength, UnknownReason};

/// A column of the table, wide enough for most of its cells.
const fn table_column(shown: CachedColumn) -> Column {
    /// The width of most sizes: "123.45 MiB".
    const SIZE: usize = 10;
    /// The width of most numbers.
    const NUMBER: usize = 8;
    match shown {
        CachedColumn::Cached => Column::right("CACHED").at_least(SIZE),
        CachedColumn::Percent => Column::right("%").at_least(5),
        CachedColumn::Size => Column::right("SIZE").at_least(SIZE),
        CachedColumn::Dirty => Column::right("DIRTY").at_least(SIZE),
        CachedColumn::Writeback => Column::right("WRITEBACK").at_least(SIZE),
        CachedColumn::Pages => Column::right("PAGES").at_least(NUMBER),
        CachedColumn::Evicted => Column::right("EVICTED").at_least(SIZE),
        CachedColumn::Files => Column::right("FILES").at_least(NUMBER),
        CachedColumn::Picture => Column::left("PICTURE"),
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
    pub source: Option<SourceFields<'a>>,
    /// The amounts.
    #[serde(flatten)]
    pub sum: &'a CachedSum,
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
            source: Some(SourceFields(&row.name)),
            sum: &row.sum.sum,
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
            unknown_reason: None,
            skipped: Some(walked.skipped),
        }
    }
}

/// The table for people.
#[derive(Debug)]
pub struct CachedTable {
    columns: Vec<CachedColumn>,
    table: Table,
    bare: bool,
    /// Whether rows are written before all are known.
    streams: bool,
    /// The number of rows.
    rows: usize,
    /// The picture of the only row so far.
    only: Option<Picture>,
}

impl CachedTable {
    /// A table with these columns, or with the usual ones; `bare` without heads and total.
    #[must_use]
    pub fn new(columns: &[CachedColumn], bare: bool, streams: bool) -> Self {
        let columns = match columns {
            [] => CachedColumn::USUAL.to_vec(),
            given => given.to_vec(),
        };
        let column = |column: &CachedColumn| match streams {
            true => table_column(*column),
            false => table_column(*column).at_least(0),
        };
        Self {
            table: Table::new(columns.iter().map(column).collect::<Vec<_>>()),
            columns,
            bare,
            streams,
            rows: 0,
            only: None,
        }
    }

    /// Adds a row, and writes it where the table does not wait for the others.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn row(&mut self, row: &Row<Cached>, out: &mut dyn Write, view: &View) -> io::Result<()> {
        if self.streams && self.rows == 0 && !self.bare {
            self.table.write_heads(out, view)?;
        }
        self.add(&Name(&row.name).to_string(), &row.sum, view);
        self.rows = self.rows.saturating_add(1);
        self.only = row.sum.picture.clone().filter(|_| self.rows == 1);
        match self.streams {
            true => self.flush(out, view),
            false => Ok(()),
        }
    }

    /// Writes the rest: the total of several rows, or the picture of a file that is the only row.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn finish(
        &mut self,
        walked: &Walked<Cached>,
        out: &mut dyn Write,
        view: &View,
    ) -> io::Result<()> {
        if self.rows != 1 && !self.bare {
            self.add("total", &walked.total, view);
        }
        if !self.bare && (!self.streams || self.rows == 0) && !self.table.is_empty() {
            self.table.write_heads(out, view)?;
        }
        self.flush(out, view)?;
        let has_column = self.columns.contains(&CachedColumn::Picture);
        match self.only.take().filter(|_| !self.bare && !has_column) {
            Some(shown) => {
                let look = view.look(0);
                writeln!(out, "{}", picture::line(&shown, &look))?;
                let legend = picture::legend([&shown], &look, view.width());
                legend.iter().try_for_each(|line| writeln!(out, "{line}"))
            }
            None => Ok(()),
        }
    }

    fn flush(&mut self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        match self.bare && !view.is_terminal() {
            true => self.table.write_fields(out)?,
            false => self.table.write_rows(out, view)?,
        }
        self.table.clear();
        Ok(())
    }

    fn add(&mut self, name: &str, cached: &Cached, view: &View) {
        let columns = self.columns.iter();
        self.table
            .row(columns.map(|column| cell(*column, name, cached, view)));
    }
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

/// The number of spans of the pictures that the table shows: that of the only file, and those of a column.
#[must_use]
pub fn cached_spans(
    console: &Console,
    paths: &Paths,
    columns: &[CachedColumn],
) -> Option<NonZeroUsize> {
    let spans = if console.json() {
        0
    } else if columns.contains(&CachedColumn::Picture) {
        picture::LEAST
    } else if columns.is_empty() && paths.only_file().is_some() {
        console.view().look(0).width
    } else {
        0
    };
    NonZeroUsize::new(spans)
}
