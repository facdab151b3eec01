//! The changes to undo when an operation on a source fails.

use std::sync::Arc;

use super::draft::Draft;
use super::handle::OpenFile;
use crate::mapping::types::ByteLength;

/// The changes to undo when an operation fails.
#[derive(Debug, Default)]
pub(super) struct Undo {
    /// How the source was created, if it was.
    pub(super) made: Option<Made>,
    /// How the source was extended, if it was.
    pub(super) growth: Option<Growth>,
}

/// A source that did not exist before.
#[derive(Debug)]
pub(in crate::mapping) enum Made {
    /// It gets its name when it is complete.
    Draft(Draft),
    /// It replaces an old file when it is complete.
    Replacement(Draft, Arc<OpenFile>),
    /// It was created with its name.
    Named,
}

/// How a source was extended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// The size before.
    pub(super) from: ByteLength,
    /// The new size. If the source now has another size, another process has changed it too.
    pub(super) to: ByteLength,
    /// Whether it reached the new size. A failed extension may have left any size in between.
    pub(super) is_done: bool,
}

/// The result of undoing an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PutBack {
    /// The source has its old size, or was not extended.
    Done,
    /// It keeps the size set by another process.
    ChangedByOthers,
}
