//! The action `pmap`: the mappings of a process, and the memory that each uses (`/proc/PID/smaps`).
//!
//! The kernel reports the memory of all mappings in one text. `PROCMAP_QUERY` finds a mapping without that text, but
//! does not report its memory, so it is not used.

use std::cmp::Reverse;

use schemars::JsonSchema;
use serde::Serialize;

use super::selection::{Selection, no_access, none_selected};
use crate::mapping::error::Result;
use crate::mapping::measure::proc_maps::{self, MemoryUse, Permissions, Vma};
use crate::mapping::measure::users;
use crate::mapping::platform::Feature;
use crate::mapping::sys;
use crate::mapping::types::named::named;
use crate::mapping::types::{AddressRange, ByteLength, Named, Process, SourceOffset, json};

/// The operation, in errors.
const OPERATION: &str = "list the mappings";

named! {
    /// What mappings are ordered by.
    pub enum MappingKey {
        /// Address, lowest first
        Address = "address",
        /// Size, largest first
        Size = "size",
        /// Memory in the page tables, most first
        Rss = "rss",
        /// The proportional share of that memory, most first
        Pss = "pss",
        /// Private dirty memory, most first
        Dirty = "dirty",
        /// Memory in swap space, most first
        Swap = "swap",
        /// Memory in huge pages, most first
        Huge = "huge",
        /// Locked memory, most first
        Locked = "locked",
        /// Name
        Name = "name",
    }
}

/// The mappings to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PmapRequest {
    /// The process.
    pub pid: u32,
    /// Which mappings; all of them without a selection.
    pub selection: Option<Selection>,
    /// What they are ordered by.
    pub sort: MappingKey,
    /// The greatest number of rows.
    pub top: Option<usize>,
}

/// A mapping of a process.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ProcessMapping {
    /// The path of the mapped file, or the name in brackets that the kernel gives to other memory; empty for plain
    /// anonymous memory.
    #[serde(skip)]
    pub name: Vec<u8>,
    /// The address of the first byte.
    #[serde(serialize_with = "json::hexadecimal")]
    #[schemars(with = "String")]
    pub address: u64,
    /// The length in bytes.
    pub length: ByteLength,
    /// The permissions as in `/proc/PID/maps`: `r`, `w` and `x`, or `-` in their place; then `s` for shared or `p` for
    /// private.
    pub permissions: String,
    /// The offset of the first byte in the file, in bytes; 0 for memory without a file.
    pub offset: SourceOffset,
    /// Whether the file was removed, or never had a name in a file system.
    pub deleted: bool,
    /// The amounts.
    #[serde(flatten)]
    pub amounts: MappingAmounts,
}

/// The memory that mappings use.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MappingAmounts {
    /// Memory in huge pages of any kind, in bytes.
    pub huge: ByteLength,
    /// Memory that is locked, in bytes, with each page divided by the number of processes that map it.
    pub locked: ByteLength,
    /// The kernel's account of the memory, to which `huge` and `locked` belong.
    pub memory: MemoryUse,
}

/// All listed mappings together, whether they have a row or not.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct MappingsTotal {
    /// The command name of the process.
    pub command: String,
    /// The length in bytes.
    pub length: ByteLength,
    /// The amounts.
    #[serde(flatten)]
    pub amounts: MappingAmounts,
}

/// The mappings of a process.
#[derive(Clone, Debug)]
pub struct ProcessMap {
    /// The process.
    pub pid: u32,
    /// The rows, in order.
    pub rows: Vec<ProcessMapping>,
    /// The total.
    pub total: MappingsTotal,
}

impl From<MemoryUse> for MappingAmounts {
    fn from(memory: MemoryUse) -> Self {
        Self {
            huge: memory.huge(),
            locked: ByteLength(memory.locked),
            memory,
        }
    }
}

impl ProcessMapping {
    fn new(vma: Vma, memory: MemoryUse) -> Self {
        Self {
            address: vma.range.start(),
            length: ByteLength(vma.range.length()),
            permissions: letters(vma.permissions),
            offset: SourceOffset(vma.offset),
            name: vma.path,
            deleted: vma.deleted,
            amounts: memory.into(),
        }
    }

    /// The address after the last byte.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.address.saturating_add(self.length.0)
    }

    /// The amount that it is sorted by; `None` for an order of another kind.
    fn amount(&self, key: MappingKey) -> Option<u64> {
        let memory = &self.amounts.memory;
        Some(match key {
            MappingKey::Address | MappingKey::Name => return None,
            MappingKey::Size => self.length.0,
            MappingKey::Rss => memory.rss,
            MappingKey::Pss => memory.pss,
            MappingKey::Dirty => memory.private_dirty,
            MappingKey::Swap => memory.swap,
            MappingKey::Huge => self.amounts.huge.0,
            MappingKey::Locked => memory.locked,
        })
    }
}

/// The permissions in the letters of the kernel.
fn letters(permissions: Permissions) -> String {
    let letter = |set, letter| if set { letter } else { '-' };
    [
        letter(permissions.read, 'r'),
        letter(permissions.write, 'w'),
        letter(permissions.execute, 'x'),
        if permissions.shared { 's' } else { 'p' },
    ]
    .iter()
    .collect()
}

/// Lists the mappings of a process. `goes_on` is called for each, and ends the list by an error.
///
/// # Errors
/// `unsupported` when the system or `/proc` does not show them; `not_found` when there is no such process or mapping;
/// `access_denied` when the process may not be inspected; that of `goes_on`.
pub fn list(request: &PmapRequest, goes_on: &mut dyn FnMut() -> Result<()>) -> Result<ProcessMap> {
    let process = Process::Id(request.pid);
    list_unnamed(request, process, goes_on).map_err(|error| error.on(&process.name()))
}

fn list_unnamed(
    request: &PmapRequest,
    process: Process,
    goes_on: &mut dyn FnMut() -> Result<()>,
) -> Result<ProcessMap> {
    Feature::Pmap.require(OPERATION)?;
    proc_maps::require_processes(OPERATION)?;
    let (pid, page, selection) = (request.pid, sys::page_size(), request.selection.as_ref());
    let within = selection.map_or(AddressRange::ALL, Selection::within);
    let wants = |vma: &Vma| selection.is_none_or(|chosen| chosen.part(vma, page).is_some());
    let mut rows = Vec::new();
    let mut sum: Option<MemoryUse> = None;
    let looked = proc_maps::visit_mappings(process, within, wants, |vma, memory| {
        let all = match sum.take() {
            Some(sum) => sum.plus(memory.clone()),
            None => memory.clone(),
        };
        sum = Some(all);
        rows.push(ProcessMapping::new(vma, memory));
        goes_on()
    });
    // The text of a process that ends while it is read is complete, but lacks mappings.
    let whole = looked.and_then(|()| proc_maps::has_mappings(process));
    if !whole.map_err(|error| no_access(pid, error))? {
        return Err(none_selected(pid, None, OPERATION));
    }
    let memory = sum.ok_or_else(|| none_selected(pid, selection, OPERATION))?;
    put_in_order(&mut rows, request.sort);
    rows.truncate(request.top.unwrap_or(usize::MAX));
    Ok(ProcessMap {
        pid,
        rows,
        total: MappingsTotal {
            command: users::command(pid),
            length: ByteLength(memory.mapped),
            amounts: memory.into(),
        },
    })
}

/// Sorts mappings that are in order of address. Those that are equal stay in that order.
fn put_in_order(rows: &mut [ProcessMapping], key: MappingKey) {
    match key {
        MappingKey::Address => {}
        MappingKey::Name => rows.sort_by(|a, b| a.name.cmp(&b.name)),
        amount => rows.sort_by_key(|row| Reverse(row.amount(amount))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::error::Error;
    use crate::mapping::types::Kind;

    fn request() -> PmapRequest {
        PmapRequest {
            pid: std::process::id(),
            selection: None,
            sort: MappingKey::Address,
            top: None,
        }
    }

    #[test]
    fn rows_are_sorted_and_limited_and_the_total_counts_all() {
        let all = list(&request(), &mut || Ok(())).unwrap();
        assert!(all.rows.is_sorted_by_key(|row| row.address));
        let lengths = all.rows.iter().map(|row| row.length).sum::<ByteLength>();
        assert_eq!(all.total.length, lengths);
        for key in MappingKey::ALL {
            let mut rows = all.rows.clone();
            put_in_order(&mut rows, *key);
            let sorted = match key {
                MappingKey::Address => rows.is_sorted_by_key(|row| row.address),
                MappingKey::Name => rows.is_sorted_by_key(|row| row.name.clone()),
                key => rows.is_sorted_by_key(|row| Reverse(row.amount(*key))),
            };
            assert!(sorted, "{key:?}");
        }
        let first = PmapRequest {
            sort: MappingKey::Size,
            top: Some(2),
            ..request()
        };
        let first = list(&first, &mut || Ok(())).unwrap();
        assert_eq!(first.rows.len(), 2);
        assert!(first.total.amounts.memory.mappings > 2);
    }

    #[test]
    fn a_mapping_is_found_by_an_address_in_it() {
        let byte = Box::new(7_u8);
        let address = std::ptr::from_ref(&*byte).addr() as u64;
        let range = AddressRange::new(address, ByteLength(1)).unwrap();
        let found = list(
            &PmapRequest {
                selection: Some(Selection::Range(range)),
                ..request()
            },
            &mut || Ok(()),
        );
        let rows = found.unwrap().rows;
        assert_eq!(rows.len(), 1);
        assert!((rows[0].address..rows[0].end()).contains(&address));
    }

    #[test]
    fn a_list_ends_when_it_is_told_to() {
        let stop = || Err(Error::new(Kind::Failed, "look", "the user ended it"));
        let error = list(&request(), &mut || stop()).unwrap_err();
        assert_eq!(error.kind(), Kind::Failed);
    }

    #[test]
    fn permissions_are_written_like_the_kernel_writes_them() {
        let all = Permissions {
            read: true,
            write: true,
            execute: true,
            shared: true,
        };
        assert_eq!(letters(all), "rwxs");
        assert_eq!(letters(Permissions::default()), "---p");
    }
}
