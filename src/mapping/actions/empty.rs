//! An empty file, of which nothing can be mapped. It is a failure where it is the only source, and an outcome among
//! several.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::source::Source;
use crate::mapping::types::{ByteLength, Kind, SourceKind, SourceName, SourceOffset, SourceRange};

/// What came of a source: a mapping, or the finding that it is empty.
#[derive(Debug)]
pub enum Made<L> {
    /// The mapping.
    Mapping(L),
    /// The source is empty.
    Empty(Box<Empty>),
}

/// An empty source.
#[derive(Debug)]
pub struct Empty {
    /// Its name.
    pub name: SourceName,
    /// What is reported of it among several sources.
    pub outcome: EmptyFile,
    /// The failure that it is as the only source.
    pub failure: Error,
}

/// In place of a mapping: an empty file among several files. Nothing of it is mapped or held, and it meets any share that
/// is expected to be resident.
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

impl Empty {
    /// The finding for a source with an empty range, if the source was found empty. A source that was just created, or
    /// that is still to be truncated, fails: reporting it as empty would hide that nothing of this was done.
    pub(super) fn found<L>(source: &Source, range: SourceRange, failure: Error) -> Result<Made<L>> {
        let Some(handle) = source.handle().filter(|_| !source.created()) else {
            return Err(failure);
        };
        // A file that cannot be mapped at all fails in another way.
        if failure.kind() != Kind::FileTooShort || !handle.facts()?.size.is_zero() {
            return Err(failure);
        }
        Ok(Made::Empty(Box::new(Self {
            name: source.name().clone(),
            outcome: EmptyFile {
                kind: source.kind(),
                size: ByteLength::ZERO,
                offset: range.offset(),
                length: range.length(),
                residency: residency::of_file(handle.file(), range, page_sizes::page_size()),
            },
            failure,
        })))
    }
}
