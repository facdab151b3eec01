//! Lines of one size, described character by character.
//!
//! A [`Template`] says for every character of a line where it comes from: a digit of a byte, a
//! byte as a character, a digit of the offset, or a fixed character. All of these are put side by
//! side into one 64-byte vector, out of which a line is two shuffles; the same indices drive a
//! plain loop where the processor has no shuffles.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32, u8x64};

use super::block::Block;
use super::hex;
use super::line::Ending;
use super::offset::{self, Column};

/// Bytes a template can show.
pub(super) const BYTES: usize = 16;
/// Where the kinds of characters are in the vector.
const CHARACTERS: u8 = 32;
const OFFSET: u8 = 48;
const TEXT: u8 = 56;
/// How many fixed characters a template may use.
const TEXTS: usize = 8;
/// The size of the vector.
const SOURCE: usize = 64;

/// Where a character of a line comes from.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell {
    /// The first digit of a byte.
    High(u8),
    /// The second digit of a byte.
    Low(u8),
    /// A byte as a character.
    Character(u8),
    /// One of the last eight digits of the offset.
    Offset(u8),
    /// Always this.
    Text(u8),
}

/// A line of `OUT` characters, at least 64.
#[derive(Clone, Copy, Debug)]
pub(super) struct Template<const OUT: usize> {
    index: [u8; OUT],
    first: [u8; SOURCE],
    last: [u8; SOURCE],
    texts: [u8; TEXTS],
}

impl<const OUT: usize> Template<OUT> {
    /// The template for `cells`. Checked when it is compiled.
    pub(super) const fn new(cells: [Cell; OUT]) -> Self {
        assert!(OUT >= SOURCE && OUT <= 2 * SOURCE);
        let mut template = Self {
            index: [0; OUT],
            first: [0; SOURCE],
            last: [0; SOURCE],
            texts: [0; TEXTS],
        };
        let mut place = 0;
        while place < OUT {
            template.index[place] = match cells[place] {
                Cell::High(byte) => 2 * byte,
                Cell::Low(byte) => 2 * byte + 1,
                Cell::Character(byte) => CHARACTERS + byte,
                Cell::Offset(digit) => OFFSET + digit,
                Cell::Text(text) => {
                    let mut slot = 0;
                    while template.texts[slot] != text && template.texts[slot] != 0 {
                        slot += 1;
                    }
                    template.texts[slot] = text;
                    TEXT + slot as u8
                }
            };
            if place < SOURCE {
                template.first[place] = template.index[place];
            }
            if place >= OUT - SOURCE {
                template.last[place - (OUT - SOURCE)] = template.index[place];
            }
            place += 1;
        }
        template
    }

    /// Appends lines of `IN` bytes each, without an offset or for one that the template shows.
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

    /// Appends a last, short line, which has `offset` before it: the bytes are filled up with
    /// zeros to a whole line, which `shorten` then cuts to the length it returns.
    pub(super) fn short_line(
        &self,
        ending: &Ending<'_>,
        text: &mut Block,
        shorten: impl Fn(&mut [u8; OUT], usize) -> usize,
    ) {
        if ending.tail.is_empty() {
            return;
        }
        let column = Column::new(ending.at.offset);
        let mut line = [0; OUT];
        self.portable(&padded(ending.tail), column.low(), &mut line);
        let length = shorten(&mut line, ending.tail.len());
        text.push(column.lead());
        text.push(line.get(..length).unwrap_or_default());
        text.push(b"\n");
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

/// Up to sixteen bytes, filled up with zeros.
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
    let letters = u8x16::load_array_ref(simd, b"0123456789abcdef");
    u8x32::block_splat(letters).swizzle_dyn_within_blocks(front.combine(back))
}

/// Bytes as characters, a full stop for what does not print.
#[inline(always)]
fn printable<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x16<S> {
    let prints = bytes.simd_ge(b' ') & bytes.simd_le(b'~');
    prints.select(bytes, u8x16::splat(simd, b'.'))
}
