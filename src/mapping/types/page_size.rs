//! Sizes of pages, and alignment. No other module aligns offsets or addresses.

use super::offset::{ByteLength, PageCount};

/// A page size or allocation granularity in bytes, which is a power of two.
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
    pub(in crate::mapping) const fn of_system(bytes: usize) -> Self {
        // Every system reports a power of two. Any other value is rounded up to one.
        Self((bytes as u64).next_power_of_two())
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The size as a `usize`, at most `usize::MAX`.
    #[must_use]
    pub fn saturating_usize(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
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

    /// The number of pages that `length` bytes need; a partial page counts as one.
    #[must_use]
    pub const fn pages_for(self, length: ByteLength) -> PageCount {
        PageCount(length.0.div_ceil(self.0))
    }

    /// The nearest multiples at or below `value`, and at or above it; the latter is `None` when it exceeds 64 bits.
    #[must_use]
    pub const fn neighbours(self, value: u64) -> (u64, Option<u64>) {
        (self.align_down(value), self.align_up(value))
    }

    const fn mask(self) -> u64 {
        // A power of two is at least 1.
        self.0.wrapping_sub(1)
    }
}
