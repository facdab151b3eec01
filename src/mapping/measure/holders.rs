//! The processes that keep the pages of a file in memory because they have them in their page tables. A process that
//! maps the file but never accessed it keeps none.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use super::page_sizes;
use super::proc_maps::{self, Vma};
use super::users::{self, Myself, Places};
use crate::mapping::sys::{self, OpenFile};
use crate::mapping::types::{AddressRange, FileIdentity, Holders, Process, SourceRange, User};

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

/// A file whose holders are wanted.
#[derive(Debug)]
pub(in crate::mapping) struct HeldFile {
    identities: Vec<FileIdentity>,
    part: Option<SourceRange>,
}

impl HeldFile {
    /// A whole file. The file itself is not needed any more to find its holders.
    pub(in crate::mapping) fn whole(file: &OpenFile) -> Self {
        Self {
            identities: users::identities(file, sys::page_size()),
            part: None,
        }
    }

    /// Part of a file.
    pub(in crate::mapping) fn part(file: &OpenFile, part: SourceRange) -> Self {
        // A page stays as long as any page of its folio stays. A folio is at most as large as a huge page.
        let folio = page_sizes::transparent_huge_page();
        let reach = folio.and_then(|folio| part.widen(folio)).unwrap_or(part);
        Self {
            part: Some(reach),
            ..Self::whole(file)
        }
    }

    /// Finds the other processes that keep pages of the file in memory.
    pub(in crate::mapping) fn holders(&self) -> Holders {
        let found = holders_of_each(&[self]).pop();
        found.unwrap_or_else(Holders::unknown)
    }
}

/// Finds the other processes that keep pages of any of these files in memory.
pub(in crate::mapping) fn holders_of(files: &[FileIdentity]) -> Holders {
    let all = HeldFile {
        identities: files.to_vec(),
        part: None,
    };
    all.holders()
}

/// Finds the other processes that keep pages of each of these files in memory, in one pass over all processes.
pub(in crate::mapping) fn holders_of_each(files: &[&HeldFile]) -> Vec<Holders> {
    let identities = files.iter().enumerate().flat_map(|(place, file)| {
        let identities = file.identities.iter();
        identities.map(move |identity| (*identity, place))
    });
    let places = Places::new(identities);
    let mut all = vec![Holders::default(); files.len()];
    let inspected = users::inspect_all(Myself::Excluded, |pid| {
        let mut mapping = BTreeMap::new();
        let visited = users::visit_mappings(pid, |vma| {
            for place in places.of(&vma) {
                let part = files.get(*place).and_then(|file| file.part);
                let (user, ranges) = mapping
                    .entry(*place)
                    .or_insert_with(|| (User::new(pid), Vec::new()));
                user.add(&vma);
                ranges.extend(addresses(&vma, part));
            }
        });
        add_holder(pid, mapping, &mut all);
        visited
    });
    let Ok(inspected) = inspected else {
        return vec![Holders::unknown(); files.len()];
    };
    for (holders, file) in all.iter_mut().zip(files) {
        match file.identities.is_empty() {
            true => *holders = Holders::unknown(),
            false => (holders.unseen, holders.hidden) = (inspected.unseen, inspected.hidden),
        }
    }
    all
}

/// Adds a process to the holders of the files that it maps, if it has pages of them in its page tables.
fn add_holder(pid: u32, mapping: BTreeMap<usize, (User, Vec<AddressRange>)>, all: &mut [Holders]) {
    let ranges = mapping.values().flat_map(|(_, ranges)| ranges);
    let reach = ranges.fold(None, |reach: Option<AddressRange>, range| {
        let (start, end) = (range.start(), range.end());
        let reach = reach.unwrap_or(*range);
        AddressRange::between(reach.start().min(start), reach.end().max(end))
    });
    let Some(reach) = reach else {
        return;
    };
    let locked =
        LazyCell::new(|| proc_maps::locked_mappings(Process::Id(pid), reach).unwrap_or_default());
    for (place, (user, mut ranges)) in mapping {
        ranges.retain(|range| has_pages(pid, *range));
        let Some(holders) = all.get_mut(place).filter(|_| !ranges.is_empty()) else {
            continue;
        };
        if ranges.iter().any(|range| is_locked(*range, &locked)) {
            holders.locked_by.push(pid);
        }
        holders.mapped_by.push(user);
    }
}

/// Whether a range overlaps one of the locked mappings, which are in order of address.
fn is_locked(range: AddressRange, locked: &[AddressRange]) -> bool {
    let first = locked.partition_point(|mapping| mapping.end() <= range.start());
    let found = locked.get(first);
    found.is_some_and(|mapping| mapping.overlaps(range))
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

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};

    #[test]
    fn a_range_is_locked_where_it_overlaps_a_locked_mapping() {
        let range = |start, end| AddressRange::between(start, end).unwrap();
        let locked = [range(10, 20), range(30, 40)];
        for (start, end, wanted) in [
            (0, 10, false),
            (0, 11, true),
            (19, 21, true),
            (20, 30, false),
            (39, 50, true),
            (40, 50, false),
        ] {
            assert_eq!(is_locked(range(start, end), &locked), wanted, "{start}");
        }
    }

    #[test]
    fn each_file_has_its_own_holders() {
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let copy = |name: &str| {
            let path = directory.path().join(name);
            std::fs::copy("/bin/cat", &path).unwrap();
            path
        };
        let (one, two, idle) = (copy("one"), copy("two"), copy("idle"));
        let mut children = [&one, &two, &two].map(|path| {
            let mut child = Command::new(path)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap();
            // It has read its own code when it answers.
            child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
            child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
            child
        });
        let files =
            [&one, &idle, &two, &one].map(|path| HeldFile::whole(&File::open(path).unwrap()));
        let holders = holders_of_each(&files.each_ref());
        let pids = |place: usize| {
            let users = holders[place].mapped_by.iter();
            users.map(|user| user.pid).collect::<Vec<_>>()
        };
        let [first, second, third] = children.each_ref().map(std::process::Child::id);
        assert_eq!(pids(0), [first]);
        assert!(pids(1).is_empty());
        let mut both = [second, third];
        both.sort_unstable();
        assert_eq!(pids(2), both);
        assert_eq!(pids(3), [first]);
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }
}
