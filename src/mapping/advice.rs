//! The hints of `madvise(2)`: their names, what they reach, and giving them to a mapping.
//!
//! A hint that returns 0 may have done nothing; what it changed is measured by whoever gives it.

#![allow(unsafe_code)]

use std::io;

use serde::{Serialize, Serializer};

use super::access::Flag;
use super::error::{Error, Kind, Result};
use super::platform::Feature;
use super::range::{RegionOffset, SourceOffset};
use super::region::Region;
use super::sys;

/// A hint of `madvise(2)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// No special treatment.
    Normal,
    /// Pages will be read in order.
    Sequential,
    /// Pages will be read in no order.
    Random,
    /// Start reading the pages in.
    Willneed,
    /// Drop the pages from this mapping.
    Dontneed,
    /// The contents may be thrown away when memory is short.
    Free,
    /// Punch a hole into the file.
    Remove,
    /// Children do not inherit the mapping.
    Dontfork,
    /// Children inherit the mapping.
    Dofork,
    /// Treat the pages as broken memory.
    Hwpoison,
    /// Move the contents off the pages and retire them.
    SoftOffline,
    /// Merge pages of equal content.
    Mergeable,
    /// Do not merge pages.
    Unmergeable,
    /// Use huge pages.
    Hugepage,
    /// Do not use huge pages.
    Nohugepage,
    /// Leave the range out of core dumps.
    Dontdump,
    /// Put the range into core dumps.
    Dodump,
    /// Children see zeros.
    Wipeonfork,
    /// Children see the contents.
    Keeponfork,
    /// The pages are not used soon.
    Cold,
    /// Move the pages out of memory.
    Pageout,
    /// Bring the pages in, readable.
    PopulateRead,
    /// Bring the pages in, writable.
    PopulateWrite,
    /// Drop the pages even when they are locked.
    DontneedLocked,
    /// Gather the pages into huge ones now.
    Collapse,
    /// Make the range fault on access.
    GuardInstall,
    /// Make the range accessible again.
    GuardRemove,
}

impl Flag for Advice {
    const ALL: &'static [Self] = &[
        Self::Normal,
        Self::Sequential,
        Self::Random,
        Self::Willneed,
        Self::Dontneed,
        Self::Free,
        Self::Remove,
        Self::Dontfork,
        Self::Dofork,
        Self::Hwpoison,
        Self::SoftOffline,
        Self::Mergeable,
        Self::Unmergeable,
        Self::Hugepage,
        Self::Nohugepage,
        Self::Dontdump,
        Self::Dodump,
        Self::Wipeonfork,
        Self::Keeponfork,
        Self::Cold,
        Self::Pageout,
        Self::PopulateRead,
        Self::PopulateWrite,
        Self::DontneedLocked,
        Self::Collapse,
        Self::GuardInstall,
        Self::GuardRemove,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Sequential => "sequential",
            Self::Random => "random",
            Self::Willneed => "willneed",
            Self::Dontneed => "dontneed",
            Self::Free => "free",
            Self::Remove => "remove",
            Self::Dontfork => "dontfork",
            Self::Dofork => "dofork",
            Self::Hwpoison => "hwpoison",
            Self::SoftOffline => "soft-offline",
            Self::Mergeable => "mergeable",
            Self::Unmergeable => "unmergeable",
            Self::Hugepage => "hugepage",
            Self::Nohugepage => "nohugepage",
            Self::Dontdump => "dontdump",
            Self::Dodump => "dodump",
            Self::Wipeonfork => "wipeonfork",
            Self::Keeponfork => "keeponfork",
            Self::Cold => "cold",
            Self::Pageout => "pageout",
            Self::PopulateRead => "populate-read",
            Self::PopulateWrite => "populate-write",
            Self::DontneedLocked => "dontneed-locked",
            Self::Collapse => "collapse",
            Self::GuardInstall => "guard-install",
            Self::GuardRemove => "guard-remove",
        }
    }
}

impl Serialize for Advice {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// How far an advice reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It changes the page cache or the file, and so outlives the process that gives it.
    OutlivesCommand,
    /// It changes flags or pages of the mapping, and ends with it.
    WhileMapped,
}

impl Advice {
    /// The name with every word apart, where the usual name runs words together.
    #[must_use]
    pub const fn hyphenated(self) -> Option<&'static str> {
        match self {
            Self::Willneed => Some("will-need"),
            Self::Dontneed => Some("dont-need"),
            Self::Dontfork => Some("dont-fork"),
            Self::Dofork => Some("do-fork"),
            Self::Hwpoison => Some("hw-poison"),
            Self::Hugepage => Some("huge-page"),
            Self::Nohugepage => Some("no-huge-page"),
            Self::Dontdump => Some("dont-dump"),
            Self::Dodump => Some("do-dump"),
            Self::Wipeonfork => Some("wipe-on-fork"),
            Self::Keeponfork => Some("keep-on-fork"),
            Self::Pageout => Some("page-out"),
            Self::DontneedLocked => Some("dont-need-locked"),
            _ => None,
        }
    }

    /// Whether it destroys data, or memory.
    #[must_use]
    pub const fn is_destructive(self) -> bool {
        matches!(self, Self::Remove | Self::Hwpoison | Self::SoftOffline)
    }

    /// How far it reaches when it has any effect at all.
    #[must_use]
    pub const fn reach(self) -> Reach {
        match self {
            Self::Willneed
            | Self::Remove
            | Self::Hwpoison
            | Self::SoftOffline
            | Self::Cold
            | Self::Pageout
            | Self::PopulateRead
            | Self::PopulateWrite
            | Self::Collapse => Reach::OutlivesCommand,
            _ => Reach::WhileMapped,
        }
    }
}

impl Region {
    /// Gives an advice on a part of the mapping (`madvise(2)`); the part is widened to whole pages.
    ///
    /// # Errors
    /// `usage` for a part that is not in the mapping; `fault` when populating meets memory that cannot be
    /// brought in; `unsupported` when the kernel or this mapping does not take the advice; else what the
    /// kernel answers.
    pub fn advise(&self, advice: Advice, offset: RegionOffset, length: usize) -> Result<()> {
        let fail = |e: Error| e.on(self.name()).over(self.range());
        Feature::Advice(advice).require("advise").map_err(fail)?;
        let (start, length) = self
            .whole_pages(offset, length)
            .ok_or_else(|| Error::new(Kind::Usage, "advise", "the range is not in the mapping"))
            .map_err(fail)?;
        // SAFETY: the range lies in this mapping. Advice that discards bytes is what the caller asks for;
        // no reference to them exists.
        unsafe { sys::advise(self.base().wrapping_add(start), length, advice) }
            .map_err(|e| fail(self.advice_failure(advice, &e, RegionOffset(start), length)))
    }

    /// Brings every page into memory, readable (`MADV_POPULATE_READ`, or a touch of each page where the
    /// system has no such advice).
    ///
    /// # Errors
    /// `fault` when a page cannot be read, naming the lowest.
    pub fn populate(&self) -> Result<()> {
        match self.advise(Advice::PopulateRead, RegionOffset(0), self.length()) {
            Err(error) if error.kind() == Kind::Unsupported => {
                self.touch(self.range()).map_err(Error::from)
            }
            other => other,
        }
    }

    fn whole_pages(&self, offset: RegionOffset, length: usize) -> Option<(usize, usize)> {
        let page = self.page_size();
        let end = offset.0.checked_add(length)?;
        let start = page.align_down(offset.0 as u64);
        let stop = page.align_up(end as u64)?;
        if end > self.mapped_length() || stop > self.mapped_length() as u64 {
            return None;
        }
        Some((
            usize::try_from(start).ok()?,
            usize::try_from(stop.checked_sub(start)?).ok()?,
        ))
    }

    fn advice_failure(
        &self,
        advice: Advice,
        error: &io::Error,
        start: RegionOffset,
        length: usize,
    ) -> Error {
        let plain = Error::os("advise", error);
        match plain.kind() {
            Kind::Fault => self.populate_failure(error, start, length),
            Kind::Failed if error.kind() == io::ErrorKind::InvalidInput => {
                Error::os_as(Kind::Unsupported, "advise", error).because(format!(
                    "the kernel does not take '{}' for this sort of mapping, or not at all",
                    advice.name()
                ))
            }
            _ => plain,
        }
    }

    /// The offset in the source of an offset in this mapping.
    #[must_use]
    pub fn source_offset(&self, offset: RegionOffset) -> SourceOffset {
        SourceOffset(self.range().offset().0.saturating_add(offset.0 as u64))
    }

    fn populate_failure(&self, error: &io::Error, start: RegionOffset, _length: usize) -> Error {
        Error::os_as(Kind::Fault, "populate", error).at(self.source_offset(start))
    }
}
