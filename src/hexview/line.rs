//! What a format has to say about its lines.
//!
//! A line is described by how many bytes it shows and how those bytes look; where lines start,
//! which of them are squeezed, and when text is written is the business of [`super::chunk`] and
//! [`super::dump`](mod@super::dump).

use super::output::Block;

/// Which lines a format leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Squeeze {
    /// None: every line is printed.
    Never,
    /// A full line equal to the line before it.
    Repeats,
    /// A full line equal to the line before it, when all its bytes are the same.
    Uniform,
}

/// Where a byte stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The number printed for it.
    pub(super) offset: u64,
    /// How many bytes of this dump come before it.
    pub(super) index: u64,
}

impl Position {
    /// The place `length` bytes further on. The reader has checked that it exists.
    pub(super) fn after(self, length: u64) -> Self {
        Self {
            offset: self.offset.wrapping_add(length),
            index: self.index.wrapping_add(length),
        }
    }
}

/// What is left when the last full line has been dealt with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending<'a> {
    /// Where the tail starts, which is the end of the dump when there is no tail.
    pub(super) at: Position,
    /// The bytes of the last, short line; empty when the last line was full.
    pub(super) tail: &'a [u8],
    /// Whether the last full line was left out as squeezed.
    pub(super) squeezed: bool,
}

impl Ending<'_> {
    /// The place behind the last byte.
    pub(super) fn end(&self) -> Position {
        self.at.after(self.tail.len() as u64)
    }
}

/// One part of a segment, in order.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run<'a> {
    /// Full lines to print.
    Lines(Position, &'a [u8]),
    /// The place where lines start to be left out.
    Squeezed,
}

/// A format: bytes in, text out. Formatting keeps no state, so that any chunk of lines can be
/// formatted on any thread.
pub(super) trait Lines: Sync {
    /// How many bytes a full line shows.
    fn bytes_per_line(&self) -> usize;

    /// About how many bytes of text a line makes; buffers are sized by it.
    fn text_per_line(&self) -> usize;

    /// The room that is made for a line, which is more where the length of its text is not known before.
    fn room_per_line(&self) -> usize {
        self.text_per_line()
    }

    /// Which lines are left out.
    fn squeeze(&self) -> Squeeze {
        Squeeze::Never
    }

    /// What comes before the first line.
    fn begin(&self, _text: &mut Block) {}

    /// Formats a dump that is this short all at once, if that is worth while; true when done.
    fn whole(&self, _at: Position, _data: &[u8], _text: &mut Block) -> bool {
        false
    }

    /// Formats consecutive runs.
    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block);

    /// The last, short line and what comes after it.
    fn finish(&self, ending: &Ending<'_>, text: &mut Block);
}
