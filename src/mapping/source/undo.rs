//! What must be put back when an operation on a source fails half-way.

use std::sync::Arc;

use super::draft::Draft;
use super::handle::OpenFile;
use crate::mapping::types::ByteLength;

/// What must be put back when an operation fails half-way.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// How it came to be, if it was made.
    pub(super) made: Option<Made>,
    /// The sizes before it was extended, and after.
    pub(super) growth: Option<Growth>,
}

/// A source that did not exist before.
#[derive(Debug)]
pub(super) enum Made {
    /// It gets its name when it is whole.
    Draft(Draft),
    /// It gets its name when it is whole, and the file that has it now stays until then.
    Replacement(Draft, Arc<OpenFile>),
    /// It was made under its name.
    Named,
}

/// By how much a source was extended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// The size before.
    pub(super) from: ByteLength,
    /// The size that it was given. One that has another size by now was changed by somebody else, too.
    pub(super) to: ByteLength,
    /// Whether it has got that size. An extension that failed may have left any size between.
    pub(super) is_done: bool,
}

/// What became of an extension that is not to stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PutBack {
    /// The source has its old size, or was not extended.
    Done,
    /// It has a size that somebody else gave it, and keeps it.
    ChangedByOthers,
}
