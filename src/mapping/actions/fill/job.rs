//! One fill: the open source, and the steps that all kinds of fill share.
//!
//! Steps that can fail are tried before the first byte is overwritten. A later failure reports how much was
//! overwritten, because that cannot be undone. The order of the steps is in `run`.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::outcome::Reach;
use super::progress::Control;
use super::request::FillRequest;
use crate::mapping::cache::sync::{self, SyncRequest, Synced};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::{Swap, check_available};
use crate::mapping::region::window::{Step, Window};
use crate::mapping::region::{Region, bytes};
use crate::mapping::source::size::{self, Reserve};
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, Advice, ByteLength, Kind, LengthText, PageSize, RangeRequest, Remedy, SourceKind,
    SourceOffset, SourceRange,
};

/// The number of bytes between two checks for a request to stop. It is the size of the largest folios of most systems:
/// the bytes that the kernel clears are still in the processor's cache when they are overwritten.
pub(super) const CHUNK: PageSize = PageSize::of_system(2 << 20);

/// The number of bytes mapped at a time. Page tables are made and dropped for each piece while other threads work.
const WINDOW: PageSize = PageSize::of_system(64 << 20);

/// The smallest window that is tried where address space is short.
const SMALLEST_WINDOW: PageSize = PageSize::of_system(4 << 10);

/// The least number of bytes for which populating is faster than a fault for each page.
const WORTH_POPULATING: u64 = 32 << 10;

/// One fill.
pub(super) struct Job<'a> {
    pub(super) request: &'a FillRequest,
    /// Whether the source says how many bytes to write.
    to_end: bool,
    pub(super) control: &'a Control<'a>,
    pub(super) source: Source,
    /// The size of the source when it was opened, or 0 if it is to be truncated.
    pub(super) old_size: ByteLength,
    /// The number of bytes in the source that can be overwritten.
    pub(super) existing: ByteLength,
    /// The mapping that holds the private copies.
    private: Option<Arc<Region>>,
    pub(super) started: Instant,
}

impl<'a> Job<'a> {
    pub(super) fn new(
        source: Source,
        request: &'a FillRequest,
        to_end: bool,
        control: &'a Control<'a>,
    ) -> Result<Self> {
        Ok(Self {
            request,
            to_end,
            control,
            old_size: source.planned_size()?,
            existing: source.size()?,
            source,
            private: None,
            started: Instant::now(),
        })
    }

    /// Refuses a handle that does not allow writing, by trying to map it. This comes before any check of its size.
    ///
    /// # Errors
    /// As [`Region::window`].
    pub(super) fn check_writable(&self) -> Result<()> {
        let writable = self.source.handle().is_some_and(Handle::writable);
        if self.request.private || writable {
            return Ok(());
        }
        let byte = SourceRange::new(SourceOffset::START, ByteLength(1));
        let mapped = byte.map_or(Ok(()), |byte| {
            Region::window(&self.source, byte, Access::WRITE).map(drop)
        });
        mapped.map_err(|error| match error.kind() {
            Kind::AccessDenied if error.details().hint.is_some() => error.hint(Remedy::OpenForBoth),
            _ => error,
        })
    }

    /// The size and the time of the last modification: they show whether the source was changed.
    pub(super) fn stamp(&self) -> Result<Option<(ByteLength, SystemTime)>> {
        let Some(handle) = self.source.handle() else {
            return Ok(None);
        };
        let size = handle.facts()?.size;
        let modified = sys::modified(handle.file()).map_err(|e| Error::os("examine", &e))?;
        Ok(modified.map(|modified| (size, modified)))
    }

    /// The range from the requested offset on, which is `length` bytes long, or ends at the end of the source.
    ///
    /// # Errors
    /// Those of [`Job::resolve`].
    pub(super) fn range(&self, length: Option<ByteLength>) -> Result<SourceRange> {
        self.resolve(&RangeRequest {
            offset: self.request.offset,
            length,
        })
    }

    /// The range that a request means, which may lie beyond the end if the source may grow.
    ///
    /// # Errors
    /// Those of [`Source::resolve`], with a hint that fits the request of this fill.
    pub(super) fn resolve(&self, request: &RangeRequest) -> Result<SourceRange> {
        let range = self.source.resolve(request, self.request.may_grow());
        range.map_err(|error| match self.source.kind() {
            SourceKind::BlockDevice => error,
            _ => self.request.explain(error, self.to_end),
        })
    }

    /// Maps the start of the range, to detect a source that cannot be written to before anything is changed; then
    /// provides the space. Returns whether blocks are reserved for all of it. Private copies are mapped as a whole
    /// instead.
    ///
    /// # Errors
    /// Those of [`Region::window`] and [`Source::provide`]; `out_of_memory` for more private copies than there is
    /// memory for.
    pub(super) fn prepare(&mut self, range: SourceRange) -> Result<bool> {
        if self.request.private && !range.is_empty() {
            check_available("fill", range.length(), Swap::Yes, || 0)?;
            let region = Region::window(&self.source, range, Access::COPY)?;
            self.private = Some(Arc::new(region));
            return Ok(false);
        }
        self.rehearse_truncation(range, range.length())?;
        if range.is_empty() {
            return Ok(false);
        }
        let first = beginning(range);
        if sys::MAPS_BEYOND_END || first.end().0 <= self.old_size.0 {
            Region::window(&self.source, first, Access::WRITE)?;
        }
        let provided = self.source.provide(range, Reserve::Range)?;
        Ok(provided.reserved)
    }

    /// Before a truncation, checks that the range can be written to and that there will be room for `blocks` bytes of
    /// it. The source is truncated last, when everything is written.
    pub(super) fn rehearse_truncation(
        &mut self,
        range: SourceRange,
        blocks: ByteLength,
    ) -> Result<()> {
        if range.is_empty() {
            let nothing = ByteLength::ZERO;
            self.source
                .rehearse_truncation(nothing, nothing, |_| Ok(()))?;
        } else {
            let size = ByteLength(range.end().0);
            self.source.rehearse_truncation(size, blocks, |source| {
                Region::window(source, beginning(range), Access::WRITE).map(drop)
            })?;
        }
        self.existing = self.source.size()?;
        Ok(())
    }

    /// A window to store through, which extends no further than `end`.
    pub(super) fn storing_window(&self, end: SourceOffset) -> Window {
        self.window(Access::WRITE, end)
    }

    /// A window to read back through. Private copies are read through the mapping that holds them.
    pub(super) fn reading_window(&self, end: SourceOffset) -> Window {
        self.window(Access::READ, end)
    }

    fn window(&self, access: Access, end: SourceOffset) -> Window {
        match &self.private {
            Some(region) => Window::fixed(Arc::clone(region)),
            None => Window::sliding(access, end, Step::new(window_size(), SMALLEST_WINDOW)),
        }
    }

    /// Stores the bytes of a range through a window, after the work that `earlier` describes.
    ///
    /// # Errors
    /// Those of [`Window::covering`] and [`Region::write`], with the number of bytes overwritten.
    pub(super) fn put(
        &self,
        window: &mut Window,
        range: SourceRange,
        bytes: &[u8],
        earlier: Reach,
    ) -> Result<()> {
        let failed_at = |error, at| {
            let reach = Reach::exactly(range.offset(), at);
            self.with_loss(error, reach.after(earlier))
        };
        let region = window
            .covering(&self.source, range)
            .map_err(|error| failed_at(error, range.offset()))?;
        populate(region, range, false);
        region.write(range.offset(), bytes).map_err(|stopped| {
            failed_at(
                stopped.error,
                range.offset().plus(ByteLength::of(stopped.done)),
            )
        })?;
        self.control.progress.advance(range.length());
        Ok(())
    }

    /// Checks that the source still has the range: bytes stored beyond the end of a file, within its last page, are
    /// lost without a fault.
    ///
    /// # Errors
    /// `fault` when the source was truncated.
    pub(super) fn check_size(&self, range: SourceRange) -> Result<()> {
        let size = self.source.size()?;
        if range.is_empty() || size.0 >= range.end().0 {
            return Ok(());
        }
        let at = SourceOffset(size.0.max(range.offset().0));
        Err(bytes::truncated("write", self.source.name(), size, at).over(range))
    }

    /// Closes a copy of the descriptor: some file systems report lost writes only on closing.
    ///
    /// # Errors
    /// Those of `close(2)`.
    pub(super) fn try_close(&self) -> Result<()> {
        let file = self.source.handle().map(Handle::file);
        match file.filter(|_| !self.request.private) {
            Some(file) => sys::try_close(file).map_err(|error| size::write_failure(&error)),
            None => Ok(()),
        }
    }

    /// Flushes a range, if the request asks for it.
    ///
    /// # Errors
    /// Those of [`sync::sync`].
    pub(super) fn flush(&self, range: SourceRange) -> Result<Option<Synced>> {
        let Some(mode) = self.request.flush else {
            return Ok(None);
        };
        let request = SyncRequest {
            mode,
            invalidate: false,
        };
        sync::sync(&self.source, range, request).map(Some)
    }

    /// The failure of a fill of `wanted` bytes that was stopped by a request.
    pub(super) fn stop(&self, kind: Kind, reach: Reach, wanted: Option<ByteLength>) -> Error {
        let done = LengthText(SourceOffset::from_to(reach.start, reach.done));
        let wanted =
            wanted.map_or_else(String::new, |wanted| format!(" of {}", LengthText(wanted)));
        let reason = format!("{} after {done}{wanted}", kind.interruption());
        self.with_loss(Error::new(kind, "fill", reason), reach)
    }

    /// Adds to a failure the number of existing bytes that were overwritten.
    pub(super) fn with_loss(&self, error: Error, reach: Reach) -> Error {
        if self.request.private {
            return error;
        }
        let ours = error.concerns(self.source.name());
        let error = match error.details().offset {
            None if ours => error.at(reach.done),
            // The failure has an offset, or is that of an input.
            _ => error,
        };
        let whose = match (ours, self.source.name().to_text()) {
            (false, Some(name)) => format!(" in '{name}'"),
            _ => String::new(),
        };
        let most = match reach.begun > reach.done || reach.has_gaps {
            true => "up to ",
            false => "",
        };
        let end = reach.begun.min(SourceOffset(self.existing.0));
        let overwritten = SourceOffset::from_to(reach.start, end);
        let loss = match (overwritten, error.kind().is_request()) {
            (ByteLength::ZERO, false) => return error,
            (ByteLength::ZERO, true) => "nothing was changed".to_owned(),
            (bytes, _) => format!(
                "{most}{} from offset {} were overwritten{whose}",
                LengthText(bytes),
                reach.start.0
            ),
        };
        let reason = format!("{}; {loss}", error.details().reason);
        error.because(reason)
    }
}

/// The first chunk of a range.
fn beginning(range: SourceRange) -> SourceRange {
    range.pieces(CHUNK).next().unwrap_or(range)
}

/// The size of a window: a small part of the address space where that is limited (RLIMIT_AS), because each thread
/// may still use a window while another maps the next.
fn window_size() -> PageSize {
    /// The number of windows that would fill the address space.
    const PARTS: u64 = 16;
    let ration = sys::address_space_limit().map(|limit| limit.0.div_euclid(PARTS));
    let power = ration.and_then(u64::checked_ilog2);
    match power.and_then(|power| PageSize::new(1 << power)) {
        Some(ration) => ration.clamp(CHUNK, WINDOW),
        None => WINDOW,
    }
}

/// Brings the pages of a part into memory before the stores, by one call instead of a fault for each (`madvise(2)`).
/// `in_memory` says that the file system does not track dirty pages: then populating for reading makes the pages
/// writable too, and the kernel maps many at a time.
pub(super) fn populate(region: &Region, part: SourceRange, in_memory: bool) {
    if part.length().0 < WORTH_POPULATING {
        return;
    }
    let place = region.range().place_of(part.offset());
    let Some((place, length)) = place.zip(part.length().to_usize()) else {
        return;
    };
    let advice = if in_memory {
        Advice::PopulateRead
    } else {
        Advice::PopulateWrite
    };
    // The store reports a page that cannot be brought in, with its offset and reason.
    let _ = region.advise(advice, place, length);
}
