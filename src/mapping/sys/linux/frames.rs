//! The page frames behind memory of this process: the folio and the control group of each page (`/proc/self/pagemap`,
//! `/proc/kpageflags` and `/proc/kpagecgroup`; `Documentation/admin-guide/mm/pagemap.rst` of the kernel).

use std::fs::File;
use std::io;

use super::pageflags::{FRAME, PRESENT, words};
use super::pagemap::open_page_table;
use super::privileges::gap;
use crate::mapping::sys::unix::incore::refusal;
use crate::mapping::sys::unix::page::page_size;
use crate::mapping::types::{AddressRange, Capability, CountRefusal, FolioPart, Gap, Process};

/// `KPF_COMPOUND_HEAD` and `KPF_COMPOUND_TAIL` of `linux/kernel-page-flags.h`: the first page of a folio of several
/// pages, and each other page of it.
const HEAD: u64 = 1 << 15;
const TAIL: u64 = 1 << 16;

/// The number of entries of a page table read at once.
const ENTRIES: u64 = 1 << 15;
/// The number of words about consecutive frames read at once.
const BLOCK: usize = 32;
/// The largest gap between frames that are read at once. A read takes as long as the words of a few frames.
const NEAR: u64 = 4;
/// The order of the largest folio to look for: 16 GiB with pages of 4 KiB.
const LARGEST: u32 = 22;

/// The open files that describe page frames.
#[derive(Debug)]
pub(in crate::mapping) struct Frames {
    table: File,
    flags: File,
    groups: Result<File, Gap>,
}

impl Frames {
    /// Opens the files.
    pub(in crate::mapping) fn open() -> Result<Self, Gap> {
        let reader = Capability::DacReadSearch;
        let table = open_page_table(Process::Myself);
        let table = table.map_err(|error| gap(&error, Capability::SysAdmin))?;
        let flags = File::open("/proc/kpageflags").map_err(|error| gap(&error, reader));
        if !shows_frames(&table) {
            let mut needs = vec![Capability::SysAdmin];
            needs.extend(flags.err().into_iter().flat_map(|gap| gap.needs));
            return Err(Gap::needs(needs));
        }
        let groups = File::open("/proc/kpagecgroup").map_err(|error| gap(&error, reader));
        Ok(Self {
            table,
            flags: flags?,
            groups,
        })
    }

    /// Why control groups are unknown, if they are.
    pub(in crate::mapping) fn groups_gap(&self) -> Option<&Gap> {
        self.groups.as_ref().err()
    }

    /// Calls `visit` for each part of a folio that is in the page tables of this process between two addresses, in no
    /// order. The range starts and ends at a page. Pages that leave the page tables meanwhile are left out: their frames
    /// may belong to another file.
    pub(in crate::mapping) fn visit(
        &self,
        memory: AddressRange,
        mut visit: impl FnMut(FolioPart),
    ) -> Result<(), CountRefusal> {
        let before = self.runs(memory).map_err(|error| refusal(&error))?;
        let parts = self.parts(&before).map_err(|error| refusal(&error))?;
        let after = self.runs(memory).map_err(|error| refusal(&error))?;
        let is_unchanged = before == after;
        for (frame, part) in parts {
            if is_unchanged || frame_at(&after, part.address) == Some(frame) {
                visit(part);
            }
        }
        Ok(())
    }

    /// The parts of folios in runs of frames, each with its first frame.
    fn parts(&self, runs: &[Run]) -> io::Result<Vec<(u64, FolioPart)>> {
        let mut runs = runs.to_vec();
        // Frames that are near each other are described by one read.
        runs.sort_unstable_by_key(|run| run.first);
        let mut walk = Walk {
            flags: Words::new(&self.flags),
            groups: self.groups.as_ref().ok().map(Words::new),
            parts: Vec::new(),
        };
        let is_near = |run: &Run, next: &Run| next.first.saturating_sub(run.end()) <= NEAR;
        for near in runs.chunk_by(is_near) {
            let reach = near.last().map_or(0, Run::end);
            for run in near {
                walk.run(run, reach)?;
            }
        }
        Ok(walk.parts)
    }

    /// The runs of frames in the page tables of this process between two addresses.
    fn runs(&self, memory: AddressRange) -> io::Result<Vec<Run>> {
        let page = page_size().bytes();
        let index = |address: u64| address.checked_div(page).unwrap_or(0);
        let (mut at, end) = (index(memory.start()), index(memory.end()));
        let mut runs = Vec::new();
        while at < end {
            let wanted = end.saturating_sub(at).min(ENTRIES);
            let entries = words(&self.table, at, usize::try_from(wanted).unwrap_or(1))?;
            let mut address = at.saturating_mul(page);
            for run in entries.chunk_by(|a, b| is_next(*a, *b)) {
                let first = run.first().copied().unwrap_or(0);
                let length = u64::try_from(run.len()).unwrap_or(1);
                if first & PRESENT != 0 {
                    let first = first & FRAME;
                    runs.push(Run {
                        first,
                        length,
                        address,
                    });
                }
                address = address.saturating_add(length.saturating_mul(page));
            }
            at = at.saturating_add(wanted);
        }
        Ok(runs)
    }
}

/// Consecutive frames at consecutive addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Run {
    first: u64,
    length: u64,
    address: u64,
}

impl Run {
    fn end(&self) -> u64 {
        self.first.saturating_add(self.length)
    }
}

/// The frame at an address, in runs in order of address.
fn frame_at(runs: &[Run], address: u64) -> Option<u64> {
    let after = runs.partition_point(|run| run.address <= address);
    let run = runs.get(after.checked_sub(1)?)?;
    let inner = address.saturating_sub(run.address);
    let inner = inner.checked_div(page_size().bytes())?;
    (inner < run.length).then(|| run.first.saturating_add(inner))
}

/// Whether the page table shows frame numbers to this process: it has just written this variable, which is therefore in
/// memory.
fn shows_frames(table: &File) -> bool {
    let here = std::hint::black_box(1_u64);
    let address = u64::try_from((&raw const here).addr()).unwrap_or(0);
    let entry = words(
        table,
        address.checked_div(page_size().bytes()).unwrap_or(0),
        1,
    );
    entry.is_ok_and(|entry| entry.first().is_some_and(|entry| entry & FRAME != 0))
}

/// Whether a page table entry shows the frame after that of another, or both show no page.
fn is_next(entry: u64, next: u64) -> bool {
    match (entry & PRESENT != 0, next & PRESENT != 0) {
        (true, true) => (entry & FRAME).checked_add(1) == Some(next & FRAME),
        (present, next) => present == next,
    }
}

/// A walk over frames.
struct Walk<'a> {
    flags: Words<'a>,
    groups: Option<Words<'a>>,
    /// The parts found, each with its first frame.
    parts: Vec<(u64, FolioPart)>,
}

impl Walk<'_> {
    /// Finds the folios in a run of consecutive frames. The words of the frames before `reach` will be needed too.
    fn run(&mut self, run: &Run, reach: u64) -> io::Result<()> {
        let (page, end) = (page_size().bytes(), run.end());
        let mut at = run.first;
        while at < end {
            let (head, folio_pages) = self.folio(at, reach)?;
            let until = head
                .saturating_add(folio_pages)
                .clamp(at.saturating_add(1), end);
            let group = match &mut self.groups {
                // The pages after a single one are likely to be single too.
                Some(groups) if folio_pages == 1 => Some(groups.near(head, reach)?),
                Some(groups) => Some(groups.single(head)?),
                None => None,
            };
            let before = at.saturating_sub(run.first).saturating_mul(page);
            let part = FolioPart {
                pages: until.saturating_sub(at),
                folio_pages,
                begins: at == head,
                address: run.address.saturating_add(before),
                group,
            };
            self.parts.push((at, part));
            at = until;
        }
        Ok(())
    }

    /// The first frame of the folio of a frame, and its number of pages: a power of two. A folio starts at a multiple of
    /// it.
    fn folio(&mut self, frame: u64, reach: u64) -> io::Result<(u64, u64)> {
        let flags = self.flags.near(frame, reach)?;
        let head = match flags {
            _ if flags & HEAD != 0 => Some(frame),
            _ if flags & TAIL != 0 => self.head_before(frame)?,
            _ => None,
        };
        let Some(head) = head else {
            return Ok((frame, 1));
        };
        for order in 1..LARGEST {
            let pages = 1_u64 << order;
            let next = head.saturating_add(pages);
            if self.flags.known_or_single(next)? & TAIL == 0 {
                return Ok((head, pages));
            }
        }
        Ok((head, 1 << LARGEST))
    }

    fn head_before(&self, frame: u64) -> io::Result<Option<u64>> {
        for order in 1..=LARGEST {
            let candidate = frame & !((1_u64 << order).saturating_sub(1));
            if candidate != frame && self.flags.single(candidate)? & HEAD != 0 {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }
}

/// A file with a word for each frame.
struct Words<'a> {
    file: &'a File,
    first: u64,
    block: Vec<u64>,
}

impl<'a> Words<'a> {
    fn new(file: &'a File) -> Self {
        Self {
            file,
            first: 0,
            block: Vec::new(),
        }
    }

    /// The word of a frame. If it must be read, the words of the frames before `reach` are read too, up to a block.
    fn near(&mut self, frame: u64, reach: u64) -> io::Result<u64> {
        if let Some(word) = self.known(frame) {
            return Ok(word);
        }
        let rest = reach.saturating_sub(frame);
        let count = usize::try_from(rest).unwrap_or(BLOCK).clamp(1, BLOCK);
        self.block = words(self.file, frame, count)?;
        self.first = frame;
        self.known(frame).ok_or(io::ErrorKind::UnexpectedEof.into())
    }

    fn known(&self, frame: u64) -> Option<u64> {
        let index = usize::try_from(frame.checked_sub(self.first)?).ok()?;
        self.block.get(index).copied()
    }

    fn known_or_single(&self, frame: u64) -> io::Result<u64> {
        self.known(frame).map_or_else(|| self.single(frame), Ok)
    }

    /// The word of a frame alone; 0 beyond the last frame.
    fn single(&self, frame: u64) -> io::Result<u64> {
        match words(self.file, frame, 1) {
            Ok(word) => Ok(word.first().copied().unwrap_or(0)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    #[test]
    fn the_frame_at_an_address_is_that_of_its_run() {
        let page = page_size().bytes();
        let run = |first, length, at| Run {
            first,
            length,
            address: at * page,
        };
        let runs = [run(50, 2, 10), run(7, 1, 13)];
        let at = |number| frame_at(&runs, number * page);
        assert_eq!(
            [9, 10, 11, 12, 13, 14].map(at),
            [None, Some(50), Some(51), None, Some(7), None]
        );
    }

    /// A file of words for frames.
    fn words_file(words: &[u64]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        for word in words {
            file.write_all(&word.to_ne_bytes()).unwrap();
        }
        file
    }

    /// The flags of frames in which folios of these orders follow each other, each at a multiple of its size, and the
    /// folios: first frame and number of pages. The frames between them are single pages.
    fn frames(orders: &[u32]) -> (Vec<u64>, Vec<(u64, u64)>) {
        let (mut flags, mut folios) = (Vec::new(), Vec::new());
        for order in orders {
            let pages = 1 << order;
            while !flags.len().is_multiple_of(pages) {
                folios.push((flags.len() as u64, 1));
                flags.push(0);
            }
            folios.push((flags.len() as u64, pages as u64));
            for page in 0..pages {
                flags.push(match (page, order) {
                    (_, 0) => 0,
                    (0, _) => HEAD,
                    _ => TAIL,
                });
            }
        }
        (flags, folios)
    }

    proptest! {
        #[test]
        fn any_part_of_any_folios_is_found(
            orders in prop::collection::vec(0_u32..8, 1..20),
            from in any::<prop::sample::Index>(),
            length in any::<prop::sample::Index>(),
            reach in 0_u64..100,
        ) {
            let (flags, folios) = frames(&orders);
            let first = from.index(flags.len()) as u64;
            let length = 1 + length.index(flags.len() - first as usize) as u64;
            let groups: Vec<u64> = (0..flags.len() as u64).map(|frame| frame + 1000).collect();
            // Words may be read up to 100 frames beyond.
            let longer = |words: &[u64]| words_file(&[words, &[0; 100]].concat());
            let (flags, groups) = (longer(&flags), longer(&groups));
            let mut walk = Walk {
                flags: Words::new(&flags),
                groups: Some(Words::new(&groups)),
                parts: Vec::new(),
            };
            let page = page_size().bytes();
            let run = Run { first, length, address: 16 * page };
            let end = run.end();
            walk.run(&run, end + reach).unwrap();
            let expected: Vec<(u64, FolioPart)> = folios
                .iter()
                .filter(|(head, pages)| *head < end && head + pages > first)
                .map(|(head, pages)| (first.max(*head), FolioPart {
                    pages: (head + pages).min(end) - first.max(*head),
                    folio_pages: *pages,
                    begins: *head >= first,
                    address: (16 + first.max(*head) - first) * page,
                    group: Some(head + 1000),
                }))
                .collect();
            prop_assert_eq!(walk.parts, expected);
        }
    }
}
