//! The residency of memory that this process has mapped: by its page tables or `mincore(2)`.

use super::counted::{Counted, Found, Method, Picture, Residency, count_spans, picture, spans};
use crate::mapping::sys;
use crate::mapping::types::{
    AddressRange, ByteLength, Counts, PageSize, SourceOffset, SourceRange, UnknownReason,
};

/// Where the pages of anonymous memory are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemoryKind {
    /// In the page tables: private anonymous memory, and private copies of the pages of a file.
    Private,
    /// In the page cache, even when no page table refers to them: shared anonymous memory.
    Shared,
}

/// The residency of memory mapped by this process, widened to whole pages. For memory mapped from a file, use
/// [`super::of_file()`]: its pages may be resident without being in the page tables of this process.
#[must_use]
pub fn of_memory(memory: AddressRange, kind: MemoryKind, page: PageSize) -> Residency {
    picture_of_memory(memory, kind, page, 1).total()
}

/// The residency of memory mapped by this process in at most `buckets` spans (and [`super::MAX_BUCKETS`]).
#[must_use]
pub fn picture_of_memory(
    memory: AddressRange,
    kind: MemoryKind,
    page: PageSize,
    buckets: u64,
) -> Picture {
    let base = page.align_down(memory.start());
    let whole = AddressRange::between(base, memory.end()).unwrap_or_default();
    let spans = match SourceRange::new(SourceOffset::START, ByteLength(whole.length())) {
        Some(whole) => spans(whole, page, buckets),
        None => Vec::new(),
    };
    let tables = match kind {
        MemoryKind::Private => by_page_tables(base, &spans, page),
        MemoryKind::Shared => Err(UnknownReason::Unsupported),
    };
    let (method, counted) = match tables {
        Ok(counts) => (Method::PageTables, Ok(counts)),
        Err(_) => (Method::Mincore, by_mincore_of_memory(base, &spans, page)),
    };
    picture(&spans, page, Found::of(method, counted))
}

fn by_mincore_of_memory(base: u64, spans: &[SourceRange], page: PageSize) -> Counted {
    count_spans(spans, page, |span| {
        sys::incore_of_memory(piece_of_memory(base, span), page)
    })
}

fn by_page_tables(base: u64, spans: &[SourceRange], page: PageSize) -> Counted {
    let mut resident = vec![0_u64; spans.len()];
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else {
        return Ok(Vec::new());
    };
    let whole = AddressRange::between(
        base.saturating_add(first.offset().0),
        base.saturating_add(last.end().0),
    )
    .ok_or(UnknownReason::Unsupported)?;
    sys::present_pages(whole, |run| {
        // Runs come in order of address, and one may extend over several spans.
        for (span, resident) in spans.iter().zip(&mut resident) {
            let common = run.intersection(piece_of_memory(base, *span));
            let pages = page.pages_for(ByteLength(common.length()));
            *resident = resident.saturating_add(pages.0);
        }
    })?;
    Ok(spans
        .iter()
        .zip(resident)
        .map(|(span, resident)| Counts::present(span.page_count(page).0, resident))
        .collect())
}

/// The addresses of a span of memory that starts at `base`.
fn piece_of_memory(base: u64, span: SourceRange) -> AddressRange {
    let start = base.saturating_add(span.offset().0);
    AddressRange::between(start, base.saturating_add(span.end().0)).unwrap_or_default()
}
