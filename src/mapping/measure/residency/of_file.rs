//! The residency of files: by `cachestat(2)` if the kernel has it, otherwise by `mincore(2)` on a mapping.

use super::counted::{Found, Method, Picture, Residency, count_spans, picture, spans};
use super::of_memory::{MemoryKind, picture_of_memory};
use crate::mapping::sys;
use crate::mapping::sys::OpenFile;
use crate::mapping::types::{
    AddressRange, ByteLength, CountRefusal, Counts, PageSize, SourceOffset, SourceRange,
    UnknownReason,
};

/// The residency of a range of an open file, widened to whole pages of `page` bytes; the file may be a
/// regular file, a shared memory region or a block device.
///
/// Pages beyond the end of the file count as not resident. Clamp the range first to exclude them.
#[must_use]
pub fn of_file(file: &OpenFile, range: SourceRange, page: PageSize) -> Residency {
    picture_of_file(file, range, page, 1).total()
}

/// The pages of a range of an open file in the page cache. Unlike [`of_file`], this does not find out which of them are
/// up to date, which takes longer than to count them; the number of resident pages is mostly unknown.
#[must_use]
pub fn cached_of_file(file: &OpenFile, range: SourceRange, page: PageSize) -> Residency {
    let spans = [range.widen(page).unwrap_or(range)];
    let found = match by_cachestat(file, &spans, page, Calls::All) {
        Ok(counts) if !is_stacked(file, &spans, &counts, page) => Found {
            method: Method::Cachestat,
            counts: Some(counts),
            unknown_reason: None,
            dirty_unknown_reason: None,
        },
        counted => or_by_mincore(file, &spans, page, counted),
    };
    picture(&spans, page, found).total()
}

/// The residency of a range of an open file in at most `buckets` spans (and [`super::MAX_BUCKETS`]). With
/// `cachestat(2)` each span costs one system call, whatever its length.
#[must_use]
pub fn picture_of_file(
    file: &OpenFile,
    range: SourceRange,
    page: PageSize,
    buckets: u64,
) -> Picture {
    picture_by(file, range, page, buckets, Calls::All)
}

/// The residency of a range of a file that is mapped at `memory`. On systems that do not report the contents of the page
/// cache, it is the residency of the mapping.
#[must_use]
pub fn picture_of_mapped_file(
    file: &OpenFile,
    range: SourceRange,
    memory: AddressRange,
    page: PageSize,
    buckets: u64,
) -> Picture {
    let cached = picture_of_file(file, range, page, buckets);
    match cached.unknown_reason {
        Some(UnknownReason::Unsupported) => {
            picture_of_memory(memory, MemoryKind::Private, page, buckets)
        }
        _ => cached,
    }
}

/// The calls that may be used to measure a file. Only tests use values other than [`Calls::All`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mapping) enum Calls {
    All,
    #[cfg(test)]
    #[cfg(unix)]
    WithoutCachestat,
}

pub(in crate::mapping) fn picture_by(
    file: &OpenFile,
    range: SourceRange,
    page: PageSize,
    buckets: u64,
    calls: Calls,
) -> Picture {
    let spans = spans(range, page, buckets);
    let found = match by_cachestat(file, &spans, page, calls) {
        Ok(counts) if !is_stacked(file, &spans, &counts, page) => {
            add_resident(file, &spans, counts, page)
        }
        counted => or_by_mincore(file, &spans, page, counted),
    };
    picture(&spans, page, found)
}

/// The counts of `mincore(2)`, where those of `cachestat(2)` are missing or are not those of this file.
fn or_by_mincore(
    file: &OpenFile,
    spans: &[SourceRange],
    page: PageSize,
    counted: Result<Vec<Counts>, CountRefusal>,
) -> Found {
    match counted {
        Ok(_) => by_mincore(file, spans, page, UnknownReason::Stacked),
        // A seccomp filter may refuse an unknown call, so the permission is checked again.
        Err(refusal @ (CountRefusal::NoSuchCall | CountRefusal::NotPermitted)) => {
            by_mincore(file, spans, page, refusal.into())
        }
        Err(refusal) => Found::of(Method::Unknown, Err(refusal.into())),
    }
}

fn by_cachestat(
    file: &OpenFile,
    spans: &[SourceRange],
    page: PageSize,
    calls: Calls,
) -> Result<Vec<Counts>, CountRefusal> {
    if calls != Calls::All {
        return Err(CountRefusal::NoSuchCall);
    }
    spans
        .iter()
        // For `cachestat(2)` a length of 0 means "up to the end".
        .map(|span| match span.is_empty() {
            true => Ok(Counts::zero()),
            false => sys::cache_stat(file, *span, page),
        })
        .collect()
}

/// Whether the pages belong to a file on an underlying file system, as on overlayfs. `cachestat(2)` then finds none,
/// but `mincore(2)` inspects the file that is actually mapped.
fn is_stacked(file: &OpenFile, spans: &[SourceRange], counts: &[Counts], page: PageSize) -> bool {
    /// The number of pages to inspect on a file system that is not known.
    const SAMPLE: u64 = 512;
    let Some(first) = spans.first().filter(|span| !span.is_empty()) else {
        return false;
    };
    if !counts.iter().all(Counts::are_zero) {
        return false;
    }
    if let Some(known) = sys::stacking(file) {
        return known;
    }
    let length = first.length().0.min(SAMPLE.saturating_mul(page.bytes()));
    let Some(sample) = SourceRange::new(first.offset(), ByteLength(length)) else {
        return false;
    };
    let resident = || sys::Incore::new(file, sample.end().0, page).count(sample);
    let cached = || sys::cache_stat(file, sample, page).map(|counts| counts.cached);
    sys::may_ask_mincore(file)
        && resident().is_ok_and(|resident| resident > 0)
        // The pages may have been read since.
        && cached() == Ok(Some(0))
}

/// The counts of `mincore(2)`, and why `cachestat(2)` was not used.
fn by_mincore(file: &OpenFile, spans: &[SourceRange], page: PageSize, why: UnknownReason) -> Found {
    let end = spans.last().map_or(0, |span| span.end().0);
    let mut incore = sys::Incore::new(file, end, page);
    let counted = match sys::may_ask_mincore(file) {
        true => count_spans(spans, page, |span| incore.count(span)),
        false => Err(UnknownReason::NotPermitted),
    };
    Found {
        dirty_unknown_reason: counted.is_ok().then_some(why),
        ..Found::of(Method::Mincore, counted)
    }
}

/// Adds the number of resident pages to the counts of cached ones.
fn add_resident(
    file: &OpenFile,
    spans: &[SourceRange],
    mut cached: Vec<Counts>,
    page: PageSize,
) -> Found {
    let only_remembered = |counts: &Counts| counts.resident.is_none() && counts.cached == Some(0);
    if cached.iter().any(only_remembered) && !sys::takes_memory(file) {
        // What left the page cache is not in memory, unless it is swapped out.
        for counts in cached.iter_mut().filter(|counts| only_remembered(counts)) {
            counts.resident = Some(0);
        }
    }
    let undecided = cached.iter().any(|counts| counts.resident.is_none());
    let completed = match undecided {
        true if !sys::may_ask_mincore(file) => Err(UnknownReason::NotPermitted),
        _ => {
            let end = spans.last().map_or(0, |span| span.end().0);
            let mut counter = ResidentCounter {
                file,
                page,
                incore: sys::Incore::new(file, end, page),
            };
            let each = spans.iter().zip(&cached);
            let completed = each.map(|(span, counts)| counter.complete(*span, *counts));
            completed
                .collect::<Result<Vec<_>, CountRefusal>>()
                .map_err(UnknownReason::from)
        }
    };
    let (counts, unknown_reason) = match completed {
        Ok(counts) => (counts, None),
        Err(reason) => (cached, Some(reason)),
    };
    Found {
        method: Method::Cachestat,
        counts: Some(counts),
        unknown_reason,
        dirty_unknown_reason: None,
    }
}

/// Counts the cached pages that are up to date.
struct ResidentCounter<'a> {
    file: &'a OpenFile,
    page: PageSize,
    incore: sys::Incore<'a>,
}

impl ResidentCounter<'_> {
    /// Completes the counts of a range of whole pages.
    fn complete(&mut self, range: SourceRange, counts: Counts) -> Result<Counts, CountRefusal> {
        if counts.resident.is_some() {
            return Ok(counts);
        }
        let Some(halves) = self.halves(range, &counts) else {
            return self.look(range, counts);
        };
        let mut sum = Counts::zero();
        for half in halves {
            let counts = sys::cache_stat(self.file, half, self.page)?;
            sum = sum.plus(self.complete(half, counts)?);
        }
        Ok(sum)
    }

    /// The halves of a range that is mostly not cached, where it is faster to find the cached pages first than to
    /// inspect every page.
    fn halves(&self, range: SourceRange, counts: &Counts) -> Option<[SourceRange; 2]> {
        /// The number of pages whose inspection takes no longer than a call.
        const FEW: u64 = 64;
        const SPARSE: u64 = 8;
        let likely = counts.cached?.saturating_add(counts.evicted?);
        let dense = likely.saturating_mul(SPARSE) >= counts.pages;
        if dense || counts.pages <= FEW {
            return None;
        }
        let half = ByteLength(range.length().0.div_euclid(2));
        let middle = self.page.align_down(range.offset().plus(half).0);
        let part = |from, to| SourceRange::between(from, to).filter(|part| !part.is_empty());
        let middle = SourceOffset(middle);
        Some([part(range.offset(), middle)?, part(middle, range.end())?])
    }

    /// Inspects every page of a range. Pages may be read or evicted meanwhile: when fewer are up to date than were
    /// cached, the result is valid only if the number of cached pages is unchanged afterwards.
    fn look(&mut self, range: SourceRange, mut counts: Counts) -> Result<Counts, CountRefusal> {
        const TRIES: u32 = 3;
        let mut resident = self.incore.count(range)?;
        for _ in 0..TRIES {
            if counts.cached == Some(resident) {
                break;
            }
            let before = counts.cached;
            counts = sys::cache_stat(self.file, range, self.page)?;
            if counts.cached == before {
                break;
            }
            resident = self.incore.count(range)?;
        }
        Ok(Counts {
            resident: Some(resident),
            // Pages that were read between the last two measurements are cached too.
            cached: counts.cached.max(Some(resident)),
            ..counts
        })
    }
}
