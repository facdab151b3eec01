//! Empty files, which cannot be mapped. An empty file is a failure if it is the only source, and an outcome if it is
//! one of several.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::Result;
use crate::mapping::measure::page_sizes;
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::source::Source;
use crate::mapping::types::{ByteLength, SourceKind, SourceOffset, SourceRange};

/// The result for a source: a mapping, or the fact that it is empty.
#[derive(Debug)]
pub enum LiveOrEmpty<L> {
    /// The mapping.
    Live(L),
    /// The source is empty.
    Empty(EmptyFile),
}

/// An empty file among several files, reported instead of a mapping. It is neither mapped nor held, and it meets every
/// expected share of resident pages.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
pub struct EmptyFile {
    /// The type of the source.
    pub kind: SourceKind,
    /// The size of the file in bytes: 0.
    pub size: ByteLength,
    /// The start offset of the range, in bytes: 0.
    pub offset: SourceOffset,
    /// The length of the range, in bytes: 0.
    pub length: ByteLength,
    /// The pages of the range that are in memory: 0 of 0.
    pub residency: Residency,
}

impl EmptyFile {
    /// The outcome for a source with an empty range, if the source is an empty file among several sources. A source that
    /// was just created, or that is still to be truncated, does not count: reporting it as empty would hide that the
    /// request was not fulfilled.
    pub(super) fn among_several(
        source: &Source,
        range: SourceRange,
        several: bool,
    ) -> Result<Option<Self>> {
        let Some(handle) = source.handle().filter(|_| several && !source.created()) else {
            return Ok(None);
        };
        if !handle.facts()?.size.is_zero() {
            return Ok(None);
        }
        Ok(Some(Self {
            kind: source.kind(),
            size: ByteLength::ZERO,
            offset: range.offset(),
            length: range.length(),
            residency: residency::of_file(handle.file(), range, page_sizes::page_size()),
        }))
    }
}
