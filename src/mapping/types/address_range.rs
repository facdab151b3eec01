//! Ranges of addresses in a process.

use super::offset::{ByteLength, SourceOffset};
use super::page_size::PageSize;
use super::range::SourceRange;

/// A range of addresses of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct AddressRange {
    start: u64,
    end: u64,
}

impl AddressRange {
    /// Every address except the last one of 64 bits.
    pub const ALL: Self = Self {
        start: 0,
        end: u64::MAX,
    };

    /// The addresses from `start` up to `end` (exclusive), or `None` when `end` is below `start`.
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

    /// The address just after the last one.
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

    /// Whether the address is in it.
    #[must_use]
    pub const fn contains(self, address: u64) -> bool {
        self.start <= address && address < self.end
    }

    /// The address `length` bytes after the first, at most 2^64 - 1.
    #[must_use]
    pub const fn at(self, length: ByteLength) -> u64 {
        self.start.saturating_add(length.0)
    }

    /// The number of bytes from the first address to `address`; zero when `address` is lower.
    #[must_use]
    pub const fn length_before(self, address: u64) -> ByteLength {
        ByteLength(address.saturating_sub(self.start))
    }

    /// The addresses in both ranges; may be empty.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        let start = self.start.max(other.start);
        Self {
            start,
            end: self.end.min(other.end).max(start),
        }
    }

    /// The addresses of `part`, in whole pages, in memory that maps the range `range` of a source.
    #[must_use]
    pub(in crate::mapping) fn of_part(
        self,
        range: SourceRange,
        part: SourceRange,
        page: PageSize,
    ) -> Self {
        let inner = |at: SourceOffset| SourceOffset::from_to(range.offset(), at).0;
        let start = page.align_down(inner(part.offset()));
        let end = page.align_up(inner(part.end())).unwrap_or(u64::MAX);
        Self::between(self.at(ByteLength(start)), self.at(ByteLength(end)))
            .unwrap_or_default()
            .intersection(self)
    }

    /// Whether the ranges have an address in common.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        !self.intersection(other).is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_lengths_from_the_start_convert_both_ways() {
        let range = AddressRange::between(0x1000, 0x3000).unwrap();
        assert!(range.contains(0x1000) && range.contains(0x2fff));
        assert!(!range.contains(0xfff) && !range.contains(0x3000));
        assert_eq!(range.at(ByteLength(0x10)), 0x1010);
        assert_eq!(range.at(ByteLength(u64::MAX)), u64::MAX);
        assert_eq!(range.length_before(0x1010), ByteLength(0x10));
        assert_eq!(range.length_before(0), ByteLength::ZERO);
    }
}
