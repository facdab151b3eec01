//! What was counted of a range, and how: the data of a measurement, and pictures of it span by span.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::types::{CountRefusal, Counts, PageSize, SourceRange, UnknownReason};

/// The most buckets a picture has: each costs a system call.
pub const MAX_BUCKETS: u64 = 200;

/// The longest range that is asked of mincore, in bytes. It looks at every page, cached or not, at some
/// 60 ns each, so that a sparse file of 1 TiB would take a quarter of a minute.
pub(in crate::mapping) const MINCORE_BUDGET: u64 = 64 << 30;

/// How a measurement was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// `cachestat(2)` on the open file, and `mincore(2)` for which of the cached pages are up to date: all counts.
    Cachestat,
    /// `mincore(2)` on a mapping: resident pages only.
    Mincore,
    /// The process's own page tables (`PAGEMAP_SCAN`, `proc_pid_pagemap(5)`): presence only. A page that was
    /// only ever read, and so is the shared page of zeros, does not count: it takes no memory.
    PageTables,
    /// It was not made; the reason is beside.
    Unknown,
}

/// The residency of one range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Residency {
    /// The size of the pages counted, in bytes.
    pub page_size: u64,
    /// What was counted.
    #[serde(flatten)]
    pub counts: Counts,
    /// How it was counted.
    pub method: Method,
    /// Why the resident pages are unknown, when they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<UnknownReason>,
    /// Why it is unknown which pages of a file are dirty or under writeback, when only that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dirty_unknown_reason: Option<UnknownReason>,
}

/// One span of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Bucket {
    /// Where it begins, in bytes: from the start of a source, or of the memory it is a picture of.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
    /// What was counted in it.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The residency of one range, span by span.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Picture {
    /// The size of the pages counted, in bytes.
    pub page_size: u64,
    /// The spans, in order, without gaps, of as equal a number of pages as can be.
    pub buckets: Vec<Bucket>,
    /// How they were counted.
    pub method: Method,
    /// Why the resident pages are unknown, when they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown_reason: Option<UnknownReason>,
    /// Why it is unknown which pages of a file are dirty or under writeback, when only that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dirty_unknown_reason: Option<UnknownReason>,
}

impl Picture {
    /// The residency of the whole range: the sum of the spans, so that both tell of one moment.
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

/// Counts of consecutive spans, or why there are none.
pub(in crate::mapping) type Counted = Result<Vec<Counts>, UnknownReason>;

/// The residency of a range that could not be asked for.
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

/// Counts the resident pages of each span with `count`, which looks at every page.
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

/// What was counted of consecutive spans.
pub(in crate::mapping) struct Found {
    pub(in crate::mapping) method: Method,
    /// One for each span; absent where nothing is known.
    pub(in crate::mapping) counts: Option<Vec<Counts>>,
    pub(in crate::mapping) unknown_reason: Option<UnknownReason>,
    pub(in crate::mapping) dirty_unknown_reason: Option<UnknownReason>,
}

impl Found {
    /// All that can be known by a method, or the reason why nothing is known.
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
