//! The selected mappings of another process, and facts about them and their files.

use crate::mapping::actions::selection::{Selection, select};
use crate::mapping::error::Result;
use crate::mapping::measure::holders::holders_of;
use crate::mapping::measure::proc_maps::Vma;
use crate::mapping::measure::residency;
use crate::mapping::sys;
use crate::mapping::types::{
    AddressRange, ByteLength, Capability, Counts, FileIdentity, Holders, SourceOffset, SourceRange,
};

/// The selected mappings of a process.
pub(super) struct Selected {
    pub(super) pid: u32,
    /// The mappings, each with its selected part.
    pub(super) parts: Vec<(Vma, AddressRange)>,
    /// The selected parts without their mappings.
    pub(super) ranges: Vec<AddressRange>,
}

impl Selected {
    /// Selects mappings of a process.
    pub(super) fn of(pid: u32, selection: &Selection) -> Result<Self> {
        let parts = select(pid, selection, "advise")?;
        let ranges = parts.iter().map(|(_, part)| *part).collect();
        Ok(Self { pid, parts, ranges })
    }

    /// The length of the selected parts in bytes.
    pub(super) fn length(&self) -> ByteLength {
        let lengths = self.ranges.iter().map(|range| range.length());
        lengths.map(ByteLength).sum()
    }

    /// The mappings of files.
    fn of_files(&self) -> impl Iterator<Item = &(Vma, AddressRange)> {
        self.parts.iter().filter(|(vma, _)| vma.inode != 0)
    }

    pub(super) fn has_files(&self) -> bool {
        self.of_files().next().is_some()
    }

    /// The residency of the mapped files; `None` where there are none, or where one cannot be opened.
    pub(super) fn counts(&self) -> Option<Counts> {
        let page = sys::page_size();
        let mut total: Option<Counts> = None;
        for (vma, part) in self.of_files() {
            let file = sys::open_mapped_file(self.pid, vma.range).ok()?;
            let counts = residency::of_file(&file, source_range(vma, *part)?, page).counts;
            total = Some(total.map_or(counts, |total| total.plus(counts)));
        }
        total
    }

    /// Whether no mapped file has storage behind it.
    pub(super) fn is_memory_only(&self) -> bool {
        self.of_files().all(|(vma, _)| {
            sys::open_mapped_file(self.pid, vma.range)
                .is_ok_and(|file| sys::is_memory_backed(&file))
        })
    }

    /// The other holders of pages of the mapped files.
    pub(super) fn holders(&self) -> Holders {
        let mut files: Vec<FileIdentity> = self
            .of_files()
            .map(|(vma, _)| FileIdentity::shown(vma))
            .collect();
        files.dedup();
        holders_of(&files).without(self.pid)
    }
}

/// The range of its file that a part of a mapping shows.
pub(super) fn source_range(vma: &Vma, part: AddressRange) -> Option<SourceRange> {
    let inner = vma.range.length_before(part.start());
    let offset = SourceOffset(vma.offset).plus(inner);
    SourceRange::new(offset, ByteLength(part.length()))
}

pub(super) fn held(capability: Capability) -> &'static str {
    match capability.is_held() {
        Some(true) => "held",
        Some(false) => "not held",
        None => "not known to be held",
    }
}
