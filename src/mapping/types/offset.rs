//! Offsets and lengths: how far into a source or a region, and how much.
//!
//! An offset in the source is not an offset in the region, and a number of pages is not a number of bytes:
//! each has its own type, so that one cannot be passed where the other is meant.

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

/// A number of pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PageCount(pub u64);
