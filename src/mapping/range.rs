//! All byte and page arithmetic, checked; the only place that aligns.
//!
//! An offset in the source is not an offset in the region, and a count of pages is not a count of bytes:
//! each coordinate has its own type, so that one cannot be handed where the other is meant.

use std::fmt;

use serde::Serialize;

/// The largest offset a file can have: `off_t` is a signed 64-bit number on every platform here.
pub const MAX_OFFSET: u64 = i64::MAX as u64;

/// A position in the source, in bytes from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SourceOffset(pub u64);

/// A position in a mapped region, in bytes from the region's first byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RegionOffset(pub usize);

/// A number of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct ByteLength(pub u64);

/// A number of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PageCount(pub u64);

impl ByteLength {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// Whether there are no bytes.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The same length as a count of addressable bytes, or `None` where this machine's address space is
    /// too small for it.
    #[must_use]
    pub fn to_usize(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }

    /// The length of a slice or buffer in memory.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        // A `usize` has at most 64 bits on every platform Rust supports.
        Self(bytes as u64)
    }
}

/// A length for messages: the exact number, and the same in binary units when it is larger than one.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub ByteLength);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.0;
        match bytes {
            0..1024 => f.write_str(&count(bytes, "byte")),
            _ => write!(f, "{} ({bytes} bytes)", rounded(self.0)),
        }
    }
}

/// A number of things for messages: "1 page", "2 pages". The noun's plural ends in "s", or in "es" after "s".
#[must_use]
pub fn count(number: u64, noun: &str) -> String {
    let plural = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{number} {noun}{plural}")
}

/// "1 page", "2 pages".
#[must_use]
pub fn pages(number: u64) -> String {
    count(number, "page")
}

/// A size in binary units, rounded to two decimals: "4 KiB", "1.50 KiB".
#[must_use]
pub fn rounded(size: ByteLength) -> String {
    let text = humansize::format_size(size.0, humansize::BINARY);
    match (
        text.strip_prefix("1024.00 "),
        size.0.checked_next_power_of_two(),
    ) {
        // Rounding has filled the unit: it is one of the next.
        (Some(_), Some(whole)) => {
            humansize::format_size(whole, humansize::BINARY).replacen("1 ", "1.00 ", 1)
        }
        _ => text,
    }
}

/// A page size (or allocation granularity): a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageSize(u64);

impl PageSize {
    /// A page size, or `None` when it is not a power of two.
    #[must_use]
    pub const fn new(bytes: u64) -> Option<Self> {
        if bytes.is_power_of_two() {
            Some(Self(bytes))
        } else {
            None
        }
    }

    /// The page size that a system reports.
    #[must_use]
    pub(super) const fn of_system(bytes: usize) -> Self {
        // Every system reports a power of two; rounding up is what an odd one would need anyway.
        Self((bytes as u64).next_power_of_two())
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The nearest multiple at or below `value`.
    #[must_use]
    pub const fn align_down(self, value: u64) -> u64 {
        value & !self.mask()
    }

    /// The nearest multiple at or above `value`, or `None` when it exceeds 64 bits.
    #[must_use]
    pub const fn align_up(self, value: u64) -> Option<u64> {
        match value.checked_add(self.mask()) {
            Some(sum) => Some(sum & !self.mask()),
            None => None,
        }
    }

    /// Whether `value` is a multiple.
    #[must_use]
    pub const fn is_aligned(self, value: u64) -> bool {
        value & self.mask() == 0
    }

    /// How many pages `length` bytes need, a started page counting as one.
    #[must_use]
    pub const fn pages_for(self, length: ByteLength) -> PageCount {
        PageCount(length.0.div_ceil(self.0))
    }

    /// How many bytes that many pages have, or `None` when it exceeds 64 bits.
    #[must_use]
    pub fn bytes_of(self, pages: PageCount) -> Option<ByteLength> {
        pages.0.checked_mul(self.0).map(ByteLength)
    }

    /// The nearest aligned values around `value`: at or below, and at or above where there is one.
    #[must_use]
    pub const fn neighbours(self, value: u64) -> (u64, Option<u64>) {
        (self.align_down(value), self.align_up(value))
    }

    const fn mask(self) -> u64 {
        // A power of two is at least 1.
        self.0.wrapping_sub(1)
    }
}

/// Where a range begins, as the user asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetRequest {
    /// That many bytes after the start.
    FromStart(SourceOffset),
    /// That many bytes before the end.
    FromEnd(ByteLength),
}

impl Default for OffsetRequest {
    fn default() -> Self {
        Self::FromStart(SourceOffset(0))
    }
}

/// A range as the user asked for it, before the size of the source is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RangeRequest {
    /// Where it begins.
    pub offset: OffsetRequest,
    /// How long it is; to the end of the source when absent.
    pub length: Option<ByteLength>,
}

impl RangeRequest {
    /// Where the range begins in a source of `size` bytes.
    ///
    /// # Errors
    /// [`RangeError::BeforeStart`] when an offset from the end reaches back beyond the start, and
    /// [`RangeError::TooLarge`] when the offset exceeds what a file can have.
    pub fn start(&self, size: ByteLength) -> Result<SourceOffset, RangeError> {
        match self.offset {
            OffsetRequest::FromStart(offset) if offset.0 > MAX_OFFSET => Err(RangeError::TooLarge),
            OffsetRequest::FromStart(offset) => Ok(offset),
            OffsetRequest::FromEnd(back) => size
                .0
                .checked_sub(back.0)
                .map(SourceOffset)
                .ok_or(RangeError::BeforeStart { back, size }),
        }
    }

    /// The range in a source of `size` bytes: with the length asked for, which may reach beyond the end,
    /// or else up to the end.
    ///
    /// # Errors
    /// Those of [`RangeRequest::start`]; [`RangeError::TooLarge`] when the end exceeds what a file can
    /// have; [`RangeError::BeyondEnd`] when no length was asked for and the offset lies after the end.
    pub fn resolve(&self, size: ByteLength) -> Result<SourceRange, RangeError> {
        let offset = self.start(size)?;
        let length = match self.length {
            Some(length) => length,
            None => size
                .0
                .checked_sub(offset.0)
                .map(ByteLength)
                .ok_or(RangeError::BeyondEnd { offset, size })?,
        };
        SourceRange::new(offset, length).ok_or(RangeError::TooLarge)
    }
}

/// Names the range that no file can have, as far as it was asked for.
impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RangeRequest { offset, length } = self.0;
        match (offset, length) {
            (OffsetRequest::FromStart(SourceOffset(0)), Some(length)) => {
                write!(f, "length {}", length.0)?;
            }
            (OffsetRequest::FromStart(offset), None) => write!(f, "offset {}", offset.0)?,
            (OffsetRequest::FromStart(offset), Some(length)) => {
                write!(f, "offset {} + length {}", offset.0, length.0)?;
            }
            (OffsetRequest::FromEnd(back), _) => {
                let length = length.unwrap_or_default();
                write!(f, "offset -{} + length {}", back.0, length.0)?;
            }
        }
        write!(f, " exceeds {MAX_OFFSET}, the largest offset")
    }
}

/// A request that [`RangeError::TooLarge`] answers.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge(pub RangeRequest);

/// Why a requested range cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// An offset from the end that reaches back beyond the start.
    BeforeStart {
        /// How far back was asked for.
        back: ByteLength,
        /// How large the source is.
        size: ByteLength,
    },
    /// An offset after the end, with no length to say how far.
    BeyondEnd {
        /// The offset asked for.
        offset: SourceOffset,
        /// How large the source is.
        size: ByteLength,
    },
    /// An offset, or an end, that no file can have.
    TooLarge,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeStart { back, size } => {
                write!(
                    f,
                    "offset -{} lies before the start: the size is {}, so the nearest is -{}",
                    back.0,
                    count(size.0, "byte"),
                    size.0
                )
            }
            Self::BeyondEnd { offset, size } => {
                write!(
                    f,
                    "offset {} lies beyond the end: the size is {}",
                    offset.0,
                    count(size.0, "byte")
                )
            }
            Self::TooLarge => write!(
                f,
                "offset + length exceeds {MAX_OFFSET}, the largest offset"
            ),
        }
    }
}

impl std::error::Error for RangeError {}

/// A range of bytes in a source, whose end is known to be a valid file offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SourceRange {
    offset: SourceOffset,
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

    /// Its first byte.
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
        SourceOffset(self.offset.0.saturating_add(self.length.0))
    }

    /// Whether it has no bytes.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.length.is_zero()
    }

    /// The part of it that lies before `size`.
    #[must_use]
    pub fn clamp_to(self, size: ByteLength) -> Self {
        let end = self.end().0.min(size.0);
        Self {
            offset: self.offset,
            length: ByteLength(end.saturating_sub(self.offset.0)),
        }
    }

    /// The same range widened to whole pages, or `None` when the widened end exceeds [`MAX_OFFSET`].
    #[must_use]
    pub fn widen(self, page: PageSize) -> Option<Self> {
        let start = page.align_down(self.offset.0);
        let end = page.align_up(self.end().0)?;
        Self::new(SourceOffset(start), ByteLength(end.checked_sub(start)?))
    }

    /// How many pages it touches.
    #[must_use]
    pub fn pages(self, page: PageSize) -> PageCount {
        if self.is_empty() {
            return PageCount(0);
        }
        let lead = self.offset.0.wrapping_sub(page.align_down(self.offset.0));
        page.pages_for(ByteLength(self.length.0.saturating_add(lead)))
    }

    /// The pieces of at most `piece` bytes it falls into, in order, cut at multiples of `piece` in the
    /// source so that a page is never in two of them.
    pub fn pieces(self, piece: PageSize) -> impl Iterator<Item = Self> {
        let end = self.end().0;
        let mut at = self.offset.0;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let cut = piece
                .align_up(at.saturating_add(1))
                .unwrap_or(u64::MAX)
                .min(end);
            let part = Self {
                offset: SourceOffset(at),
                length: ByteLength(cut.saturating_sub(at)),
            };
            at = cut;
            Some(part)
        })
    }

    /// It cut into at most `count` spans of whole pages as equal as can be, in order; for a picture.
    pub fn buckets(self, page: PageSize, count: u64) -> impl Iterator<Item = Self> {
        let total = self.pages(page).0;
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
    use proptest::prelude::*;

    fn page(bytes: u64) -> PageSize {
        PageSize::new(bytes).unwrap()
    }

    fn range(offset: u64, length: u64) -> SourceRange {
        SourceRange::new(SourceOffset(offset), ByteLength(length)).unwrap()
    }

    #[test]
    fn one_thing_has_no_plural() {
        assert_eq!(count(1, "page"), "1 page");
        assert_eq!(count(0, "page"), "0 pages");
        assert_eq!(count(2, "process"), "2 processes");
        assert_eq!(count(1, "process"), "1 process");
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
    fn an_absent_length_reaches_to_the_end_and_not_beyond() {
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
    fn clamping_never_goes_before_the_offset() {
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
                prop_assert_eq!(outer.length().0, inner.pages(page(4096)).0 * 4096);
            }
        }
    }
}
