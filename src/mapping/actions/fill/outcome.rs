//! How a fill went: how far it came, what was written, and what is reported.

use schemars::JsonSchema;
use serde::Serialize;

use super::content::Content;
use super::placed::Placed;
use crate::mapping::cache::sync::Synced;
use crate::mapping::error::Error;
use crate::mapping::types::{Access, ByteLength, SourceKind, SourceOffset, SourceRange};

/// What a fill did; the keys of its JSON object.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Filled {
    /// The sort of source.
    pub kind: SourceKind,
    /// Where the range begins, in bytes.
    pub offset: SourceOffset,
    /// How many bytes were written.
    pub length: ByteLength,
    /// `w`, or `c` when only private copies of the pages were written to.
    pub access: Access,
    /// Whether the source did not exist before.
    pub created: bool,
    /// The size before, in bytes.
    pub old_size: ByteLength,
    /// The size after, in bytes.
    pub new_size: ByteLength,
    /// Whether blocks were reserved for the whole range before anything was written; file systems that
    /// cannot reserve only grow, block devices have nothing to reserve.
    pub reserved: bool,
    /// How many bytes the input had, when there was one and it was read to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_length: Option<ByteLength>,
    /// With private copies, which this command never writes to the source: whether the times of change of the source
    /// moved meanwhile. Stores through another process's mapping may move none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_meanwhile: Option<bool>,
    /// What flushing did; absent when that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flushed: Option<Synced>,
    /// Whether every byte was read back as it was written; absent when that was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verified: Option<bool>,
    /// How long it took to provide the space and write the bytes, in nanoseconds.
    pub duration_ns: u64,
    /// Why the rest of a text was not written.
    #[serde(skip)]
    pub failure: Option<Error>,
}

/// What was written.
pub(super) struct Written {
    pub(super) range: SourceRange,
    /// How many bytes of the range were written.
    pub(super) length: ByteLength,
    /// Whether blocks were reserved for all of it.
    pub(super) reserved: bool,
    /// How many bytes the input had, if its end was seen.
    pub(super) input_length: Option<ByteLength>,
    /// What the range holds now.
    pub(super) expected: Expected,
    /// Why the rest of a text was not written.
    pub(super) failure: Option<Error>,
}

/// The bytes that the range should hold now, to compare with.
pub(super) enum Expected {
    /// This content in the whole range.
    Content(Content),
    /// These pieces; what lies between them is not known.
    Pieces {
        /// Those that were stored, in order.
        stored: Vec<Placed>,
        /// Zeros beyond the former end, which stay a hole.
        holes: Vec<Placed>,
    },
    /// A stream that was not kept.
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
            let length = stored.offset().min(end).0.saturating_sub(at.0);
            let gap = SourceRange::new(at, ByteLength(length));
            at = stored.end().max(at);
            gap.filter(|gap| !gap.is_empty())
        })
    }

    /// Whether reading a text failed before anything was stored: a source that was created is not kept then.
    pub(super) fn is_failure(&self) -> bool {
        self.failure.is_some() && self.stored().next().is_none()
    }
}

/// How far the work on a range came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reach {
    /// Where the range begins.
    pub(super) start: SourceOffset,
    /// The work on all bytes before this offset is done.
    pub(super) done: SourceOffset,
    /// The work on the bytes from this offset on has not begun.
    pub(super) begun: SourceOffset,
    /// Whether some bytes in between are left as they are.
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
