//! Lines with vectors. Without them, and at the end, lines are written in `tables`.
//!
//! The text before the characters is made in parts of 32 places. One shuffle moves the byte of each digit to its place,
//! and a second one turns the right half of it into a digit.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32};

use super::super::block::Block;
use super::super::characters::{Characters, printable};
use super::super::hex;
use super::super::offset::{Column, Offsets};
use super::super::panels::{self, Loaded};
use super::super::place::{room, store};
use super::shape::{Digits, LANE, PART, Part, SLACK, Template};

impl Template {
    /// Appends full lines.
    pub(in super::super) fn lines(
        &self,
        level: Option<Level>,
        offsets: Offsets,
        data: &[u8],
        text: &mut Block,
    ) {
        let columns = self.columns().max(1);
        let mut offsets = offsets;
        let mut data = data;
        while data.len() >= columns {
            let count = offsets.same(columns, data.len() / columns);
            let (now, later) = data.split_at(count * columns);
            let space =
                text.spare(count * (self.lead_length + offsets.length() + self.length()) + SLACK);
            let (done, mut at) = match (level, &self.parts) {
                (Some(level), Some(parts)) => {
                    dispatch!(level, simd => self.vectors(simd, parts, offsets, now, space))
                }
                _ => self.tables(offsets, now, space),
            };
            offsets.step(done);
            for bytes in now.get(done..).unwrap_or_default().chunks_exact(columns) {
                at = self.start(offsets, space, at);
                at += self.line(bytes, space.get_mut(at..).unwrap_or_default());
                offsets.step(columns);
            }
            text.advance(at);
            offsets = offsets.renewed();
            data = later;
        }
    }

    /// Writes lines with vectors, and returns the number of their bytes and the length of their text. The last lines are
    /// left out if they are shorter than a vector.
    #[inline(always)]
    fn vectors<S: Simd>(
        &self,
        simd: S,
        parts: &[Part],
        offsets: Offsets,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        match self.digits {
            Digits::Binary => self.choose::<S, true>(simd, parts, offsets, data, space),
            _ => self.choose::<S, false>(simd, parts, offsets, data, space),
        }
    }

    /// The same for one kind of digits.
    #[inline(always)]
    fn choose<S: Simd, const BINARY: bool>(
        &self,
        simd: S,
        parts: &[Part],
        offsets: Offsets,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        if self.columns() <= LANE {
            if let Ok(parts) = <&[Part; 2]>::try_from(parts) {
                match (self.usual_column(offsets), &self.characters) {
                    (Some(column), Characters::Ascii) if self.lead_length == 0 => {
                        return self.usual(simd, parts, column, data, space);
                    }
                    (Some(column), Characters::Panels(panels)) => {
                        if let Some(panels) = panels.load(simd) {
                            return self.paneled(simd, parts, panels, column, data, space);
                        }
                    }
                    _ => {}
                }
                return self.narrow::<S, 2, BINARY>(simd, parts, offsets, data, space);
            }
            if let Ok(parts) = <&[Part; 3]>::try_from(parts) {
                return self.narrow::<S, 3, BINARY>(simd, parts, offsets, data, space);
            }
        }
        self.wide::<S, BINARY>(simd, parts, offsets, data, space)
    }

    /// The column of the offsets, if it has eight digits and lines show sixteen bytes, as in most dumps.
    fn usual_column(&self, offsets: Offsets) -> Option<Column> {
        let is_usual = self.digits != Digits::Binary && self.columns() == LANE;
        offsets.usual().filter(|_| is_usual)
    }

    /// Lines that start with usual offsets and end with characters of ASCII: as [`Template::narrow`], without its choices.
    #[inline(always)]
    fn usual<S: Simd>(
        &self,
        simd: S,
        parts: &[Part; 2],
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        let front = self.front(simd, parts);
        let length = self.text.len().min(2 * PART);
        let line = 8 + length + LANE + self.end_length;
        let (lines, _) = data.as_chunks::<LANE>();
        let mut at = 0;
        for bytes in lines {
            let Some(place) = room::<{ 8 + 2 * PART + 2 * LANE }>(space, at) else {
                break;
            };
            place[..8].copy_from_slice(&column.low().to_le_bytes());
            let raw = u8x16::load_array_ref(simd, bytes);
            front.store::<false>(raw, &mut place[8..8 + 2 * PART]);
            let characters = printable(simd, raw);
            characters.store_slice(&mut place[8 + length..8 + length + LANE]);
            place[8 + length + LANE..][..LANE].copy_from_slice(&self.end);
            at += line;
            column.step(LANE);
        }
        (at / line * LANE, at)
    }

    /// Lines with usual offsets and panels of characters.
    #[inline(always)]
    fn paneled<S: Simd>(
        &self,
        simd: S,
        parts: &[Part; 2],
        panels: Loaded<S>,
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        let front = self.front(simd, parts);
        let lead = self.lead_length.min(LANE);
        let text = lead + 8;
        let characters = text + self.text.len().min(2 * PART);
        let (mut done, mut at) = (0, 0);
        for bytes in data.as_chunks::<LANE>().0 {
            let Some(place) = room::<{ LANE + 8 + 2 * PART + panels::ROOM }>(space, at) else {
                break;
            };
            place[..LANE].copy_from_slice(&self.lead);
            place[lead..text].copy_from_slice(&column.low().to_le_bytes());
            let raw = u8x16::load_array_ref(simd, bytes);
            front.store::<false>(raw, &mut place[text..text + 2 * PART]);
            let Some(place) = room(place, characters) else {
                break;
            };
            at += characters + panels.store(raw, place);
            column.step(LANE);
            done += LANE;
        }
        (done, at)
    }

    /// Lines of up to sixteen bytes and `N` parts.
    #[inline(always)]
    fn narrow<S: Simd, const N: usize, const BINARY: bool>(
        &self,
        simd: S,
        parts: &[Part; N],
        mut offsets: Offsets,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        let front = self.front(simd, parts);
        let columns = self.columns();
        let mut at = 0;
        let mut done = 0;
        while let Some(rest) = data.get(done..)
            && let Some(bytes) = rest.first_chunk::<LANE>()
        {
            at = self.start(offsets, space, at);
            let raw = u8x16::load_array_ref(simd, bytes);
            let Some(places) = space.get_mut(at..at + N * PART) else {
                break;
            };
            front.store::<BINARY>(raw, places);
            at += self.text.len();
            at = self.show(
                rest,
                space,
                at,
                #[inline(always)]
                |space, at| {
                    if let Some(place) = room::<LANE>(space, at) {
                        printable(simd, raw).store_array(place);
                    }
                },
            );
            at = store(self.end, self.end_length, space, at);
            offsets.step(columns);
            done += columns;
        }
        (done, at)
    }

    /// Lines of any length.
    #[inline(always)]
    fn wide<S: Simd, const BINARY: bool>(
        &self,
        simd: S,
        parts: &[Part],
        mut offsets: Offsets,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        let letters = self.letters(simd);
        let columns = self.columns();
        let mut at = 0;
        let mut done = 0;
        while let Some(line) = data.get(done..)
            && line.len() >= columns.max(LANE)
        {
            at = self.start(offsets, space, at);
            for (part, place) in parts.iter().zip((at..).step_by(PART)) {
                let [front, back] = part.from;
                let bytes = sixteen(simd, line, front).combine(sixteen(simd, line, back));
                let shown = part.load(simd).shown::<BINARY>(simd, letters, bytes);
                if let Some(place) = room::<PART>(space, place) {
                    shown.store_array(place);
                }
            }
            at += self.text.len();
            at = self.show(
                line,
                space,
                at,
                #[inline(always)]
                |space, at| {
                    for first in (0..columns).step_by(LANE) {
                        // The last ones overlap others if they are fewer.
                        let first = first.min(columns.saturating_sub(LANE));
                        if let Some(place) = room::<LANE>(space, at + first) {
                            printable(simd, sixteen(simd, line, first)).store_array(place);
                        }
                    }
                },
            );
            at = store(self.end, self.end_length, space, at);
            offsets.step(columns);
            done += columns;
        }
        (done, at)
    }

    /// The parts of a line of up to sixteen bytes.
    #[inline(always)]
    fn front<S: Simd, const N: usize>(&self, simd: S, parts: &[Part; N]) -> Front<S, N> {
        Front {
            simd,
            shapes: parts.each_ref().map(
                #[inline(always)]
                |part| part.load(simd),
            ),
            letters: self.letters(simd),
        }
    }

    /// The hexadecimal digits.
    #[inline(always)]
    fn letters<S: Simd>(&self, simd: S) -> u8x32<S> {
        let letters = hex::nibbles_in(self.digits.is_uppercase());
        u8x32::block_splat(u8x16::load_array_ref(simd, letters))
    }
}

/// The text before the characters of up to sixteen bytes, in vectors.
#[derive(Clone, Copy)]
struct Front<S: Simd, const N: usize> {
    simd: S,
    shapes: [Shape<S>; N],
    letters: u8x32<S>,
}

impl<S: Simd, const N: usize> Front<S, N> {
    /// Stores the parts at the start of `places`.
    #[inline(always)]
    fn store<const BINARY: bool>(&self, raw: u8x16<S>, places: &mut [u8]) {
        let bytes = u8x32::block_splat(raw);
        for (shape, place) in self.shapes.iter().zip(places.as_chunks_mut().0) {
            let shown = shape.shown::<BINARY>(self.simd, self.letters, bytes);
            shown.store_array(place);
        }
    }
}

/// A part in vectors.
#[derive(Clone, Copy)]
struct Shape<S: Simd> {
    shuffle: u8x32<S>,
    high: u8x32<S>,
    low: u8x32<S>,
    text: u8x32<S>,
}

impl Part {
    #[inline(always)]
    fn load<S: Simd>(&self, simd: S) -> Shape<S> {
        Shape {
            shuffle: u8x32::load_array_ref(simd, &self.shuffle),
            high: u8x32::load_array_ref(simd, &self.high),
            low: u8x32::load_array_ref(simd, &self.low),
            text: u8x32::load_array_ref(simd, &self.text),
        }
    }
}

impl<S: Simd> Shape<S> {
    /// The text of `bytes`, sixteen for each half.
    #[inline(always)]
    fn shown<const BINARY: bool>(self, simd: S, letters: u8x32<S>, bytes: u8x32<S>) -> u8x32<S> {
        let bytes = bytes.swizzle_dyn_within_blocks(self.shuffle);
        if BINARY {
            let is_zero = (bytes & self.high).simd_eq(0);
            let [zero, one] = [b'0', b'1'].map(
                #[inline(always)]
                |digit| u8x32::splat(simd, digit),
            );
            return is_zero.select(zero, one) ^ self.text;
        }
        let nibbles = ((bytes >> 4) & self.high) | (bytes & self.low);
        letters.swizzle_dyn_within_blocks(nibbles) ^ self.text
    }
}

/// Sixteen bytes from `from` on.
#[inline(always)]
fn sixteen<S: Simd>(simd: S, line: &[u8], from: usize) -> u8x16<S> {
    let bytes = line.get(from..).and_then(<[u8]>::first_chunk);
    u8x16::load_array(simd, bytes.copied().unwrap_or_default())
}

/// The hexadecimal digits of sixteen bytes.
#[inline(always)]
pub(in super::super) fn digits<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x32<S> {
    let (front, back) = (bytes >> 4).interleave(bytes & 15);
    let letters = u8x16::load_array_ref(simd, hex::NIBBLES);
    u8x32::block_splat(letters).swizzle_dyn_within_blocks(front.combine(back))
}
