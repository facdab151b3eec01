//! Advice on a mapping (`madvise(2)`), and populating it.
//!
//! The kernel may accept advice and ignore it. The caller measures the effect.

#![allow(unsafe_code)]

use std::io;

use super::fault;
use super::live::Region;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::{self, LOCKED};
use crate::mapping::platform::Feature;
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::{
    Advice, ByteLength, Conflict, Kind, Named, PageSize, Reason, RegionOffset, SourceOffset,
};

/// The number of bytes to populate with one call. A failed call does not report the page, so the pages are then tried
/// one by one.
const POPULATE_PIECE: usize = 64 << 20;

/// The number of bytes that one call of `willneed` reads when the device does not report it: the default of the kernel.
pub(super) const COMMON_READ_AHEAD: ByteLength = ByteLength(128 << 10);

impl Region {
    /// Gives advice on a part of the mapping (`madvise(2)`), widened to whole pages. If one call applies the advice
    /// only to the first bytes, it is given piece by piece.
    ///
    /// # Errors
    /// `usage` for a part outside the mapping; `fault`, with the lowest offset, when a page cannot be populated;
    /// `unsupported` when the kernel or this mapping does not accept the advice, and for `remove` on a block device;
    /// those of `madvise(2)`.
    pub fn advise(&self, advice: Advice, offset: RegionOffset, length: usize) -> Result<()> {
        let fail = |e: Error| e.on(self.name()).over(self.range());
        let (start, length) = self.whole_pages(offset, length).map_err(fail)?;
        self.check_advice(advice).map_err(fail)?;
        let piece = self.advice_piece(advice, length);
        let mut done = 0;
        while done < length {
            let (at, part) = (
                start.saturating_add(done),
                piece.min(length.saturating_sub(done)),
            );
            // SAFETY: the range lies in this mapping. The caller requests any discarding of bytes, and no reference to
            // them exists.
            unsafe { sys::advise(self.base().wrapping_add(at), part, advice) }
                .or_else(|e| self.by_touching(advice, e, RegionOffset(at), part))
                .map_err(fail)?;
            done = done.saturating_add(part);
        }
        Ok(())
    }

    /// Brings every page into memory, as `MAP_POPULATE` does (`MADV_POPULATE_READ`, or `MADV_POPULATE_WRITE` for
    /// private copies). On systems without this advice it accesses each page.
    ///
    /// # Errors
    /// `fault` when a page cannot be read, with the lowest offset.
    pub fn populate(&self) -> Result<()> {
        self.populate_part(RegionOffset(0), self.length())
    }

    /// Whether populating makes private copies of pages.
    pub(in crate::mapping) fn populates_copies(&self) -> bool {
        !self.visibility().is_shared() && self.access().writes()
    }

    pub(in crate::mapping) fn populate_part(
        &self,
        start: RegionOffset,
        length: usize,
    ) -> Result<()> {
        let advice = if self.populates_copies() {
            Advice::PopulateWrite
        } else {
            Advice::PopulateRead
        };
        self.advise(advice, start, length)
    }

    /// Touches each page on a system that lacks the populating advice; other errors become failures.
    fn by_touching(
        &self,
        advice: Advice,
        error: io::Error,
        start: RegionOffset,
        length: usize,
    ) -> Result<()> {
        let populates = matches!(advice, Advice::PopulateRead | Advice::PopulateWrite);
        let lacking = error.raw_os_error().map(sys::kind_of_os_error) == Some(Kind::Unsupported);
        if !(populates && lacking) {
            return Err(self.advice_failure(advice, &error, start, length));
        }
        let writes = advice == Advice::PopulateWrite;
        match self.find_unreadable(start, length, writes) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }

    /// Brings every page into memory with one call. A failure does not report the page.
    pub(in crate::mapping) fn try_populate(&self) -> io::Result<()> {
        // SAFETY: the range is this mapping; populating changes no byte.
        unsafe { sys::advise(self.base(), self.mapped_length(), Advice::PopulateRead) }
    }

    /// A part of the mapping, widened to whole pages: its start and its length.
    pub(in crate::mapping) fn whole_pages(
        &self,
        offset: RegionOffset,
        length: usize,
    ) -> Result<(usize, usize)> {
        let page = self.page_size();
        let part = || {
            let end = offset.0.checked_add(length)?;
            let start = page.align_down(offset.0 as u64);
            let stop = page.align_up(end as u64)?;
            if end > self.mapped_length() || stop > self.mapped_length() as u64 {
                return None;
            }
            let (start, stop) = (usize::try_from(start).ok()?, usize::try_from(stop).ok()?);
            Some((start, stop.checked_sub(start)?))
        };
        part().ok_or_else(|| Error::usage("the range is not in the mapping"))
    }

    /// Refuses `remove` on a block device, which has no holes: some drivers erase the blocks.
    fn check_advice(&self, advice: Advice) -> Result<()> {
        Feature::Advice(advice).require("advise")?;
        let device = || self.file().map(sys::classify);
        if advice == Advice::Remove && matches!(device(), Some(Ok(sys::FileClass::BlockDevice))) {
            let reason = "'remove' may erase the blocks of a block device";
            return Err(Error::new(Kind::Unsupported, "advise", reason));
        }
        Ok(())
    }

    /// The number of bytes to advise with one call, in whole pages.
    fn advice_piece(&self, advice: Advice, length: usize) -> usize {
        let page = ByteLength(self.page_size().bytes())
            .to_usize()
            .unwrap_or(length);
        match advice {
            Advice::PopulateRead | Advice::PopulateWrite => page.max(POPULATE_PIECE),
            Advice::Willneed => read_ahead_step(self.file(), self.page_size())
                .to_usize()
                .unwrap_or(length),
            _ => length,
        }
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
            Kind::Fault => self.populate_failure(advice, error, start, length),
            Kind::Failed if error.kind() == io::ErrorKind::InvalidInput => {
                let kind = match self.is_locked() && drops_or_moves(advice) {
                    true => Kind::Busy,
                    false => Kind::Unsupported,
                };
                Error::os_as(kind, "advise", error).because(self.why_not_taken(advice))
            }
            Kind::AccessDenied => plain.because(self.why_denied(advice)),
            _ => plain,
        }
    }

    /// Whether the kernel reports its pages as locked in memory.
    fn is_locked(&self) -> bool {
        let account = proc_maps::own_memory_use(self.addresses()).ok().flatten();
        account.is_some_and(|account| account.has_flag(LOCKED))
    }

    /// Why the kernel rejects advice for this mapping with EINVAL (`madvise(2)`).
    fn why_not_taken(&self, advice: Advice) -> Reason {
        let anonymous = self.file().is_none();
        let private = !self.visibility().is_shared();
        let name = advice.name();
        let words = match advice {
            Advice::Free | Advice::Wipeonfork | Advice::Keeponfork if !(anonymous && private) => {
                format!("'{name}' needs private anonymous memory")
            }
            Advice::Hwpoison | Advice::SoftOffline => {
                format!("this kernel is built without '{name}' (CONFIG_MEMORY_FAILURE)")
            }
            Advice::PopulateWrite if !self.access().writes() => {
                return Conflict::AdviceWrites(advice).into();
            }
            Advice::PopulateRead if !self.access().reads() => {
                format!("'{name}' needs a readable mapping")
            }
            Advice::Remove if self.is_locked() => format!("'{name}' does not work on locked pages"),
            Advice::Cold | Advice::Pageout if self.page_size() > sys::page_size() => {
                format!("'{name}' does not work on huge pages from a pool")
            }
            Advice::Remove => format!("'{name}' needs a file or shared memory"),
            Advice::Collapse => {
                "no pages can be collapsed into a huge page: it needs populated anonymous or shared \
                 memory of the size and alignment of a huge page"
                    .to_owned()
            }
            _ if drops_or_moves(advice) => {
                format!("'{name}' does not work on locked pages ('dontneed-locked' drops them)")
            }
            _ => {
                format!("the kernel does not support '{name}', or not for this mapping")
            }
        };
        words.into()
    }

    /// Why the kernel does not permit advice.
    fn why_denied(&self, advice: Advice) -> String {
        match advice {
            Advice::Remove => {
                "'remove' changes the file: it needs a shared mapping of a file that \
                               is open for writing"
                    .to_owned()
            }
            Advice::Hwpoison | Advice::SoftOffline => {
                format!("'{}' needs CAP_SYS_ADMIN", advice.name())
            }
            _ => format!("the kernel does not permit '{}' here", advice.name()),
        }
    }

    /// The offset in the source of an offset in this mapping.
    #[must_use]
    pub fn source_offset(&self, offset: RegionOffset) -> SourceOffset {
        self.range().at(offset)
    }

    /// The error for the lowest page of a part that cannot be populated.
    fn populate_failure(
        &self,
        advice: Advice,
        error: &io::Error,
        start: RegionOffset,
        length: usize,
    ) -> Error {
        let writes = advice == Advice::PopulateWrite;
        self.find_unreadable(start, length, writes)
            .unwrap_or_else(|| {
                Error::os_as(Kind::Fault, "populate", error)
                    .because("a page was temporarily unavailable")
                    .at(self.source_offset(start))
            })
    }

    /// Touches the pages of a part one by one; returns the error of the first inaccessible one.
    fn find_unreadable(&self, start: RegionOffset, length: usize, writes: bool) -> Option<Error> {
        let span = self.raw_span().ok()?;
        let page = self.page_size().saturating_usize();
        let blocked = (start.0..start.plus(length).0)
            .step_by(page)
            .find_map(|at| {
                let at = RegionOffset(at);
                match writes {
                    true => span.touch_write(at).err(),
                    false => span.touch_read(at).err(),
                }
            })?;
        let access = match writes {
            true => self.write_access(),
            false => fault::Attempt::Read,
        };
        Some(fault::explain(
            "populate",
            blocked,
            access,
            self.range(),
            self.backing(),
        ))
    }
}

/// Whether advice drops or moves pages, which the kernel does not do with locked ones.
const fn drops_or_moves(advice: Advice) -> bool {
    use Advice::{Cold, Dontneed, Pageout, Remove};
    matches!(advice, Cold | Dontneed | Pageout | Remove)
}

/// The number of bytes that one call of `willneed` reads ahead, in whole pages.
pub(in crate::mapping) fn read_ahead_step(file: Option<&OpenFile>, page: PageSize) -> ByteLength {
    let step = file.and_then(sys::read_ahead).unwrap_or(COMMON_READ_AHEAD);
    let whole = ByteLength(page.align_down(step.0));
    if whole.is_zero() {
        COMMON_READ_AHEAD
    } else {
        whole
    }
}
