//! The evidence about the effect of advice: the sights before and after it, and facts about its target.

use super::selection::Selected;
use super::sight::Sight;
use crate::mapping::measure::holders::HeldFile;
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency::Residency;
use crate::mapping::region::Region;
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Advice, ByteLength, Holders, Lasts, NoPages, Owner, SourceKind, SourceRange, Visibility,
};

/// Advice, its target, and the sights before and after it.
pub(super) struct Evidence<'a> {
    pub(super) advice: Advice,
    pub(super) target: Target<'a>,
    pub(super) before: &'a Sight,
    pub(super) after: &'a Sight,
    /// The sight before the pages were touched, where they were touched first.
    pub(super) untouched: Option<&'a Sight>,
    /// Whether the pages were touched after the advice. Pages that came are then due to the touch.
    pub(super) touched_after: bool,
    /// The number of bytes in holes, which the advice skipped.
    pub(super) holes: Option<ByteLength>,
}

/// The advised memory.
#[derive(Clone, Copy)]
pub(super) enum Target<'a> {
    /// A range of a source, through a mapping of this process.
    Mapping(Mapped<'a>),
    /// Mappings of another process.
    Process(&'a Selected),
}

/// A range of a source, and how it was mapped.
#[derive(Clone, Copy)]
pub(super) struct Mapped<'a> {
    pub(super) source: &'a Source,
    pub(super) range: SourceRange,
    pub(super) visibility: Visibility,
    /// The mapping, unless there were several one after the other.
    pub(super) region: Option<&'a Region>,
}

impl Mapped<'_> {
    pub(super) fn is_anonymous(&self) -> bool {
        self.source.kind() == SourceKind::Anonymous
    }

    pub(super) fn is_shared(&self) -> bool {
        self.visibility.is_shared()
    }

    /// Whether other processes may share the pages: those of a file that is not mapped privately.
    pub(super) fn is_shared_file(&self) -> bool {
        self.is_shared() && !self.is_anonymous()
    }
}

impl Target<'_> {
    pub(super) const fn owner(&self) -> Owner {
        match self {
            Self::Mapping(_) => Owner::ThisProcess,
            Self::Process(_) => Owner::OtherProcess,
        }
    }

    /// Whether there is no file.
    pub(super) fn is_anonymous(&self) -> bool {
        match self {
            Self::Mapping(mapped) => mapped.is_anonymous(),
            Self::Process(selected) => !selected.has_files(),
        }
    }

    /// Whether its pages have no storage behind them, except for swap space.
    pub(super) fn is_memory_only(&self) -> bool {
        match self {
            Self::Mapping(mapped) => {
                let file = mapped.source.handle().map(Handle::file);
                mapped.is_anonymous() || file.is_some_and(sys::is_memory_backed)
            }
            Self::Process(selected) => selected.is_memory_only(),
        }
    }

    /// Whether the kernel shows this process the residency of the file, and lets it page out the pages.
    pub(super) fn is_permitted(&self) -> bool {
        match self {
            Self::Mapping(mapped) => {
                let file = mapped.source.handle().map(Handle::file);
                file.is_none_or(sys::may_ask_mincore)
            }
            Self::Process(_) => true,
        }
    }

    /// How long an effect on its pages lasts.
    pub(super) fn lasts(&self) -> Lasts {
        match self {
            Self::Mapping(mapped) if mapped.is_anonymous() => Lasts::WhileMapped,
            _ => Lasts::OutlivesCommand,
        }
    }

    /// How long an effect on its page tables lasts.
    pub(super) const fn tables_last(&self) -> Lasts {
        match self {
            Self::Mapping(_) => Lasts::WhileMapped,
            Self::Process(_) => Lasts::OutlivesCommand,
        }
    }

    /// The other holders of the pages of its files; none for memory without a file.
    pub(super) fn holders(&self) -> Holders {
        match self {
            Self::Mapping(mapped) => match mapped.source.handle() {
                Some(handle) => HeldFile::whole(handle.file()).holders(),
                None => Holders::default(),
            },
            Self::Process(selected) => selected.holders(),
        }
    }
}

impl Evidence<'_> {
    /// The number of pages by which a count grew; `None` when unknown.
    pub(super) fn growth(&self, count: impl Fn(&Residency) -> Option<u64>) -> Option<u64> {
        let before = count(&self.before.residency)?;
        Some(count(&self.after.residency)?.saturating_sub(before))
    }

    /// The number of pages by which a count fell; `None` when unknown.
    pub(super) fn shrinkage(&self, count: impl Fn(&Residency) -> Option<u64>) -> Option<u64> {
        let before = count(&self.before.residency)?;
        Some(before.saturating_sub(count(&self.after.residency)?))
    }

    /// The number of bytes by which a figure of the kernel's account grew.
    pub(super) fn grown(&self, figure: impl Fn(&MemoryUse) -> u64) -> u64 {
        figure(self.after.account()).saturating_sub(figure(self.before.account()))
    }

    /// The number of bytes by which a figure of the kernel's account fell.
    pub(super) fn shrunk(&self, figure: impl Fn(&MemoryUse) -> u64) -> u64 {
        figure(self.before.account()).saturating_sub(figure(self.after.account()))
    }

    /// Whether there were any pages in the page tables.
    pub(super) fn had_pages(&self) -> bool {
        self.before.account().rss > 0
    }

    /// Why there were no pages for advice that works on mapped pages.
    pub(super) fn why_no_pages(&self) -> NoPages {
        match self.target {
            Target::Process(_) => NoPages::NotInTables,
            Target::Mapping(mapped) if mapped.is_anonymous() => NoPages::NewMapping,
            Target::Mapping(_) if !self.target.is_permitted() => NoPages::NotPermitted,
            Target::Mapping(_) if self.before.residency.counts.resident > Some(0) => {
                NoPages::NotReadable
            }
            Target::Mapping(_) => NoPages::NotInMemory,
        }
    }
}
