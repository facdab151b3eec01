//! The two sides of a file: its pages in memory, and its storage.

use std::io;

use super::buffers::Buffer;
use super::sum::Incomparable;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::{Region, fault};
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, Advice, ByteLength, Counts, PageSize, RegionOffset, SourceOffset, SourceRange,
};

/// A file whose pages in memory are compared with its storage.
pub(super) struct Pair<'a> {
    source: &'a Source,
    file: &'a OpenFile,
    direct: OpenFile,
    page: PageSize,
}

/// The pages of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// All are cached and clean.
    Clean,
    /// Some are dirty, being written, or not cached.
    Mixed,
    /// None is cached any more.
    Gone,
}

/// One look at both sides of a page.
pub(super) enum Look {
    /// The page was not cached and clean all the time.
    Unsettled,
    /// Both sides are the same.
    Equal,
    /// They differ.
    Different(Sides),
}

/// The bytes of a page in memory and on the storage.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sides {
    pub(super) memory: Vec<u8>,
    pub(super) storage: Vec<u8>,
}

impl<'a> Pair<'a> {
    /// Opens the storage of a file.
    ///
    /// # Errors
    /// Why it cannot be read directly.
    pub(super) fn open(source: &'a Source, file: &'a OpenFile) -> Result<Self, Incomparable> {
        let direct = sys::open_direct(file).map_err(|_| Incomparable::NoDirectReads)?;
        Ok(Self {
            source,
            file,
            direct,
            page: sys::page_size(),
        })
    }

    /// Whether the pages of a range are cached and clean. The kernel reports it for a range at once.
    pub(super) fn state(&self, range: SourceRange) -> Result<State, Incomparable> {
        let is_clean = |counts: Counts| {
            counts.cached == Some(counts.pages)
                && counts.dirty == Some(0)
                && counts.writeback == Some(0)
        };
        match sys::cache_stat(self.file, range, self.page) {
            Ok(counts) if is_clean(counts) => Ok(State::Clean),
            Ok(Counts {
                cached: Some(0), ..
            }) => Ok(State::Gone),
            Ok(_) => Ok(State::Mixed),
            Err(_) => Err(Incomparable::DirtyUnknown),
        }
    }

    /// Reads a range of whole pages from the storage, and returns how much there is before the end of the file.
    ///
    /// # Errors
    /// Why it could not be read, with the error where one is to be reported.
    pub(super) fn read_storage<'b>(
        &self,
        range: SourceRange,
        buffer: &'b mut Buffer,
    ) -> Result<&'b [u8], Unread> {
        let accounted =
            || sys::read_from_storage().map_err(|_| Unread(Incomparable::NotAccounted, None));
        let into = buffer.first(range.length().saturating_usize());
        let before = accounted()?;
        let mut done = 0_usize;
        while done < into.len() {
            let rest = into.get_mut(done..).unwrap_or_default();
            let at = range.offset().plus(ByteLength::of(done));
            match sys::read_at(&self.direct, rest, at.0) {
                Ok(0) => break,
                Ok(count) => done = done.saturating_add(count),
                Err(error) => return Err(self.refused(&error, at)),
            }
            // The end of the file.
            if !self.page.is_aligned(done as u64) {
                break;
            }
        }
        let found = SourceRange::new(range.offset(), ByteLength::of(done)).unwrap_or_default();
        let fetched = ByteLength(accounted()?.saturating_sub(before));
        let is_enough = fetched >= found.length()
            || sys::extent_bytes(&self.direct, found).is_ok_and(|bytes| fetched >= bytes.written);
        match is_enough {
            true => Ok(into.get(..done).unwrap_or_default()),
            false => Err(Unread(Incomparable::NotFromStorage, None)),
        }
    }

    fn refused(&self, error: &io::Error, at: SourceOffset) -> Unread {
        match error.kind() {
            io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => {
                Unread(Incomparable::NoDirectReads, None)
            }
            _ => {
                let failure = Error::os("read", error).on(self.source.name()).at(at);
                Unread(Incomparable::Unreadable, Some(failure))
            }
        }
    }

    /// The first byte that differs between memory and what was read from the storage at an offset; `None` without one.
    ///
    /// # Errors
    /// Those of mapping the file; `fault` when it is truncated meanwhile or a page has to be read again and cannot be.
    pub(super) fn first_difference(
        &self,
        at: SourceOffset,
        storage: &[u8],
    ) -> Result<Option<SourceOffset>> {
        let Some((region, place)) = self.map(at, storage.len())? else {
            return Ok(None);
        };
        let span = region.raw_span().map_err(|e| Error::os("verify", &e))?;
        match span.compare(place, storage) {
            Ok(found) => Ok(found.map(|found| region.range().at(found))),
            Err(blocked) => Err(fault::explain(
                "verify",
                blocked,
                fault::Attempt::Read,
                region.range(),
                region.backing(),
            )),
        }
    }

    /// Maps bytes of the file. Accessing a mapping for random reads neither reads other pages ahead, nor makes the
    /// kernel keep the pages for longer.
    fn map(&self, at: SourceOffset, length: usize) -> Result<Option<(Region, RegionOffset)>> {
        let range = SourceRange::new(at, ByteLength::of(length)).filter(|range| !range.is_empty());
        let Some(range) = range else {
            return Ok(None);
        };
        let region = Region::window(self.source, range, Access::READ)?;
        region.advise(Advice::Random, RegionOffset(0), region.length())?;
        let place = region.range().place_of(at).unwrap_or_default();
        Ok(Some((region, place)))
    }

    /// Whether the file now ends before the end of a range of whole pages.
    pub(super) fn is_truncated_within(&self, range: SourceRange) -> bool {
        let size = self.source.size();
        size.is_ok_and(|size| {
            self.page
                .align_up(size.0)
                .is_some_and(|end| end < range.end().0)
        })
    }

    /// Looks at both sides of a page.
    ///
    /// # Errors
    /// Those of [`Self::first_difference`].
    pub(super) fn look(&self, page: SourceRange) -> Result<Look> {
        if self.state(page) != Ok(State::Clean) {
            return Ok(Look::Unsettled);
        }
        let mut buffer = Buffer::new(page.length().saturating_usize(), self.page);
        let Ok(storage) = self.read_storage(page, &mut buffer) else {
            return Ok(Look::Unsettled);
        };
        let mut memory = vec![0; storage.len()];
        self.copy(page.offset(), &mut memory)?;
        if self.state(page) != Ok(State::Clean) {
            return Ok(Look::Unsettled);
        }
        Ok(match memory == storage {
            true => Look::Equal,
            false => Look::Different(Sides {
                memory,
                storage: storage.to_vec(),
            }),
        })
    }

    /// Copies bytes from memory. A page that is not cached is read.
    ///
    /// # Errors
    /// Those of [`Self::first_difference`].
    pub(super) fn copy(&self, at: SourceOffset, into: &mut [u8]) -> Result<()> {
        let Some((region, place)) = self.map(at, into.len())? else {
            return Ok(());
        };
        let span = region.raw_span().map_err(|e| Error::os("verify", &e))?;
        let explain = |blocked| {
            let access = fault::Attempt::Read;
            fault::explain("verify", blocked, access, region.range(), region.backing())
        };
        span.read(place, into).map_err(explain)
    }
}

/// Why the storage could not be read, and the failure to report.
#[derive(Debug)]
pub(super) struct Unread(pub(super) Incomparable, pub(super) Option<Error>);
