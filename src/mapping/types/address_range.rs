//! Ranges of addresses in a process.

use super::offset::{ByteLength, SourceOffset};
use super::page_size::PageSize;
use super::range::SourceRange;

/// A range of a process's addresses, from its first byte to just after its last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddressRange {
    start: u64,
    end: u64,
}

impl AddressRange {
    /// Every address but the very last.
    pub const ALL: Self = Self {
        start: 0,
        end: u64::MAX,
    };

    /// The addresses from `start` to just before `end`, or `None` when the end comes first.
    #[must_use]
    pub const fn between(start: u64, end: u64) -> Option<Self> {
        if start <= end {
            Some(Self { start, end })
        } else {
            None
        }
    }

    /// The addresses of `length` bytes at `start`, or `None` when they exceed 64 bits.
    #[must_use]
    pub const fn new(start: u64, length: ByteLength) -> Option<Self> {
        match start.checked_add(length.0) {
            Some(end) => Some(Self { start, end }),
            None => None,
        }
    }

    /// Its first address.
    #[must_use]
    pub const fn start(self) -> u64 {
        self.start
    }

    /// The address just after its last.
    #[must_use]
    pub const fn end(self) -> u64 {
        self.end
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn length(self) -> u64 {
        // The end is never before the start.
        self.end.saturating_sub(self.start)
    }

    /// Whether it has no addresses.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The addresses in both, which may be none.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self {
            start,
            end: self.end.min(other.end).max(start),
        }
    }

    /// The addresses, whole pages, at which memory that shows `range` of a source shows `part` of it.
    #[must_use]
    pub(in crate::mapping) fn of_part(
        self,
        range: SourceRange,
        part: SourceRange,
        page: PageSize,
    ) -> Self {
        let inner = |at: SourceOffset| at.0.saturating_sub(range.offset().0);
        let start = page.align_down(inner(part.offset()));
        let end = page.align_up(inner(part.end())).unwrap_or(u64::MAX);
        let at = |inner: u64| self.start.saturating_add(inner);
        Self::between(at(start), at(end))
            .unwrap_or_default()
            .intersection(self)
    }

    /// Whether some address is in both.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        !self.intersection(other).is_empty()
    }
}
