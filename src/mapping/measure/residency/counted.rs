//! The result of a residency measurement, in total and per span.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::types::{
    ByteLength, CountRefusal, Counts, PageSize, SourceRange, UnknownReason,
};

/// The largest number of spans in a picture. Each costs a system call.
pub const MAX_BUCKETS: u64 = 200;

/// The longest range in bytes that is measured with `mincore(2)`. The call inspects every page, cached or not, and
/// takes about 60 ns per page: 16 s for a sparse file of 1 TiB.
pub(in crate::mapping) const MINCORE_BUDGET: u64 = 64 << 30;

/// How pages were counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// With `cachestat(2)`, and `mincore(2)` to find the cached pages that are up to date: all counts are known.
    Cachestat,
    /// With `mincore(2)`: only the resident pages are known.
    Mincore,
    /// From the page tables of the process (`proc_pid_pagemap(5)`): only the resident pages are known. Anonymous memory
    /// that was only read maps the shared zero page, uses no memory and does not count.
    PageTables,
    /// The pages could not be counted.
    Unknown,
}

/// The residency of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Residency {
    /// The size of the counted pages in bytes.
    pub page_size: u64,
    /// The counts.
    #[serde(flatten)]
    pub counts: Counts,
    /// How the pages were counted.
    pub method: Method,
    /// Why `resident` is unknown; absent when it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<UnknownReason>,
    /// Why `cached`, `dirty` and `writeback` are unknown although `resident` is known; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dirty_unknown_reason: Option<UnknownReason>,
}

impl Residency {
    /// The length of this number of its pages.
    #[must_use]
    pub fn bytes(&self, pages: u64) -> ByteLength {
        ByteLength(pages.saturating_mul(self.page_size))
    }
}

/// One span of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bucket {
    /// The offset of the first byte, in bytes from the start of the source or of the memory.
    pub offset: u64,
    /// The length in bytes.
    pub length: u64,
    /// The counts of the span.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The residency of a range, per span. The residency of the whole range has the other fields in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Picture {
    /// The size of the counted pages in bytes.
    #[serde(skip)]
    pub page_size: u64,
    /// Consecutive spans without gaps, with nearly equal numbers of pages: 64, or one per page of a shorter range.
    pub buckets: Vec<Bucket>,
    /// How the pages were counted.
    #[serde(skip)]
    pub method: Method,
    /// Why `resident` is unknown; absent when it is known.
    #[serde(skip)]
    pub unknown_reason: Option<UnknownReason>,
    /// Why `cached`, `dirty` and `writeback` are unknown although `resident` is known; absent otherwise.
    #[serde(skip)]
    pub dirty_unknown_reason: Option<UnknownReason>,
}

impl Picture {
    /// The residency of the whole range: the sum of the spans, from the same measurement.
    #[must_use]
    pub fn total(&self) -> Residency {
        Residency {
            page_size: self.page_size,
            counts: self
                .buckets
                .iter()
                .fold(Counts::zero(), |sum, bucket| sum.plus(bucket.counts)),
            method: self.method,
            unknown_reason: self.unknown_reason,
            dirty_unknown_reason: self.dirty_unknown_reason,
        }
    }
}

/// The counts of consecutive spans, or why they are unknown.
pub(in crate::mapping) type Counted = Result<Vec<Counts>, UnknownReason>;

/// The residency of a range that could not be measured.
pub(in crate::mapping) fn unknown(
    range: SourceRange,
    page: PageSize,
    reason: UnknownReason,
) -> Residency {
    Residency {
        page_size: page.bytes(),
        counts: Counts::unknown(range.page_count(page).0),
        method: Method::Unknown,
        unknown_reason: Some(reason),
        dirty_unknown_reason: None,
    }
}

pub(in crate::mapping) fn spans(
    range: SourceRange,
    page: PageSize,
    buckets: u64,
) -> Vec<SourceRange> {
    range.buckets(page, buckets.min(MAX_BUCKETS)).collect()
}

pub(in crate::mapping) fn picture(spans: &[SourceRange], page: PageSize, found: Found) -> Picture {
    let counts = found.counts.unwrap_or_else(|| {
        let unknown = |span: &SourceRange| Counts::unknown(span.page_count(page).0);
        spans.iter().map(unknown).collect()
    });
    Picture {
        page_size: page.bytes(),
        buckets: spans
            .iter()
            .zip(counts)
            .map(|(span, counts)| Bucket {
                offset: span.offset().0,
                length: span.length().0,
                counts,
            })
            .collect(),
        method: found.method,
        unknown_reason: found.unknown_reason,
        dirty_unknown_reason: found.dirty_unknown_reason,
    }
}

/// Counts the resident pages of each span with `count`, which inspects every page.
pub(in crate::mapping) fn count_spans(
    spans: &[SourceRange],
    page: PageSize,
    mut count: impl FnMut(SourceRange) -> Result<u64, CountRefusal>,
) -> Counted {
    let total = spans
        .iter()
        .fold(0, |sum: u64, span| sum.saturating_add(span.length().0));
    if total > MINCORE_BUDGET {
        return Err(UnknownReason::TooLong);
    }
    spans
        .iter()
        .map(|span| Ok(Counts::present(span.page_count(page).0, count(*span)?)))
        .collect()
}

/// The result of a measurement of consecutive spans.
pub(in crate::mapping) struct Found {
    pub(in crate::mapping) method: Method,
    /// The counts of each span; `None` when nothing is known.
    pub(in crate::mapping) counts: Option<Vec<Counts>>,
    pub(in crate::mapping) unknown_reason: Option<UnknownReason>,
    pub(in crate::mapping) dirty_unknown_reason: Option<UnknownReason>,
}

impl Found {
    /// The result of a method that returns either all counts or the reason why it has none.
    pub(in crate::mapping) fn of(method: Method, counted: Counted) -> Self {
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
