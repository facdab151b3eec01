//! The processes that keep the pages of a file in memory because they have them in their page tables. A process that
//! maps the file but never accessed it keeps none.

use super::page_sizes;
use super::proc_maps;
use super::proc_maps::Vma;
use super::users::{self, Myself};
use crate::mapping::sys::{self, OpenFile};
use crate::mapping::types::{AddressRange, FileIdentity, Holders, Process, SourceRange};

impl Holders {
    /// No process could be inspected.
    fn unknown() -> Self {
        Self {
            hidden: true,
            ..Self::default()
        }
    }

    /// The same without one process: the target of the advice.
    #[must_use]
    pub(in crate::mapping) fn without(mut self, pid: u32) -> Self {
        self.mapped_by.retain(|user| user.pid != pid);
        self.locked_by.retain(|other| *other != pid);
        self
    }
}

/// Finds the other processes that keep pages of a file in memory.
pub(in crate::mapping) fn holders(file: &OpenFile) -> Holders {
    find(&users::identities(file, sys::page_size()), None)
}

/// Finds the other processes that keep pages of part of a file in memory.
pub(in crate::mapping) fn holders_of_part(file: &OpenFile, part: SourceRange) -> Holders {
    // A page stays as long as any page of its folio stays. A folio is at most as large as a huge page.
    let folio = page_sizes::transparent_huge_page();
    let reach = folio.and_then(|folio| part.widen(folio)).unwrap_or(part);
    find(&users::identities(file, sys::page_size()), Some(reach))
}

/// Finds the other processes that keep pages of any of these files in memory.
pub(in crate::mapping) fn holders_of(files: &[FileIdentity]) -> Holders {
    find(files, None)
}

fn find(files: &[FileIdentity], part: Option<SourceRange>) -> Holders {
    if files.is_empty() {
        return Holders::unknown();
    }
    let Ok(census) = users::census(files, Myself::Excluded) else {
        return Holders::unknown();
    };
    let mut mapping = census.users.into_iter().flatten().collect::<Vec<_>>();
    mapping.sort_unstable_by_key(|user| user.pid);
    mapping.dedup_by_key(|user| user.pid);
    let mut holders = Holders {
        unseen: census.unseen,
        hidden: census.hidden,
        ..Holders::default()
    };
    for user in mapping {
        let held = held_by(user.pid, files, part);
        if has_locked(user.pid, &held) {
            holders.locked_by.push(user.pid);
        }
        if !held.is_empty() {
            holders.mapped_by.push(user);
        }
    }
    holders
}

/// The parts of a process's mappings that map part of these files and have pages in its page tables.
fn held_by(pid: u32, files: &[FileIdentity], part: Option<SourceRange>) -> Vec<AddressRange> {
    let mut mapped = Vec::new();
    let visited = proc_maps::visit(Process::Id(pid), AddressRange::ALL, |vma| {
        if files.contains(&FileIdentity::shown(&vma)) {
            mapped.extend(addresses(&vma, part));
        }
    });
    mapped.retain(|range| visited.is_ok() && has_pages(pid, *range));
    mapped
}

/// The addresses in a mapping that map part of its file.
fn addresses(vma: &Vma, part: Option<SourceRange>) -> Option<AddressRange> {
    let Some(part) = part else {
        return Some(vma.range);
    };
    let end = vma.offset.saturating_add(vma.range.length());
    let (from, to) = (part.offset().0.max(vma.offset), part.end().0.min(end));
    let at = |offset: u64| {
        vma.range
            .start()
            .checked_add(offset.checked_sub(vma.offset)?)
    };
    (from < to).then(|| AddressRange::between(at(from)?, at(to)?))?
}

fn has_pages(pid: u32, range: AddressRange) -> bool {
    // Before Linux 6.7 the kernel reports this for whole mappings only.
    sys::has_file_pages(pid, range).unwrap_or_else(|_| {
        proc_maps::memory_use(Process::Id(pid), range)
            .is_ok_and(|memory| memory.rss > memory.anonymous)
    })
}

/// Whether a process has locked memory in any of these mappings.
fn has_locked(pid: u32, mappings: &[AddressRange]) -> bool {
    mappings.iter().any(|range| {
        proc_maps::memory_use(Process::Id(pid), *range).is_ok_and(|memory| memory.locked > 0)
    })
}
