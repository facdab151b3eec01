//! Locked pages of a file. Their bytes are never accessed, so the file need not stay open: thousands of files can be
//! locked with few descriptors, and a file may be truncated meanwhile.

use super::advise::{COMMON_READ_AHEAD, read_ahead_step};
use super::live::Region;
use super::request::MapRequest;
use crate::mapping::error::Result;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{Access, ByteLength, PageSize, RemapPlace, SourceOffset, SourceRange};

/// The greatest number of bytes that are brought in by one call.
const PIECE: u64 = 32 << 20;

/// Locked pages of a file; unlocked when dropped.
#[derive(Debug)]
pub(in crate::mapping) struct LockedPages(Region);

impl LockedPages {
    /// Maps whole pages of a file, brings them in and locks them. `before` is called before each piece is brought in, and
    /// may end the work.
    ///
    /// # Errors
    /// Those of mapping and locking, of `before`, and `fault` for a page that cannot be read.
    pub(in crate::mapping) fn lock(
        source: &Source,
        range: SourceRange,
        before: &mut dyn FnMut(SourceRange) -> Result<()>,
    ) -> Result<Self> {
        let mut region = Region::map(source, &MapRequest::plain(range, Access::READ))?;
        // A lock that brought the pages in itself would wait forever for a page that cannot be read.
        region.lock_on_fault()?;
        let mut locked = Self(region);
        locked.bring_in(source, range, before)?;
        locked.0.lock_unless_on_fault()?;
        Ok(locked)
    }

    /// The pages.
    pub(in crate::mapping) fn range(&self) -> SourceRange {
        self.0.range()
    }

    /// Brings in the pages of a part that are no longer in memory, because the file was truncated meanwhile.
    ///
    /// # Errors
    /// As [`LockedPages::lock`].
    pub(in crate::mapping) fn bring_in(
        &mut self,
        source: &Source,
        part: SourceRange,
        before: &mut dyn FnMut(SourceRange) -> Result<()>,
    ) -> Result<()> {
        self.0.reopen(source);
        let outcome = self.populate(part, before);
        self.0.close();
        outcome
    }

    fn populate(
        &self,
        part: SourceRange,
        before: &mut dyn FnMut(SourceRange) -> Result<()>,
    ) -> Result<()> {
        let piece = PageSize::new(PIECE).unwrap_or_else(sys::page_size);
        for piece in part.intersection(self.range()).pieces(piece) {
            before(piece)?;
            self.start_reading(piece);
            if let (Some(place), Some(length)) = (
                self.range().place_of(piece.offset()),
                piece.length().to_usize(),
            ) {
                self.0.populate_part(place, length)?;
            }
        }
        Ok(())
    }

    /// Starts reading exactly these pages. Accesses to pages that are not in memory would read far beyond them, into holes
    /// too.
    fn start_reading(&self, piece: SourceRange) {
        let page = self.0.page_size();
        let step = match piece.length() <= COMMON_READ_AHEAD {
            true => COMMON_READ_AHEAD.0,
            false => read_ahead_step(self.0.file(), page).0,
        };
        let power = step.checked_ilog2().map(|log| 1 << log);
        let step = power.and_then(PageSize::new).unwrap_or(page);
        for (file, part) in piece
            .pieces(step)
            .filter_map(|part| Some((self.0.file()?, part)))
        {
            // A failure is found when the pages are accessed.
            let _ = sys::will_need(file, part);
        }
    }

    /// Moves the end of the pages. New pages are locked, but not yet brought in.
    ///
    /// # Errors
    /// Those of `mremap(2)`.
    pub(in crate::mapping) fn end_at(&mut self, source: &Source, end: SourceOffset) -> Result<()> {
        let length = SourceOffset::from_to(self.range().offset(), end);
        self.0.reopen(source);
        let outcome = self.0.remap(length, RemapPlace::Free);
        self.0.close();
        outcome.map(drop)
    }

    /// Their length.
    pub(in crate::mapping) fn length(&self) -> ByteLength {
        self.range().length()
    }
}
