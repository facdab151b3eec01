//! What a format has to say about its lines, and the two engines that build fixed-size lines.
//!
//! A line is described by how many bytes it shows and how those bytes look; where lines start,
//! which of them are squeezed, and when text is written is the business of [`super::engine`].

use super::offset;
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

    /// Which lines are left out.
    fn squeeze(&self) -> Squeeze {
        Squeeze::Never
    }

    /// What comes before the first line.
    fn begin(&self, _text: &mut Block) {}

    /// Formats consecutive runs.
    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block);

    /// The last, short line and what comes after it.
    fn finish(&self, ending: &Ending<'_>, text: &mut Block);
}

/// Builds lines of one size: no offset column, `IN` bytes become `OUT` characters.
pub(super) fn plain_lines<const IN: usize, const OUT: usize>(
    data: &[u8],
    text: &mut Block,
    body: impl Fn(&[u8; IN], &mut [u8; OUT]),
) {
    let (lines, _) = data.as_chunks::<IN>();
    let size = lines.len() * OUT;
    let (places, _) = text.spare(size).as_chunks_mut::<OUT>();
    for (line, place) in lines.iter().zip(places) {
        body(line, place);
    }
    text.advance(size);
}

/// Builds lines that open with a hexadecimal offset of eight digits, or more beyond 4 GiB.
pub(super) fn offset_lines<const IN: usize, const OUT: usize>(
    at: u64,
    data: &[u8],
    text: &mut Block,
    body: impl Fn(&[u8; IN], &mut [u8; OUT]),
) {
    let (mut lines, _) = data.as_chunks::<IN>();
    let mut at = at;
    while !lines.is_empty() {
        let digits = offset::digits(at);
        let (now, later) = lines.split_at(offset::lines_with(digits, at, IN, lines.len()));
        let size = now.len() * (digits + OUT);
        let mut space = text.spare(size);
        for line in now {
            let column = offset::encode(at);
            let Some((place, rest)) = space.split_at_mut_checked(digits) else {
                break;
            };
            let Some((shape, rest)) = rest.split_first_chunk_mut::<OUT>() else {
                break;
            };
            place.copy_from_slice(column.get(16 - digits..).unwrap_or_default());
            body(line, shape);
            space = rest;
            at = at.wrapping_add(IN as u64);
        }
        text.advance(size);
        lines = later;
    }
}

/// Builds the last, short line of a format with an offset column: the bytes are filled up with
/// zeros to a whole body, which `shorten` then cuts to the length it returns.
pub(super) fn short_offset_line<const IN: usize, const OUT: usize>(
    ending: &Ending<'_>,
    text: &mut Block,
    body: impl Fn(&[u8; IN], &mut [u8; OUT]),
    shorten: impl Fn(&mut [u8; OUT], usize) -> usize,
) {
    if ending.tail.is_empty() {
        return;
    }
    let mut bytes = [0; IN];
    for (to, from) in bytes.iter_mut().zip(ending.tail) {
        *to = *from;
    }
    let mut shape = [0; OUT];
    body(&bytes, &mut shape);
    let length = shorten(&mut shape, ending.tail.len());
    text.push(offset::column(ending.at.offset).as_bytes());
    text.push(shape.get(..length).unwrap_or_default());
    text.push(b"\n");
}
