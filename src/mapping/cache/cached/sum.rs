//! What is cached of files, in bytes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::cache::walk::Tally;
use crate::mapping::error::Result;
use crate::mapping::measure::expectation::Expectation;
use crate::mapping::measure::residency::{Picture, Residency};
use crate::mapping::types::{ByteLength, UnknownReason};

/// What the page cache holds of files. An amount is null when it is unknown for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CachedSum {
    /// The number of files.
    pub files: u64,
    /// The size of the files, in bytes.
    pub size: ByteLength,
    /// The amount in the page cache, in bytes; null when unknown. Pages that are being read count too.
    pub cached: Option<ByteLength>,
    /// The amount that was modified and is not yet written back, in bytes; null when unknown.
    pub dirty: Option<ByteLength>,
    /// The amount that is being written back, in bytes; null when unknown.
    pub writeback: Option<ByteLength>,
    /// The number of pages of the files, cached or not.
    pub pages: u64,
    /// The amount that left the page cache and that the kernel still remembers, in bytes; null when unknown.
    pub evicted: Option<ByteLength>,
    /// The amount that is in memory and up to date, in bytes, where that was wanted and is known.
    #[serde(skip)]
    pub resident: Option<ByteLength>,
    /// The number of files whose cached amount is unknown.
    pub unknown_files: u64,
    /// The cached amount of the other files, in bytes.
    pub known: ByteLength,
    /// The size of a page, in bytes.
    #[serde(skip)]
    pub page_size: u64,
}

impl Default for CachedSum {
    fn default() -> Self {
        let zero = Some(ByteLength::ZERO);
        Self {
            files: 0,
            size: ByteLength::ZERO,
            cached: zero,
            dirty: zero,
            writeback: zero,
            pages: 0,
            evicted: zero,
            resident: zero,
            unknown_files: 0,
            known: ByteLength::ZERO,
            page_size: 0,
        }
    }
}

impl CachedSum {
    /// The amounts of a file of this size.
    pub(super) fn of_file(size: ByteLength, seen: &Residency) -> Self {
        let bytes = |pages: Option<u64>| pages.map(|pages| seen.bytes(pages));
        let (counts, held) = (&seen.counts, seen.counts.held());
        Self {
            files: 1,
            size,
            cached: bytes(held),
            dirty: bytes(counts.dirty),
            writeback: bytes(counts.writeback),
            pages: counts.pages,
            evicted: bytes(counts.evicted),
            resident: bytes(counts.resident),
            unknown_files: u64::from(held.is_none()),
            known: bytes(held).unwrap_or_default(),
            page_size: seen.page_size,
        }
    }

    /// The length of all pages, cached or not.
    #[must_use]
    pub fn whole(&self) -> ByteLength {
        ByteLength(self.pages.saturating_mul(self.page_size))
    }

    fn add(&mut self, other: &Self) {
        let add = ByteLength::sum_known;
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            cached: add(self.cached, other.cached),
            dirty: add(self.dirty, other.dirty),
            writeback: add(self.writeback, other.writeback),
            pages: self.pages.saturating_add(other.pages),
            evicted: add(self.evicted, other.evicted),
            resident: add(self.resident, other.resident),
            unknown_files: self.unknown_files.saturating_add(other.unknown_files),
            known: self.known.plus(other.known),
            page_size: self.page_size.max(other.page_size),
        };
    }
}

/// What is cached of files; for one file also the details.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cached {
    /// The amounts.
    pub sum: CachedSum,
    /// Why the cached amount of a file is unknown.
    pub unknown: Option<UnknownReason>,
    /// The bytes that came or went since the last look, if there was one.
    pub change: Option<i64>,
    /// The pages of one file, if they were wanted.
    pub picture: Option<Box<Picture>>,
}

impl Cached {
    /// Compares the resident amount with the expected one.
    ///
    /// # Errors
    /// `mismatch` when it differs or is unknown.
    pub fn check(&self, expected: &Expectation) -> Result<()> {
        expected.check_amount(self.sum.resident, self.sum.whole(), self.unknown)
    }

    /// Forgets the resident amount unless it was wanted: it is known by chance, where nothing is cached.
    pub(super) fn keep_resident(&mut self, wanted: bool) {
        self.sum.resident = self.sum.resident.filter(|_| wanted);
    }

    /// The same with a file that has no pages.
    pub(super) fn with_file(mut self, size: ByteLength) -> Self {
        self.sum.files = self.sum.files.saturating_add(1);
        self.sum.size = self.sum.size.plus(size);
        self
    }
}

impl Tally for Cached {
    fn add(&mut self, other: &Self) {
        self.sum.add(&other.sum);
        self.unknown = self.unknown.or(other.unknown);
        self.picture = None;
    }
}
