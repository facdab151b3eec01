//! The results of warming one file.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::Error;
use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{ByteLength, Effect, SourceOffset, SourceRange};

/// The result of warming.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Warmed {
    /// The start offset of the pages, in bytes.
    pub offset: SourceOffset,
    /// The length of the pages, in bytes.
    pub length: ByteLength,
    /// The number of bytes in holes, which were not read.
    pub holes: ByteLength,
    /// The residency of the pages before.
    pub before: Residency,
    /// The residency of the pages after.
    pub after: Residency,
    /// The number of bytes that became resident; null when unknown.
    pub loaded: Option<ByteLength>,
    /// The ranges of pages that could not be read.
    pub unreadable_ranges: Vec<SourceRange>,
    /// The number of bytes that were not loaded because of --max-memory, or because a signal ended the command.
    pub not_loaded: ByteLength,
    /// Whether a signal ended the work.
    #[serde(skip)]
    pub interrupted: bool,
    /// The effect of warming.
    pub effect: Effect,
    /// The amount that was read but evicted again before the command ended, because memory was short, in bytes.
    pub evicted_again: ByteLength,
    /// The time to read the pages, in nanoseconds.
    pub duration_ns: u64,
}

/// The result of warming, and its first failure.
#[derive(Debug)]
pub struct Warming {
    /// The result.
    pub warmed: Warmed,
    /// The first failure. The other pages were read.
    pub failure: Option<Error>,
}

/// The result of loading ranges.
#[derive(Debug, Default)]
pub(in crate::mapping::cache) struct LoadedRanges {
    /// The ranges of pages that could not be read.
    pub(in crate::mapping::cache) unreadable: Vec<SourceRange>,
    /// The number of bytes that were not loaded because of the limit on the amount.
    pub(in crate::mapping::cache) not_loaded: ByteLength,
    /// The first failure.
    pub(in crate::mapping::cache) failure: Option<Error>,
}
