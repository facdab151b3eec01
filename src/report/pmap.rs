//! The report of `pmap`: a row for each mapping of a process, and the total.

use std::io::{self, Write};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::console::Console;
use super::name::{base64_of_bytes, quoted_bytes};
use super::screen::{fitting, write_first, write_more};
use super::table::{Column, Table};
use super::view::View;
use super::words::codes;
use crate::mapping::actions::pmap::{MappingAmounts, MappingsTotal, ProcessMap, ProcessMapping};
use crate::mapping::error::Result;
use crate::mapping::types::{ByteLength, count_text};

/// What an object is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum PmapKind {
    /// One mapping.
    Mapping,
    /// All listed mappings.
    Total,
}

/// A mapping of a process.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MappingObject<'a> {
    /// Always `mapping`.
    kind: PmapKind,
    /// The process ID.
    pid: u32,
    /// The path of the mapped file, or the name in brackets that the kernel gives to other memory; absent for plain
    /// anonymous memory, and for a path that is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    /// In place of `name`: the bytes of a path that is not UTF-8, in base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    name_base64: Option<String>,
    /// The mapping.
    #[serde(flatten)]
    mapping: &'a ProcessMapping,
    /// With --watch: the number of the look, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    look: Option<u64>,
}

/// The listed mappings of a process together.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct TotalObject<'a> {
    /// Always `total`.
    kind: PmapKind,
    /// The process ID.
    pid: u32,
    /// The total.
    #[serde(flatten)]
    total: &'a MappingsTotal,
    /// With --watch: the number of the look, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    look: Option<u64>,
}

/// The mappings of a process, once or as one of several looks.
#[derive(Clone, Copy, Debug)]
pub struct PmapReport<'a> {
    map: &'a ProcessMap,
    look: Option<u64>,
}

impl<'a> PmapReport<'a> {
    /// The report on a list.
    #[must_use]
    pub const fn new(map: &'a ProcessMap) -> Self {
        Self { map, look: None }
    }

    /// The same for a look of this number.
    #[must_use]
    pub const fn of_look(self, number: u64) -> Self {
        let look = Some(number);
        Self { look, ..self }
    }

    /// Prints the rows and the total: as objects, or as a table, which an empty line separates from that of the last look.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn print(&self, console: &mut Console) -> Result<()> {
        let Self { map, look } = *self;
        if console.json() {
            for mapping in &map.rows {
                console.write_json(&MappingObject::new(map.pid, mapping, look))?;
            }
            return console.write_json(&TotalObject {
                kind: PmapKind::Total,
                pid: map.pid,
                total: &map.total,
                look,
            });
        }
        console.write_text(|out, view| {
            if look > Some(1) {
                writeln!(out)?;
            }
            self.table(usize::MAX, view).write(out, view)
        })
    }

    /// Writes as many rows as fit into this number of lines, and how many do not.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write_screen(
        &self,
        interval: Duration,
        lines: usize,
        out: &mut dyn Write,
        view: &View,
    ) -> io::Result<()> {
        write_first(interval, self.look.unwrap_or(1), out, view)?;
        // The first line, the heads and the total.
        let rows = self.map.rows.len();
        let fit = fitting(rows, lines.saturating_sub(3));
        self.table(fit, view).write(out, view)?;
        write_more(rows.saturating_sub(fit), out)
    }

    fn table(&self, most: usize, view: &View) -> Table {
        let mut columns = vec![
            Column::left("ADDRESSES"),
            Column::left("MODE"),
            Column::right("SIZE"),
            Column::right("RSS"),
            Column::right("PSS"),
            Column::right("DIRTY"),
            Column::right("SWAP").optional(),
            Column::right("HUGE").optional(),
            Column::right("LOCKED").optional(),
        ];
        if view.is_verbose() {
            columns.push(Column::wrapping("VMFLAGS"));
        }
        columns.push(Column::left("NAME"));
        let mut table = Table::new(columns);
        for mapping in self.map.rows.iter().take(most) {
            let place = format!("{:x}-{:x}", mapping.address, mapping.end());
            let names = [place, mapping.permissions.clone(), shown_name(mapping)];
            table.row(cells(names, mapping.length, &mapping.amounts, view));
        }
        let total = &self.map.total;
        let count = count_text(total.amounts.memory.mappings, "mapping");
        let names = [String::new(), String::new(), format!("total of {count}")];
        table.row(cells(names, total.length, &total.amounts, view));
        table
    }
}

impl<'a> MappingObject<'a> {
    fn new(pid: u32, mapping: &'a ProcessMapping, look: Option<u64>) -> Self {
        let name = std::str::from_utf8(&mapping.name);
        Self {
            kind: PmapKind::Mapping,
            pid,
            name: name.ok().filter(|name| !name.is_empty()),
            name_base64: name.is_err().then(|| base64_of_bytes(&mapping.name)),
            mapping,
            look,
        }
    }
}

/// The cells of a row: addresses, permissions, amounts and name.
fn cells(
    [place, permissions, name]: [String; 3],
    length: ByteLength,
    amounts: &MappingAmounts,
    view: &View,
) -> Vec<String> {
    let memory = &amounts.memory;
    let sizes = [
        length.0,
        memory.rss,
        memory.pss,
        memory.private_dirty,
        memory.swap,
        amounts.huge.0,
        amounts.locked.0,
    ];
    let mut cells = vec![place, permissions];
    cells.extend(sizes.map(|bytes| view.size(ByteLength(bytes)).to_string()));
    if view.is_verbose() {
        // The total has no flags: those of its mappings differ.
        let flags = match cells.first() {
            Some(place) if !place.is_empty() => codes(&memory.vm_flags),
            _ => String::new(),
        };
        cells.push(flags);
    }
    cells.push(name);
    cells
}

/// The name for people.
fn shown_name(mapping: &ProcessMapping) -> String {
    match (mapping.name.as_slice(), mapping.deleted) {
        (b"", _) => "anonymous".to_owned(),
        (name, false) => quoted_bytes(name).into_owned(),
        (name, true) => format!("{} (deleted)", quoted_bytes(name)),
    }
}
