//! The result of restoring.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::cache::walk::Tally;
use crate::mapping::types::ByteLength;

/// The result of restoring a snapshot. An amount is null when it is unknown for one of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RestoredSum {
    /// The number of files in the snapshot.
    pub files: u64,
    /// The number of ranges in the snapshot.
    pub ranges: u64,
    /// The amount in these ranges, in bytes.
    pub bytes: ByteLength,
    /// The amount that was loaded, in bytes; null when unknown.
    pub loaded: Option<ByteLength>,
    /// The amount of the ranges that is in memory now, in bytes; null when unknown.
    pub resident: Option<ByteLength>,
    /// The number of files that were skipped.
    pub skipped_files: u64,
    /// The amount in the ranges of these files, and behind the end of files that are shorter now, in bytes.
    pub skipped: ByteLength,
    /// The amount that could not be read, in bytes.
    pub unreadable: ByteLength,
    /// The amount that was not loaded because of --max-memory, in bytes.
    pub not_loaded: ByteLength,
    /// The amount that was read but evicted again before the command ended, because memory was short, in bytes.
    pub evicted_again: ByteLength,
    /// With --exact: the amount outside the ranges that was dropped, in bytes; null when unknown.
    pub dropped: Option<ByteLength>,
    /// With --exact: the amount outside the ranges that stayed, in bytes; null when unknown.
    pub kept: Option<ByteLength>,
    /// With --exact: the number of files of which such pages stayed.
    pub kept_files: u64,
}

impl Default for RestoredSum {
    fn default() -> Self {
        let zero = Some(ByteLength::ZERO);
        Self {
            files: 0,
            ranges: 0,
            bytes: ByteLength::ZERO,
            loaded: zero,
            resident: zero,
            skipped_files: 0,
            skipped: ByteLength::ZERO,
            unreadable: ByteLength::ZERO,
            not_loaded: ByteLength::ZERO,
            evicted_again: ByteLength::ZERO,
            dropped: zero,
            kept: zero,
            kept_files: 0,
        }
    }
}

impl Tally for RestoredSum {
    fn add(&mut self, other: &Self) {
        let add = ByteLength::sum_known;
        *self = Self {
            files: self.files.saturating_add(other.files),
            ranges: self.ranges.saturating_add(other.ranges),
            bytes: self.bytes.plus(other.bytes),
            loaded: add(self.loaded, other.loaded),
            resident: add(self.resident, other.resident),
            skipped_files: self.skipped_files.saturating_add(other.skipped_files),
            skipped: self.skipped.plus(other.skipped),
            unreadable: self.unreadable.plus(other.unreadable),
            not_loaded: self.not_loaded.plus(other.not_loaded),
            evicted_again: self.evicted_again.plus(other.evicted_again),
            dropped: add(self.dropped, other.dropped),
            kept: add(self.kept, other.kept),
            kept_files: self.kept_files.saturating_add(other.kept_files),
        };
    }
}

impl RestoredSum {
    /// Whether memory holds all ranges, and with `--exact` nothing else of the files. False when that is unknown.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.resident == Some(self.bytes)
            && self.skipped_files == 0
            && self.kept == Some(ByteLength::ZERO)
    }
}
