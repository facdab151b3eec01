//! Flushing one source.
//!
//! `msync(2)` on a mapping of a descriptor that is open for reading only flushes nothing and reports success. A source
//! that may not be written is therefore flushed as a whole, through its descriptor.

use std::io;
use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::proc_maps::{self, MemoryUse};
use crate::mapping::measure::residency::{self, Method, Residency};
use crate::mapping::platform::Feature;
use crate::mapping::region::Region;
use crate::mapping::region::piecewise::piecewise;
use crate::mapping::region::populate::map_resident_pages;
use crate::mapping::source::{Handle, OpenFile, OpenRequest, Source, SourceSpec, path_only};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, FlushLevel, Kind, PageSize, RegionOffset, SourceKind, SourceOffset,
    SourceRange, nanoseconds,
};

/// Whether to wait for completion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SyncMode {
    /// The call starts writing and does not wait for completion.
    Async,
    /// The call waits for completion.
    #[default]
    Sync,
}

/// How to flush.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SyncRequest {
    /// Whether to wait.
    pub mode: SyncMode,
    /// Whether to invalidate other mappings of the file (MS_INVALIDATE). On Linux all mappings share its pages and see
    /// every change at once; the flag only makes the call fail on locked pages.
    pub invalidate: bool,
}

/// The part of a source that was flushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Scope {
    /// The pages of the range.
    Range,
    /// The whole file, because it is not open for writing, and `msync(2)` would flush nothing.
    WholeFile,
    /// Nothing, because the pages have no storage behind them.
    MemoryOnly,
}

/// The result of flushing.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct Synced {
    /// The start offset of the flushed pages, in bytes.
    pub offset: SourceOffset,
    /// The length of the flushed pages, in bytes.
    pub length: ByteLength,
    /// Whether the command waited for completion.
    pub mode: SyncMode,
    /// Whether it waited although `async` was requested, because the file system cannot flush in the background.
    #[serde(skip)]
    pub had_to_wait: bool,
    /// Whether invalidation was requested (--invalidate).
    pub invalidate: bool,
    /// The part of the source that was flushed.
    pub scope: Scope,
    /// Whether more than the requested range was flushed.
    #[serde(skip)]
    pub beyond_range: bool,
    /// How far the data got; null when the command did not wait, or there was nothing to flush.
    pub level: Option<FlushLevel>,
    /// The residency of the pages before.
    pub before: Residency,
    /// The residency of the pages after.
    pub after: Residency,
    /// The number of bytes that are no longer dirty, under writeback or not; null when unknown.
    pub cleaned: Option<ByteLength>,
    /// The number of clean pages that the kernel reports as dirty. This can happen after a dirty file is truncated.
    /// `before` and `after` do not count them as dirty.
    pub miscounted: u64,
    /// The time to flush, in nanoseconds.
    pub duration_ns: u64,
}

impl Synced {
    /// The number of pages that were changed again during the flush, or could not be flushed.
    #[must_use]
    pub fn dirty_again(&self) -> Option<u64> {
        match (self.mode, self.scope) {
            (SyncMode::Sync, Scope::Range | Scope::WholeFile) => self.after.counts.dirty,
            _ => None,
        }
    }
}

/// Opens a source to flush it: for reading and writing where that is permitted, and for reading otherwise.
///
/// # Errors
/// Those of [`Source::open`].
pub fn open(spec: &SourceSpec) -> Result<Source> {
    // A file that may not be opened for writing, such as that of a running program (ETXTBSY), is flushed as a whole.
    Source::open(spec, &OpenRequest::WRITE).or_else(|_| Source::open(spec, &OpenRequest::PAGES))
}

/// Flushes a range of a source, widened to whole pages, and measures before and after.
///
/// # Errors
/// `usage` for anonymous memory; `disk_full` or `failed` when the data could not be written, which the kernel
/// reports only once; `busy` when pages to invalidate are locked; otherwise those of mapping it.
pub fn sync(source: &Source, range: SourceRange, request: SyncRequest) -> Result<Synced> {
    flush(source, range, request, residency::of_file)
}

/// The same, measured by `measure`.
pub(super) fn flush(
    source: &Source,
    range: SourceRange,
    request: SyncRequest,
    measure: fn(&OpenFile, SourceRange, PageSize) -> Residency,
) -> Result<Synced> {
    let fail = |error: Error| error.on(source.name()).over(range);
    let handle = source
        .handle()
        .filter(|_| source.kind() != SourceKind::Anonymous)
        .ok_or_else(|| fail(Error::usage("it has no file to flush to")))?;
    Feature::Sync.require("flush").map_err(fail)?;
    if request.invalidate {
        Feature::Invalidate.require("flush").map_err(fail)?;
    }
    let page = sys::page_size();
    let had_to_wait = request.mode == SyncMode::Async && cannot_start(handle, range);
    let request = SyncRequest {
        mode: if had_to_wait {
            SyncMode::Sync
        } else {
            request.mode
        },
        ..request
    };
    let scope = scope_of(handle, request.mode);
    let whole = match scope {
        Scope::WholeFile => whole_file(handle).map_err(fail)?,
        Scope::Range | Scope::MemoryOnly => range,
    };
    let covered = whole.widen(page).unwrap_or(whole);
    let mut before = measure(handle.file(), covered, page);
    let started = Instant::now();
    let level = flush_as(source, handle, whole, request, scope).map_err(fail)?;
    let duration = started.elapsed();
    let mut after = measure(handle.file(), covered, page);
    let miscounted = match request.mode {
        SyncMode::Sync => miscounted(source, handle, whole, &after),
        SyncMode::Async => 0,
    };
    for seen in [&mut before, &mut after] {
        let dirty = &mut seen.counts.dirty;
        *dirty = dirty.map(|dirty| dirty.saturating_sub(miscounted));
    }
    Ok(Synced {
        offset: covered.offset(),
        length: covered.length(),
        mode: request.mode,
        had_to_wait,
        invalidate: request.invalidate,
        scope,
        beyond_range: whole.length() > range.length(),
        level,
        before,
        after,
        cleaned: cleaned(&before, &after),
        miscounted,
        duration_ns: nanoseconds(duration),
    })
}

/// The number of clean pages that are counted as dirty. `cachestat(2)` counts marks in the index of the page cache, and
/// ext4 leaves some of them on pages that it has cleaned. The account of a mapping counts the pages themselves.
fn miscounted(source: &Source, handle: &Handle, range: SourceRange, seen: &Residency) -> u64 {
    let Some(counted) = seen.counts.dirty.filter(|dirty| *dirty > 0) else {
        return 0;
    };
    let mut account = Some(MemoryUse::default());
    let looked = piecewise(
        range,
        |piece| Region::window(source, piece, Access::READ),
        |region| {
            map_resident_pages(source, &region);
            let piece = proc_maps::own_memory_use(region.addresses())?;
            account = account
                .take()
                .zip(piece)
                .map(|(sum, piece)| sum.plus(piece));
            Ok(())
        },
    );
    let Some(memory) = account.filter(|_| looked.is_ok()) else {
        return 0;
    };
    let page = sys::page_size();
    let pages = |bytes: u64| page.pages_for(ByteLength(bytes)).0;
    // Pages that are not in the page tables may be the dirty ones.
    let all_seen = seen.counts.held() <= Some(pages(memory.rss));
    if !all_seen || memory.outside > 0 {
        return 0;
    }
    let dirty = memory.shared_dirty.saturating_add(memory.private_dirty);
    // Pages that were flushed in the meantime had been counted correctly.
    let still = residency::of_file(handle.file(), range, page).counts.dirty;
    counted.min(still.unwrap_or(0)).saturating_sub(pages(dirty))
}

/// Whether a request to start writing has no effect: a stacked file system has no pages of its own, and does not pass the
/// request on to the file system below.
fn cannot_start(handle: &Handle, range: SourceRange) -> bool {
    let file = handle.file();
    sys::stacking(file) == Some(true)
        && residency::of_file(file, range, sys::page_size()).method != Method::Cachestat
}

/// The part to flush. Through a read-only descriptor, waiting for completion is possible for the whole file only;
/// writing can be started for a range through any descriptor.
fn scope_of(handle: &Handle, mode: SyncMode) -> Scope {
    if sys::is_memory_backed(handle.file()) {
        Scope::MemoryOnly
    } else if handle.writable() || mode == SyncMode::Async {
        Scope::Range
    } else {
        Scope::WholeFile
    }
}

fn whole_file(handle: &Handle) -> Result<SourceRange> {
    let size = handle.facts()?.size;
    SourceRange::new(SourceOffset::START, size)
        .ok_or_else(|| Error::new(Kind::Failed, "flush", "the file exceeds the maximum size"))
}

fn flush_as(
    source: &Source,
    handle: &Handle,
    range: SourceRange,
    request: SyncRequest,
    scope: Scope,
) -> Result<Option<FlushLevel>> {
    if scope == Scope::MemoryOnly {
        return Ok(None);
    }
    if let Some(refused) = path_only("flush", handle.file()) {
        return Err(refused);
    }
    if range.is_empty() {
        // The new size of a file that was truncated may be in memory only.
        if request.mode == SyncMode::Sync && handle.facts()?.size.is_zero() {
            flush_file(handle)?;
        }
        return Ok(None);
    }
    // On Linux `msync(2)` does not start writing; `sync_file_range(2)` does, also through a read-only descriptor.
    if request.mode == SyncMode::Async {
        let covered = range.widen(sys::page_size()).unwrap_or(range);
        sys::start_writeback(handle.file(), covered).map_err(|e| flush_failure(&e))?;
    }
    // A mapping of a file that is not open for reading and writing flushes nothing.
    if scope == Scope::Range && handle.writable() || request.invalidate {
        piecewise(
            range,
            |piece| Region::window(source, piece, Access::READ),
            |region| region.flush(RegionOffset(0), region.length(), request),
        )?;
    }
    match request.mode {
        SyncMode::Async => Ok(None),
        SyncMode::Sync if scope == Scope::Range && sys::MSYNC_REACHES_STORAGE => {
            Ok(Some(FlushLevel::Storage))
        }
        SyncMode::Sync => flush_file(handle).map(Some),
    }
}

fn flush_file(handle: &Handle) -> Result<FlushLevel> {
    sys::flush_data(handle.file()).map_err(|e| flush_failure(&e))
}

fn cleaned(before: &Residency, after: &Residency) -> Option<ByteLength> {
    let pages = before.counts.dirty?.saturating_sub(after.counts.dirty?);
    Some(before.bytes(pages))
}

impl Region {
    /// Flushes a part of the mapping to its file (`msync(2)`); the part is widened to whole pages.
    ///
    /// # Errors
    /// `usage` for private memory, whose bytes never reach a file, and for a part that is not in the
    /// mapping; otherwise as [`sync`].
    pub fn flush(&self, offset: RegionOffset, length: usize, request: SyncRequest) -> Result<()> {
        let fail = |error: Error| error.on(self.name()).over(self.range());
        if !self.visibility().is_shared() {
            let reason = "changes to a private mapping never reach its file";
            return Err(fail(Error::usage(reason)));
        }
        let (start, length) = self.whole_pages(offset, length).map_err(fail)?;
        let base = self.base().wrapping_add(start);
        let wait = request.mode == SyncMode::Sync;
        sys::msync(base, length, wait, request.invalidate).map_err(|e| fail(flush_failure(&e)))
    }
}

pub(in crate::mapping) fn flush_failure(error: &io::Error) -> Error {
    let failure = Error::os("flush", error);
    let reason = failure.details().reason.clone();
    match failure.kind() {
        Kind::Busy => failure.because("some pages are locked and cannot be invalidated"),
        Kind::DiskFull | Kind::Failed => failure
            .because(format!(
                "{reason}; the unwritten data is in memory only"
            ))
            .hint(
                "repair the storage, write the data again, and flush again: the kernel reports this \
                 error once, and then counts the pages as clean",
            ),
        _ => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::sample::on_disk;
    use crate::mapping::region::MapRequest;
    use crate::mapping::types::{LockMode, Visibility};
    use crate::skip::skip;

    /// A file without dirty pages.
    fn flushed(pages: u64) -> (tempfile::NamedTempFile, Source, SourceRange) {
        let (file, _, range) = on_disk(pages);
        file.as_file().sync_all().unwrap();
        let source = open(&SourceSpec::File(file.path().to_owned())).unwrap();
        (file, source, range)
    }

    fn dirty(source: &Source, range: SourceRange) -> Option<u64> {
        let file = source.handle().unwrap().file();
        residency::of_file(file, range, sys::page_size())
            .counts
            .dirty
    }

    #[test]
    fn a_store_through_a_mapping_is_dirty_until_it_is_flushed() {
        let (_file, source, range) = flushed(4);
        let region = Region::map(&source, &MapRequest::plain(range, Access::WRITE)).unwrap();
        region.write(SourceOffset(0), b"changed").unwrap();
        if dirty(&source, range).is_none() {
            skip("a system that counts dirty pages");
            return;
        }
        assert!(dirty(&source, range) > Some(0));
        let synced = sync(&source, range, SyncRequest::default()).unwrap();
        assert!(synced.before.counts.dirty > Some(0));
        assert_eq!(synced.after.counts.dirty, Some(0));
        assert_eq!(synced.scope, Scope::Range);
        assert!(synced.cleaned > Some(ByteLength(0)));
        assert_eq!(dirty(&source, range), Some(0));
    }

    #[test]
    fn a_read_only_file_is_flushed_as_a_whole() {
        let (file, _, range) = flushed(4);
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        std::fs::write(file.path(), vec![8; range.length().0 as usize]).unwrap();
        let part = SourceRange::new(SourceOffset(0), ByteLength(1)).unwrap();
        let synced = sync(&source, part, SyncRequest::default()).unwrap();
        assert_eq!(synced.scope, Scope::WholeFile);
        assert_eq!(synced.length, range.length());
        assert_eq!(synced.after.counts.dirty.unwrap_or(0), 0);
    }

    #[test]
    fn private_and_anonymous_memory_have_nothing_to_flush_to() {
        let (_file, source, range) = flushed(1);
        let private = MapRequest::plain(range, Access::COPY);
        let region = Region::map(&source, &private).unwrap();
        let all = region.length();
        let error = region.flush(RegionOffset(0), all, SyncRequest::default());
        assert_eq!(error.unwrap_err().kind(), Kind::Usage);
        let anonymous = Source::open(&SourceSpec::Anonymous, &OpenRequest::READ).unwrap();
        let error = sync(&anonymous, range, SyncRequest::default()).unwrap_err();
        assert_eq!(error.kind(), Kind::Usage);
    }

    #[test]
    fn locked_pages_cannot_be_invalidated() {
        let (_file, source, range) = flushed(1);
        let request = MapRequest {
            visibility: Visibility::Shared,
            ..MapRequest::plain(range, Access::READ)
        };
        let mut region = Region::map(&source, &request).unwrap();
        if region.lock(LockMode::OnFault).is_err() {
            skip("permission to lock memory");
            return;
        }
        let invalidate = SyncRequest {
            invalidate: true,
            ..SyncRequest::default()
        };
        let all = region.length();
        let error = region.flush(RegionOffset(0), all, invalidate).unwrap_err();
        assert_eq!(error.kind(), Kind::Busy);
        region
            .flush(RegionOffset(0), all, SyncRequest::default())
            .unwrap();
    }
}
