//! The report of `filesize`: a number for each source, and the table of `--long`.

use std::io::{self, Write};

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::name::{Name, SourceFields};
use super::table::{Column, Table};
use super::view::View;
use crate::mapping::actions::filesize::FilesizeOutcome;
use crate::mapping::source::size::{Sizes, Storage};
use crate::mapping::types::{ByteLength, SourceName};

/// The size of a source.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FilesizeReport<'a> {
    /// The source.
    #[serde(flatten)]
    pub source: SourceFields<'a>,
    /// The sizes and the change.
    #[serde(flatten)]
    pub outcome: &'a FilesizeOutcome,
    /// Whether the name is written after the number.
    #[serde(skip)]
    pub named: bool,
}

impl Human for FilesizeReport<'_> {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        let size = self.outcome.sizes.size.0;
        match self.named {
            true => writeln!(out, "{size}\t{}", Name(self.source.0)),
            false => writeln!(out, "{size}"),
        }
    }
}

/// The table of `--long`: a row for each source.
#[derive(Debug)]
pub struct FilesizeTable(Table);

impl Default for FilesizeTable {
    fn default() -> Self {
        Self(Table::new([
            Column::right("SIZE"),
            Column::right("ALLOCATED"),
            Column::right("HOLES"),
            Column::right("UNWRITTEN"),
            Column::right("PAGES"),
            Column::left("NAME"),
        ]))
    }
}

impl FilesizeTable {
    /// Adds a row.
    pub fn add(&mut self, name: &SourceName, sizes: Sizes, storage: Storage, view: &View) {
        let size = |bytes: Option<ByteLength>| {
            bytes.map_or("unknown".to_owned(), |bytes| view.size(bytes).to_string())
        };
        self.0.row([
            size(Some(sizes.size)),
            size(storage.allocated),
            size(storage.holes),
            size(storage.unwritten),
            storage.pages.0.to_string(),
            Name(name).to_string(),
        ]);
    }

    /// Writes the rows, if there are any.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        match self.0.is_empty() {
            true => Ok(()),
            false => self.0.write(out, view),
        }
    }
}
