//! The description of a format: how many bytes a line shows, and the text of those bytes. Other
//! modules decide where lines start, which lines are omitted and when text is written.

use std::collections::TryReserveError;

use super::block::Block;

/// Which lines a format leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Squeeze {
    /// None: every line is printed.
    Never,
    /// A full line equal to the line before it.
    Repeats,
    /// A full line equal to the line before it, when all its bytes are the same.
    Uniform,
    /// A full line of zeros after another, unless it is the last line of the dump or the last of
    /// two. The marker stands where the run ends.
    Zeros,
}

impl Squeeze {
    /// These lines if `wanted`, none otherwise.
    pub(super) fn only_if(self, wanted: bool) -> Self {
        if wanted { self } else { Self::Never }
    }
}

/// The position of a byte.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// The number printed for it.
    pub(super) offset: u64,
    /// The number of bytes of this dump before it.
    pub(super) index: u64,
}

impl Position {
    /// The position `length` bytes later. The reader has checked that it exists.
    pub(super) fn after(self, length: u64) -> Self {
        Self {
            offset: self.offset.wrapping_add(length),
            index: self.index.wrapping_add(length),
        }
    }
}

/// The end of a dump, after its last full line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ending<'a> {
    /// The start of the tail; the end of the dump when there is no tail.
    pub(super) at: Position,
    /// The bytes of the short last line; empty when the last line was full.
    pub(super) tail: &'a [u8],
    /// Whether the last full line was left out.
    pub(super) squeezed: bool,
}

impl Ending<'_> {
    /// The position after the last byte.
    pub(super) fn end(&self) -> Position {
        self.at.after(self.tail.len() as u64)
    }
}

/// Consecutive lines that are printed, or consecutive lines that are left out.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run<'a> {
    /// Full lines to print.
    Lines(Position, &'a [u8]),
    /// Full lines that are left out.
    Squeezed,
}

/// A format. Formatting keeps no state, so any thread can format any chunk of lines.
pub(super) trait Lines: Sync {
    /// The number of bytes in a full line.
    fn bytes_per_line(&self) -> usize;

    /// The approximate length of a line of text. It decides the size of buffers.
    fn text_per_line(&self) -> usize;

    /// The longest text of a line.
    fn room_per_line(&self) -> usize {
        self.text_per_line()
    }

    /// Which lines are left out.
    fn squeeze(&self) -> Squeeze {
        Squeeze::Never
    }

    /// Appends the text before the first line.
    fn begin(&self, _text: &mut Block) {}

    /// Formats a whole dump if it is short enough to be faster this way; false if it is not.
    fn whole(&self, _at: Position, _data: &[u8], _text: &mut Block) -> bool {
        false
    }

    /// Formats consecutive runs.
    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block);

    /// Appends the short last line and the text after it.
    fn finish(&self, ending: &Ending<'_>, text: &mut Block);
}

impl dyn Lines + '_ {
    /// Reserves memory in `text` for the lines of this many bytes and for the text around them.
    pub(super) fn reserve(&self, bytes: usize, text: &mut Block) -> Result<(), TryReserveError> {
        text.reserve(self.count(bytes).saturating_mul(self.room_per_line()))
    }

    /// The same for a whole dump, which finds the room that lines need itself.
    pub(super) fn reserve_whole(
        &self,
        bytes: usize,
        text: &mut Block,
    ) -> Result<(), TryReserveError> {
        text.reserve(self.count(bytes).saturating_mul(self.text_per_line()))
    }

    /// The number of lines of this many bytes, of those before and after them, and of those carried over from the chunk
    /// before.
    fn count(&self, bytes: usize) -> usize {
        const MORE: usize = 4;
        bytes.div_ceil(self.bytes_per_line().max(1)) + MORE
    }
}
