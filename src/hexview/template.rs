//! Lines of one length, described by a picture. Which lines are printed is decided elsewhere.
//!
//! A picture defines the origin of every character of a line: a digit of a byte, a byte as a
//! character, a digit of the offset, or the picture itself. One 64-byte vector holds all of these
//! side by side, and two shuffles of it make a line. A plain loop uses the same indices on
//! processors without shuffles.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32, u8x64};

use super::block::Block;
use super::hex;
use super::line::Ending;
use super::offset::{self, Column};

/// The limit of bytes in a picture.
pub(super) const BYTES: usize = 16;
/// The places of characters, offset digits and other text in the vector. Digits are at the start.
const CHARACTERS: u8 = 32;
const OFFSET: u8 = 48;
const TEXT: u8 = 56;
/// The limit of different other characters in a picture.
const TEXTS: usize = 8;
/// The size of the vector.
const SOURCE: usize = 64;

/// A line of `OUT` characters, at least 64.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template<const OUT: usize> {
    index: [u8; OUT],
    first: [u8; SOURCE],
    last: [u8; SOURCE],
    texts: [u8; TEXTS],
}

impl<const OUT: usize> Template<OUT> {
    /// The template of a picture, in which each `H` is the next digit of the bytes, each `C` the
    /// next byte as a character, each `O` the next of the last eight digits of the offset, and
    /// everything else itself.
    pub(super) const fn new(picture: &str) -> Self {
        assert!(OUT >= SOURCE && OUT <= 2 * SOURCE && OUT == picture.len());
        let mut template = Self {
            index: [0; OUT],
            first: [0; SOURCE],
            last: [0; SOURCE],
            texts: [0; TEXTS],
        };
        let (mut digit, mut character, mut offset) = (0, CHARACTERS, OFFSET);
        let mut place = 0;
        while place < OUT {
            let next = match picture.as_bytes()[place] {
                b'H' => &mut digit,
                b'C' => &mut character,
                b'O' => &mut offset,
                text => &mut template.text(text),
            };
            let index = *next;
            *next += 1;
            template.index[place] = index;
            if place < SOURCE {
                template.first[place] = index;
            }
            if place >= OUT - SOURCE {
                template.last[place - (OUT - SOURCE)] = index;
            }
            place += 1;
        }
        template
    }

    /// The place of `text` in the vector.
    const fn text(&mut self, text: u8) -> u8 {
        let mut slot = 0;
        while self.texts[slot] != text && self.texts[slot] != 0 {
            slot += 1;
        }
        self.texts[slot] = text;
        TEXT + slot as u8
    }

    /// Appends lines of `IN` bytes each. `at` is the first offset, if the picture has one.
    pub(super) fn lines<const IN: usize>(
        &self,
        level: Option<Level>,
        at: Option<u64>,
        data: &[u8],
        text: &mut Block,
    ) {
        let (mut lines, _) = data.as_chunks::<IN>();
        let mut at = at;
        while !lines.is_empty() {
            let column = at.map(Column::new).unwrap_or_default();
            let same = at.map_or(lines.len(), |at| offset::lines_below(at, IN, lines.len()));
            let (now, later) = lines.split_at(same);
            let size = now.len() * (column.lead().len() + OUT);
            let space = text.spare(size);
            match level {
                Some(level) => {
                    dispatch!(level, simd => place(column, now, space, #[inline(always)] |bytes, low, line| {
                        self.vector(simd, bytes, low, line);
                    }))
                }
                None => place(column, now, space, |bytes, low, line| {
                    self.portable(bytes, low, line)
                }),
            }
            text.advance(size);
            at = at.map(|at| at.wrapping_add((same * IN) as u64));
            lines = later;
        }
    }

    /// Appends the short last line, if there is one: spaces for the digits of missing bytes, and
    /// nothing for their characters.
    pub(super) fn short_line(&self, ending: &Ending<'_>, text: &mut Block) {
        let bytes = ending.tail.len();
        if bytes == 0 {
            return;
        }
        let column = Column::new(ending.at.offset);
        let mut line = [0; OUT];
        self.portable(&padded(ending.tail), column.low(), &mut line);
        text.push(column.lead());
        for (shown, index) in line.iter().zip(self.index.map(usize::from)) {
            let character = index.wrapping_sub(CHARACTERS.into());
            if index < 2 * BYTES && index >= 2 * bytes {
                text.push(b" ");
            } else if character >= BYTES || character < bytes {
                text.push(&[*shown]);
            }
        }
    }

    /// Writes one line without vectors.
    #[inline(always)]
    fn portable(&self, bytes: &[u8; BYTES], low: u64, line: &mut [u8; OUT]) {
        let mut source = [0; SOURCE];
        let (digits, rest) = source.split_at_mut(CHARACTERS.into());
        let (characters, rest) = rest.split_at_mut(BYTES);
        let (column, texts) = rest.split_at_mut(TEXTS);
        for (byte, place) in bytes.iter().zip(digits.as_chunks_mut::<2>().0) {
            *place = hex::digits(*byte);
        }
        for (byte, place) in bytes.iter().zip(characters) {
            *place = hex::printable(*byte);
        }
        column.copy_from_slice(&low.to_le_bytes());
        texts.copy_from_slice(&self.texts);
        for (place, index) in line.iter_mut().zip(&self.index) {
            *place = source[usize::from(*index) % SOURCE];
        }
    }

    /// Writes one line with vectors.
    #[inline(always)]
    fn vector<S: Simd>(&self, simd: S, bytes: &[u8; BYTES], low: u64, line: &mut [u8; OUT]) {
        let raw = u8x16::load_array_ref(simd, bytes);
        let mut rest = [0; 16];
        rest[..8].copy_from_slice(&low.to_le_bytes());
        rest[8..].copy_from_slice(&self.texts);
        let rest = u8x16::load_array(simd, rest);
        let source = digits(simd, raw).combine(printable(simd, raw).combine(rest));
        let first = u8x64::load_array_ref(simd, &self.first);
        let last = u8x64::load_array_ref(simd, &self.last);
        if let Some(place) = line.first_chunk_mut::<SOURCE>() {
            source.swizzle_dyn(first).store_array(place);
        }
        if let Some(place) = line.last_chunk_mut::<SOURCE>() {
            source.swizzle_dyn(last).store_array(place);
        }
    }
}

/// Calls `one` for every line with its bytes, the last digits of its offset, and its place.
#[inline(always)]
fn place<const IN: usize, const OUT: usize>(
    mut column: Column,
    lines: &[[u8; IN]],
    space: &mut [u8],
    one: impl Fn(&[u8; BYTES], u64, &mut [u8; OUT]),
) {
    if column.lead().is_empty() {
        for (bytes, line) in lines.iter().zip(space.as_chunks_mut::<OUT>().0) {
            one(&padded(bytes), column.low(), line);
            column.step(IN);
        }
        return;
    }
    let mut space = space;
    for bytes in lines {
        let lead = column.lead();
        let Some((place, rest)) = space.split_at_mut_checked(lead.len()) else {
            break;
        };
        let Some((line, rest)) = rest.split_first_chunk_mut::<OUT>() else {
            break;
        };
        place.copy_from_slice(lead);
        one(&padded(bytes), column.low(), line);
        column.step(IN);
        space = rest;
    }
}

/// Up to sixteen bytes, padded with zeros.
#[inline(always)]
fn padded(bytes: &[u8]) -> [u8; BYTES] {
    let mut padded = [0; BYTES];
    let length = bytes.len().min(BYTES);
    padded[..length].copy_from_slice(&bytes[..length]);
    padded
}

/// The hexadecimal digits of sixteen bytes.
#[inline(always)]
pub(super) fn digits<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x32<S> {
    let (front, back) = (bytes >> 4).interleave(bytes & 15);
    let letters = u8x16::load_array_ref(simd, hex::NIBBLES);
    u8x32::block_splat(letters).swizzle_dyn_within_blocks(front.combine(back))
}

/// Bytes as characters, with a full stop for each that is not printable.
#[inline(always)]
fn printable<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x16<S> {
    let prints = bytes.simd_ge(b' ') & bytes.simd_le(b'~');
    prints.select(bytes, u8x16::splat(simd, b'.'))
}
