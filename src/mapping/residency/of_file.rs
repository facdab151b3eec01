//! The pages of a file: what the page cache has of it, and which of that is up to date.
//!
//! `cachestat(2)` is asked first: it answers at once whatever the size of the file, and where it finds nothing there is
//! nothing. Where it finds pages, `mincore(2)` tells which are up to date; holes between them are never walked.

use super::{Counted, Method, Picture, count_spans, spans};
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, CountRefusal, Counts, PageSize, SourceOffset, SourceRange, UnknownReason,
};

/// Which calls may be used to measure a file; anything but [`Calls::All`] is for tests of the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calls {
    All,
    #[cfg(test)]
    WithoutCachestat,
}

/// What was counted of consecutive spans.
pub(super) struct Found {
    pub(super) method: Method,
    /// One for each span; absent where nothing is known.
    pub(super) counts: Option<Vec<Counts>>,
    pub(super) unknown_reason: Option<UnknownReason>,
    pub(super) dirty_unknown_reason: Option<UnknownReason>,
}

impl Found {
    /// All that can be known by a method, or the reason why nothing is known.
    pub(super) fn of(method: Method, counted: Counted) -> Self {
        let (method, counts, unknown_reason) = match counted {
            Ok(counts) => (method, Some(counts), None),
            Err(reason) => (Method::Unknown, None, Some(reason)),
        };
        Self {
            method,
            counts,
            unknown_reason,
            dirty_unknown_reason: None,
        }
    }
}

pub(super) fn picture(
    file: &OpenFile,
    range: SourceRange,
    page: PageSize,
    buckets: u64,
    calls: Calls,
) -> Picture {
    let spans = spans(range, page, buckets);
    let found = match by_cachestat(file, &spans, page, calls) {
        Ok(counts) if is_stacked(file, &spans, &counts, page) => {
            by_mincore(file, &spans, page, UnknownReason::Stacked)
        }
        Ok(counts) => settle(file, &spans, counts, page),
        // A filter of system calls may refuse one that it does not know; the permission is checked again.
        Err(refusal @ (CountRefusal::NoSuchCall | CountRefusal::NotPermitted)) => {
            by_mincore(file, &spans, page, refusal.into())
        }
        Err(refusal) => Found::of(Method::Unknown, Err(refusal.into())),
    };
    super::picture(&spans, page, found)
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
        // To the call a length of 0 means "up to the end".
        .map(|span| match span.is_empty() {
            true => Ok(Counts::zero()),
            false => sys::cache_stat(file, *span, page),
        })
        .collect()
}

/// Whether the file's pages are those of another file, which its file system reads through: `cachestat(2)` finds none
/// then, and `mincore(2)` looks at what a mapping really is of.
fn is_stacked(file: &OpenFile, spans: &[SourceRange], counts: &[Counts], page: PageSize) -> bool {
    /// The part that is tried on a file system which is not known to do so.
    const SAMPLE: u64 = 512;
    let Some(first) = spans.first().filter(|span| !span.is_empty()) else {
        return false;
    };
    if !counts.iter().all(Counts::finds_nothing) {
        return false;
    }
    if sys::is_stacked(file) {
        return true;
    }
    let length = first.length().0.min(SAMPLE.saturating_mul(page.bytes()));
    let Some(sample) = SourceRange::new(first.offset(), ByteLength(length)) else {
        return false;
    };
    let resident = || sys::Incore::new(file, sample.end().0, page).count(sample);
    let cached = || sys::cache_stat(file, sample, page).map(|counts| counts.cached);
    sys::may_ask_mincore(file)
        && resident().is_ok_and(|resident| resident > 0)
        // They may have come in just now.
        && cached() == Ok(Some(0))
}

/// What `mincore(2)` alone tells, and why it has to.
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

/// Adds to the counts of cached pages how many of them are up to date.
fn settle(file: &OpenFile, spans: &[SourceRange], cached: Vec<Counts>, page: PageSize) -> Found {
    let undecided = cached.iter().any(|counts| counts.resident.is_none());
    let settled = match undecided {
        true if !sys::may_ask_mincore(file) => Err(UnknownReason::NotPermitted),
        _ => {
            let end = spans.last().map_or(0, |span| span.end().0);
            let mut settler = Settler {
                file,
                page,
                incore: sys::Incore::new(file, end, page),
            };
            let each = spans.iter().zip(&cached);
            let settled = each.map(|(span, counts)| settler.settle(*span, *counts));
            settled
                .collect::<Result<Vec<_>, CountRefusal>>()
                .map_err(UnknownReason::from)
        }
    };
    let (counts, unknown_reason) = match settled {
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

/// Tells the pages that are up to date from those that are only cached.
struct Settler<'a> {
    file: &'a OpenFile,
    page: PageSize,
    incore: sys::Incore<'a>,
}

impl Settler<'_> {
    /// Completes the counts of a range, which begins and ends at a page.
    fn settle(&mut self, range: SourceRange, counts: Counts) -> Result<Counts, CountRefusal> {
        if counts.resident.is_some() {
            return Ok(counts);
        }
        let Some(halves) = self.halves(range, &counts) else {
            return self.look(range, counts);
        };
        let mut sum = Counts::zero();
        for half in halves {
            let counts = sys::cache_stat(self.file, half, self.page)?;
            sum = sum.plus(self.settle(half, counts)?);
        }
        Ok(sum)
    }

    /// The halves of a range that is mostly not cached: a look at every page would take longer than to find the cached
    /// ones first.
    fn halves(&self, range: SourceRange, counts: &Counts) -> Option<[SourceRange; 2]> {
        /// A look at so many pages takes no longer than a call does.
        const FEW: u64 = 64;
        const SPARSE: u64 = 8;
        let likely = counts.cached?.saturating_add(counts.evicted?);
        let dense = likely.saturating_mul(SPARSE) >= counts.pages;
        if dense || counts.pages <= FEW {
            return None;
        }
        let (start, end) = (range.offset().0, range.end().0);
        let half = range.length().0.div_euclid(2);
        let middle = self.page.align_down(start.saturating_add(half));
        let part = |from: u64, to: u64| {
            SourceRange::new(SourceOffset(from), ByteLength(to.checked_sub(from)?))
                .filter(|part| !part.is_empty())
        };
        Some([part(start, middle)?, part(middle, end)?])
    }

    /// Looks at every page of a range. When fewer are up to date than were cached, that is what is told only if as many
    /// are still cached afterwards: pages come and go meanwhile.
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
            // Those that came in between the last two looks are cached too.
            cached: counts.cached.max(Some(resident)),
            ..counts
        })
    }
}
