//! The outcome of a fill: how far the work got, which bytes were written, and the data to report.
//!
//! This module neither writes nor measures.

use schemars::JsonSchema;
use serde::Serialize;

use super::content::Content;
use super::placed::Placed;
use crate::mapping::cache::sync::Synced;
use crate::mapping::error::Error;
use crate::mapping::types::{Access, ByteLength, SourceKind, SourceOffset, SourceRange};

/// The result of a fill.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Filled {
    /// The type of the source.
    pub kind: SourceKind,
    /// The start offset of the range in the source, in bytes.
    pub offset: SourceOffset,
    /// The number of bytes written.
    pub length: ByteLength,
    /// The access of the mapping: `w`, or `c` when the bytes went to private copies of the pages.
    pub access: Access,
    /// Whether the source was created.
    pub created: bool,
    /// The size of the source before, in bytes; 0 for a source that was created or truncated.
    pub old_size: ByteLength,
    /// The size of the source after, in bytes.
    pub new_size: ByteLength,
    /// Whether blocks were reserved for the whole range before the first byte was written. It is false for block
    /// devices, and where the file system cannot reserve blocks.
    pub reserved: bool,
    /// The length of the input in bytes; absent unless there was an input and its end was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_length: Option<ByteLength>,
    /// Whether another process changed the size or the modification time of the source during the fill. Another process
    /// may store through a mapping without changing either. Present only with `--access c`, which leaves the source
    /// unchanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_meanwhile: Option<bool>,
    /// The result of flushing; absent unless `--flush` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flushed: Option<Synced>,
    /// Whether all bytes were read back and equal the bytes written; absent unless `--verify` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// The time to reserve the space and to write the bytes, in nanoseconds.
    pub duration_ns: u64,
    /// The failure that prevented the rest of a text from being written.
    #[serde(skip)]
    pub failure: Option<Error>,
}

/// The bytes that were written.
pub(super) struct Written {
    pub(super) range: SourceRange,
    /// The number of bytes of the range that were written.
    pub(super) length: ByteLength,
    /// Whether blocks were reserved for the whole range.
    pub(super) reserved: bool,
    /// The length of the input, if its end was reached.
    pub(super) input_length: Option<ByteLength>,
    /// The bytes that the range should hold now.
    pub(super) expected: Expected,
    /// The failure that prevented the rest of a text from being written.
    pub(super) failure: Option<Error>,
}

/// The bytes that the range should hold now, to compare with.
pub(super) enum Expected {
    /// The whole range holds this content.
    Content(Content),
    /// These pieces; the bytes between them are unknown.
    Pieces {
        /// Those that were stored, in order.
        stored: Vec<Placed>,
        /// Zeros beyond the former end, which stay a hole.
        holes: Vec<Placed>,
    },
    /// The bytes of a stream that was not kept in memory.
    Unknown,
}

impl Written {
    /// The parts of the range that were stored to, in order.
    fn stored(&self) -> impl Iterator<Item = SourceRange> {
        let (whole, pieces) = match &self.expected {
            Expected::Pieces { stored, .. } => (None, stored.as_slice()),
            Expected::Content(_) | Expected::Unknown => (Some(self.range), [].as_slice()),
        };
        let pieces = pieces.iter().map(|piece| piece.range);
        whole.into_iter().chain(pieces)
    }

    /// The ranges before an offset that were not stored to.
    pub(super) fn gaps_before(&self, end: SourceOffset) -> impl Iterator<Item = SourceRange> {
        let mut at = SourceOffset(0);
        let rest = SourceRange::new(end, ByteLength::ZERO);
        self.stored().chain(rest).filter_map(move |stored| {
            let gap = SourceRange::between(at, stored.offset().min(end));
            at = stored.end().max(at);
            gap.filter(|gap| !gap.is_empty())
        })
    }

    /// Whether reading a text failed before anything was stored: a source that was created is not kept then.
    pub(super) fn is_failure(&self) -> bool {
        self.failure.is_some() && self.stored().next().is_none()
    }
}

/// How far the work on a range got.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// The start of the range.
    pub(super) start: SourceOffset,
    /// The work on all bytes before this offset is done.
    pub(super) done: SourceOffset,
    /// The work on the bytes from this offset on has not begun.
    pub(super) begun: SourceOffset,
    /// Whether the range has bytes that are not written.
    pub(super) has_gaps: bool,
}

impl Reach {
    /// The work on all bytes before `done` is done, and on no others.
    pub(super) const fn exactly(start: SourceOffset, done: SourceOffset) -> Self {
        Self {
            start,
            done,
            begun: done,
            has_gaps: false,
        }
    }

    /// The same work as a continuation of other work, which begins earlier.
    pub(super) const fn after(self, earlier: Self) -> Self {
        Self {
            start: earlier.start,
            has_gaps: self.has_gaps || earlier.has_gaps,
            ..self
        }
    }
}
