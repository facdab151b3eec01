//! Ranges of bytes in a source: checking them, widening them to pages, and dividing them into pieces.

use schemars::JsonSchema;
use serde::Serialize;

use super::offset::{ByteLength, MAX_OFFSET, PageCount, RegionOffset, SourceOffset};
use super::page_size::PageSize;

/// A range of bytes in a source. Its end is a valid file offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SourceRange {
    /// The offset of the first byte, in bytes from the start of the source.
    offset: SourceOffset,
    /// The length in bytes.
    length: ByteLength,
}

impl SourceRange {
    /// A range, or `None` when its end exceeds [`MAX_OFFSET`].
    #[must_use]
    pub const fn new(offset: SourceOffset, length: ByteLength) -> Option<Self> {
        match offset.0.checked_add(length.0) {
            Some(end) if end <= MAX_OFFSET => Some(Self { offset, length }),
            _ => None,
        }
    }

    /// The bytes from `start` up to `end`, or `None` when `end` is lower or exceeds [`MAX_OFFSET`].
    #[must_use]
    pub const fn between(start: SourceOffset, end: SourceOffset) -> Option<Self> {
        match SourceOffset::checked_from_to(start, end) {
            Some(length) => Self::new(start, length),
            None => None,
        }
    }

    /// The offset of its first byte.
    #[must_use]
    pub const fn offset(self) -> SourceOffset {
        self.offset
    }

    /// Its length.
    #[must_use]
    pub const fn length(self) -> ByteLength {
        self.length
    }

    /// The offset just after its last byte.
    #[must_use]
    pub const fn end(self) -> SourceOffset {
        // Cannot overflow: `new` has added the same two numbers.
        self.offset.plus(self.length)
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.length.is_zero()
    }

    /// Whether the byte at `offset` is in it.
    #[must_use]
    pub const fn contains(self, offset: SourceOffset) -> bool {
        self.offset.0 <= offset.0 && offset.0 < self.end().0
    }

    /// The bytes in both ranges. If there are none, the result is empty and starts at the later of the two starts.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        let offset = self.offset.max(other.offset);
        let end = self.end().min(other.end());
        Self {
            offset,
            length: SourceOffset::from_to(offset, end),
        }
    }

    /// The part of it from `offset` on.
    #[must_use]
    pub fn starting_at(self, offset: SourceOffset) -> Self {
        let offset = offset.clamp(self.offset, self.end());
        Self {
            offset,
            length: SourceOffset::from_to(offset, self.end()),
        }
    }

    /// The position of the byte at `offset` in a region that maps this range, or `None` when the byte is before the
    /// range or its position exceeds the address space. A byte after the range has a position after the region's end.
    #[must_use]
    pub fn place_of(self, offset: SourceOffset) -> Option<RegionOffset> {
        let ahead = SourceOffset::checked_from_to(self.offset, offset)?;
        ahead.to_usize().map(RegionOffset)
    }

    /// The byte at `place` in a region that maps this range.
    #[must_use]
    pub const fn at(self, place: RegionOffset) -> SourceOffset {
        self.offset.plus(place.length_before())
    }

    /// The part of it before `size`.
    #[must_use]
    pub fn clamp_to(self, size: ByteLength) -> Self {
        let end = self.end().min(SourceOffset(size.0));
        Self {
            offset: self.offset,
            length: SourceOffset::from_to(self.offset, end),
        }
    }

    /// The same range widened to whole pages, or `None` when the widened end exceeds [`MAX_OFFSET`].
    #[must_use]
    pub fn widen(self, page: PageSize) -> Option<Self> {
        let start = page.align_down(self.offset.0);
        let end = page.align_up(self.end().0)?;
        Self::between(SourceOffset(start), SourceOffset(end))
    }

    /// The number of pages that hold bytes of it.
    #[must_use]
    pub fn page_count(self, page: PageSize) -> PageCount {
        if self.is_empty() {
            return PageCount(0);
        }
        let lead = self.offset.0.wrapping_sub(page.align_down(self.offset.0));
        page.pages_for(ByteLength(self.length.0.saturating_add(lead)))
    }

    /// Its pieces of at most `piece` bytes, in order. They end at multiples of `piece` in the source, so no page is in
    /// two of them.
    pub fn pieces(self, piece: PageSize) -> impl Iterator<Item = Self> {
        let end = self.end().0;
        let mut at = self.offset.0;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let next = piece
                .align_up(at.saturating_add(1))
                .unwrap_or(u64::MAX)
                .min(end);
            let part = Self {
                offset: SourceOffset(at),
                length: ByteLength(next.saturating_sub(at)),
            };
            at = next;
            Some(part)
        })
    }

    /// Divides it, for a picture, into at most `count` consecutive spans of whole pages with nearly equal numbers of
    /// pages.
    pub fn buckets(self, page: PageSize, count: u64) -> impl Iterator<Item = Self> {
        let total = self.page_count(page).0;
        let count = count.clamp(1, total.max(1));
        let base = page.align_down(self.offset.0);
        let edge = move |i: u64| {
            let pages = u128::from(total)
                .saturating_mul(u128::from(i))
                .div_euclid(u128::from(count));
            // `pages` is at most `total`, whose bytes were widened from a valid range.
            u64::try_from(pages)
                .unwrap_or(total)
                .saturating_mul(page.bytes())
                .saturating_add(base)
        };
        (0..count).map(move |i| {
            let (start, end) = (edge(i), edge(i.saturating_add(1)));
            Self {
                offset: SourceOffset(start),
                length: ByteLength(end.saturating_sub(start)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::range_request::{OffsetRequest, RangeError, RangeRequest};
    use crate::mapping::types::text::count_text;
    use proptest::prelude::*;

    fn page(bytes: u64) -> PageSize {
        PageSize::new(bytes).unwrap()
    }

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    #[test]
    fn a_count_of_one_is_singular() {
        assert_eq!(count_text(1, "page"), "1 page");
        assert_eq!(count_text(0, "page"), "0 pages");
        assert_eq!(count_text(2, "process"), "2 processes");
        assert_eq!(count_text(1, "process"), "1 process");
    }

    #[test]
    fn a_page_size_is_a_power_of_two() {
        assert!(PageSize::new(0).is_none());
        assert!(PageSize::new(3).is_none());
        assert_eq!(PageSize::new(1).unwrap().align_up(u64::MAX), Some(u64::MAX));
    }

    #[test]
    fn a_negative_offset_counts_from_the_end() {
        let request = RangeRequest {
            offset: OffsetRequest::FromEnd(ByteLength(10)),
            length: None,
        };
        assert_eq!(request.resolve(ByteLength(100)), Ok(range(90, 10)));
        assert!(matches!(
            request.resolve(ByteLength(9)),
            Err(RangeError::BeforeStart { .. })
        ));
    }

    #[test]
    fn a_range_without_a_length_ends_at_the_end_of_the_source() {
        let request = RangeRequest {
            offset: OffsetRequest::FromStart(SourceOffset(8)),
            length: None,
        };
        assert_eq!(request.resolve(ByteLength(8)), Ok(range(8, 0)));
        assert!(matches!(
            request.resolve(ByteLength(7)),
            Err(RangeError::BeyondEnd { .. })
        ));
    }

    #[test]
    fn a_range_beyond_the_largest_offset_is_refused() {
        assert!(SourceRange::new(SourceOffset(MAX_OFFSET), ByteLength(1)).is_none());
        assert!(SourceRange::new(SourceOffset(u64::MAX), ByteLength(u64::MAX)).is_none());
        assert!(range(MAX_OFFSET - 1, 1).widen(page(4096)).is_none());
    }

    #[test]
    fn a_range_has_its_start_end_and_contents() {
        let between = |start, end| SourceRange::between(SourceOffset(start), SourceOffset(end));
        assert_eq!(between(3, 10), Some(range(3, 7)));
        assert_eq!(between(3, 3), Some(range(3, 0)));
        assert_eq!(between(4, 3), None);
        assert_eq!(between(0, MAX_OFFSET + 1), None);
        let bytes = range(3, 7);
        assert!(bytes.contains(SourceOffset(3)) && bytes.contains(SourceOffset(9)));
        assert!(!bytes.contains(SourceOffset(2)) && !bytes.contains(SourceOffset(10)));
        assert!(!range(3, 0).contains(SourceOffset(3)));
    }

    #[test]
    fn parts_of_a_range_stay_within_it() {
        let bytes = range(3, 7);
        assert_eq!(bytes.intersection(range(5, 100)), range(5, 5));
        assert_eq!(bytes.intersection(range(0, 4)), range(3, 1));
        assert_eq!(bytes.intersection(range(50, 4)), range(50, 0));
        assert_eq!(bytes.starting_at(SourceOffset(5)), range(5, 5));
        assert_eq!(bytes.starting_at(SourceOffset(0)), bytes);
        assert_eq!(bytes.starting_at(SourceOffset(50)), range(10, 0));
    }

    #[test]
    fn offsets_in_source_and_region_convert_both_ways() {
        let bytes = range(100, 7);
        assert_eq!(bytes.place_of(SourceOffset(103)), Some(RegionOffset(3)));
        assert_eq!(bytes.place_of(SourceOffset(107)), Some(RegionOffset(7)));
        assert_eq!(bytes.place_of(SourceOffset(99)), None);
        assert_eq!(bytes.at(RegionOffset(3)), SourceOffset(103));
    }

    #[test]
    fn clamping_never_moves_the_end_before_the_offset() {
        assert_eq!(range(10, 10).clamp_to(ByteLength(15)), range(10, 5));
        assert_eq!(range(10, 10).clamp_to(ByteLength(5)), range(10, 0));
    }

    proptest! {
        #[test]
        fn aligning_brackets_the_value(value in 0..=u64::MAX, shift in 0_u32..40) {
            let page = page(1 << shift);
            let (low, high) = page.neighbours(value);
            prop_assert!(page.is_aligned(low) && low <= value && value - low < page.bytes());
            if let Some(high) = high {
                prop_assert!(page.is_aligned(high) && high >= value && high - value < page.bytes());
            }
        }

        #[test]
        fn pieces_cover_the_range_once_in_order(offset in 0_u64..1 << 40, length in 0_u64..1 << 20, shift in 10_u32..24) {
            let whole = range(offset, length);
            let mut at = offset;
            for piece in whole.pieces(page(1 << shift)) {
                prop_assert_eq!(piece.offset().0, at);
                prop_assert!(!piece.is_empty() && piece.length().0 <= 1 << shift);
                at = piece.end().0;
            }
            prop_assert_eq!(at, offset + length);
        }

        #[test]
        fn buckets_cover_the_widened_range_once(offset in 0_u64..1 << 40, length in 1_u64..1 << 40, count in 0_u64..200) {
            let whole = range(offset, length).widen(page(4096)).unwrap();
            let buckets: Vec<_> = range(offset, length).buckets(page(4096), count).collect();
            prop_assert!(buckets.len() as u64 <= count.max(1));
            let mut at = whole.offset().0;
            for bucket in &buckets {
                prop_assert_eq!(bucket.offset().0, at);
                prop_assert!(!bucket.is_empty());
                at = bucket.end().0;
            }
            prop_assert_eq!(at, whole.end().0);
        }

        #[test]
        fn widening_contains_the_range_and_counts_its_pages(offset in 0_u64..1 << 50, length in 0_u64..1 << 50) {
            let inner = range(offset, length);
            let outer = inner.widen(page(4096)).unwrap();
            prop_assert!(outer.offset() <= inner.offset() && outer.end() >= inner.end());
            if length > 0 {
                prop_assert_eq!(outer.length().0, inner.page_count(page(4096)).0 * 4096);
            }
        }
    }
}
