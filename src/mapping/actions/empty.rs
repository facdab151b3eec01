//! Empty files, which cannot be mapped. An empty file is a failure if it is the only source, and an outcome if it is
//! one of several.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::source::Source;
use crate::mapping::types::{ByteLength, Kind, SourceKind, SourceName, SourceOffset, SourceRange};

/// The result for a source: a mapping, or the fact that it is empty.
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
    /// The outcome to report if there are several sources.
    pub outcome: EmptyFile,
    /// The failure to report if it is the only source.
    pub failure: Error,
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

impl Empty {
    /// The result for a source with an empty range, if the size of the source is 0. A source that was just created, or
    /// that is still to be truncated, fails: reporting it as empty would hide that the request was not fulfilled.
    pub(super) fn found<L>(source: &Source, range: SourceRange, failure: Error) -> Result<Made<L>> {
        let Some(handle) = source.handle().filter(|_| !source.created()) else {
            return Err(failure);
        };
        // A file that cannot be mapped at all fails with another error.
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
