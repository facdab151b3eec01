//! Bytes that a reader passes over, and the place to which it goes back when they cannot be read later. Reading is in
//! `chunk`.

use std::fmt;
use std::ops::Range;

use super::input::Later;
use super::line::Position;

/// Bytes of a chunk that are read after the reader has moved on.
pub(super) struct Deferred {
    pub(super) place: Range<usize>,
    pub(super) bytes: Box<dyn Later>,
    /// Where the reader was before the chunk.
    pub(super) mark: Mark,
}

impl fmt::Debug for Deferred {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Deferred").field(&self.place).finish()
    }
}

/// The state of a reader, to go back to.
#[derive(Clone, Debug, Default)]
pub(super) struct Mark {
    /// The position of the first byte of `carry` after the context.
    pub(super) at: Position,
    /// The context, then the bytes of an unfinished line.
    pub(super) carry: Vec<u8>,
    /// Lines of context.
    pub(super) context: usize,
    /// Bytes of a hole not yet delivered.
    pub(super) zeros: u64,
    /// Bytes taken from the input. It wraps, because only distances count.
    pub(super) taken: u64,
}
