//! Offsets in a source, offsets in a mapped region, lengths in bytes and numbers of pages.
//!
//! Each has its own type, and none can be passed in place of another. Addition and subtraction saturate at the limits
//! of the type and never wrap; the `checked_` methods return `None` there.

use schemars::JsonSchema;
use serde::Serialize;

/// The largest offset a file can have: `off_t` is a signed 64-bit number on every supported platform.
pub const MAX_OFFSET: u64 = i64::MAX as u64;

/// A position in the source, in bytes from its start.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(transparent)]
pub struct SourceOffset(pub u64);

/// A position in a mapped region, in bytes from the region's first byte.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(transparent)]
pub struct RegionOffset(pub usize);

/// A number of bytes.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(transparent)]
pub struct ByteLength(pub u64);

impl SourceOffset {
    /// The first byte of a source.
    pub const START: Self = Self(0);

    /// The offset `length` bytes later, at most 2^64 - 1.
    #[must_use]
    pub const fn plus(self, length: ByteLength) -> Self {
        Self(self.0.saturating_add(length.0))
    }

    /// The offset `length` bytes later, or `None` when it exceeds 64 bits.
    #[must_use]
    pub const fn checked_plus(self, length: ByteLength) -> Option<Self> {
        match self.0.checked_add(length.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The offset `length` bytes earlier, at least 0.
    #[must_use]
    pub const fn minus(self, length: ByteLength) -> Self {
        Self(self.0.saturating_sub(length.0))
    }

    /// The number of bytes from `from` up to `to`; zero when `to` is lower.
    #[must_use]
    pub const fn from_to(from: Self, to: Self) -> ByteLength {
        ByteLength(to.0.saturating_sub(from.0))
    }

    /// The number of bytes from `from` up to `to`, or `None` when `to` is lower.
    #[must_use]
    pub const fn checked_from_to(from: Self, to: Self) -> Option<ByteLength> {
        match to.0.checked_sub(from.0) {
            Some(length) => Some(ByteLength(length)),
            None => None,
        }
    }
}

impl RegionOffset {
    /// The first byte of a region.
    pub const START: Self = Self(0);

    /// The offset `length` bytes later, at most `usize::MAX`.
    #[must_use]
    pub const fn plus(self, length: usize) -> Self {
        Self(self.0.saturating_add(length))
    }

    /// The number of bytes from `from` up to `to`; zero when `to` is lower.
    #[must_use]
    pub const fn from_to(from: Self, to: Self) -> usize {
        to.0.saturating_sub(from.0)
    }

    /// The number of bytes before it.
    #[must_use]
    pub const fn length_before(self) -> ByteLength {
        ByteLength::of(self.0)
    }
}

impl ByteLength {
    /// No bytes.
    pub const ZERO: Self = Self(0);

    /// The sum of both lengths, at most 2^64 - 1.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The sum of both lengths, or `None` when it exceeds 64 bits.
    #[must_use]
    pub const fn checked_plus(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// The difference of the lengths; zero when `other` is longer.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The difference of the lengths, or `None` when `other` is longer.
    #[must_use]
    pub const fn checked_minus(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// Whether there are no bytes.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The length as a `usize`, or `None` when it exceeds the address space of this machine.
    #[must_use]
    pub fn to_usize(self) -> Option<usize> {
        usize::try_from(self.0).ok()
    }

    /// The length as a `usize`, at most `usize::MAX`.
    #[must_use]
    pub fn saturating_usize(self) -> usize {
        self.to_usize().unwrap_or(usize::MAX)
    }

    /// The length of a slice or buffer in memory.
    #[must_use]
    pub const fn of(bytes: usize) -> Self {
        // A `usize` has at most 64 bits on every platform Rust supports.
        Self(bytes as u64)
    }
}

impl ByteLength {
    /// The sum of two lengths; unknown if one of them is.
    #[must_use]
    pub fn sum_known(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        Some(one?.plus(other?))
    }
}

/// The sum of the lengths, as [`ByteLength::plus`] adds them.
impl std::iter::Sum for ByteLength {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Self::plus)
    }
}

/// A number of pages.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema,
)]
#[serde(transparent)]
pub struct PageCount(pub u64);

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: ByteLength = ByteLength(u64::MAX);

    #[test]
    fn adding_and_subtracting_a_length_saturates_at_both_ends() {
        let at = SourceOffset(10);
        assert_eq!(at.plus(ByteLength(5)), SourceOffset(15));
        assert_eq!(at.plus(MOST), SourceOffset(u64::MAX));
        assert_eq!(at.checked_plus(ByteLength(5)), Some(SourceOffset(15)));
        assert_eq!(at.checked_plus(MOST), None);
        assert_eq!(at.minus(ByteLength(4)), SourceOffset(6));
        assert_eq!(at.minus(ByteLength(11)), SourceOffset::START);
        let inner = RegionOffset(usize::MAX - 1);
        assert_eq!(inner.plus(1), RegionOffset(usize::MAX));
        assert_eq!(inner.plus(2), RegionOffset(usize::MAX));
    }

    #[test]
    fn the_distance_of_two_offsets_is_a_length() {
        let (low, high) = (SourceOffset(3), SourceOffset(10));
        assert_eq!(SourceOffset::from_to(low, high), ByteLength(7));
        assert_eq!(SourceOffset::from_to(high, low), ByteLength::ZERO);
        assert_eq!(
            SourceOffset::checked_from_to(low, high),
            Some(ByteLength(7))
        );
        assert_eq!(SourceOffset::checked_from_to(high, low), None);
        assert_eq!(RegionOffset::from_to(RegionOffset(3), RegionOffset(10)), 7);
        assert_eq!(RegionOffset::from_to(RegionOffset(10), RegionOffset(3)), 0);
        assert_eq!(RegionOffset(3).length_before(), ByteLength(3));
    }

    #[test]
    fn lengths_add_without_wrapping() {
        let (one, two) = (ByteLength(1), ByteLength(2));
        assert_eq!(one.plus(two), ByteLength(3));
        assert_eq!(MOST.plus(one), MOST);
        assert_eq!(MOST.checked_plus(one), None);
        assert_eq!(two.minus(one), one);
        assert_eq!(one.minus(two), ByteLength::ZERO);
        assert_eq!(one.checked_minus(two), None);
        assert_eq!(
            [one, two, one].into_iter().sum::<ByteLength>(),
            ByteLength(4)
        );
        assert_eq!([MOST, one].into_iter().sum::<ByteLength>(), MOST);
        assert_eq!(two.saturating_usize(), 2);
    }
}
