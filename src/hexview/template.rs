//! Lines of one length: fixed text with the digits of bytes at fixed places, and then their characters. Which lines are
//! printed, and the offsets before them, is decided elsewhere.
//!
//! The text before the characters is made in parts of 32 places. One shuffle moves the byte of each digit to its place,
//! and a second one turns the right half of it into a digit. A plain loop does the same on processors without shuffles.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16, u8x32};

use super::block::Block;
use super::characters::{Characters, ascii, printable, table};
use super::hex;
use super::offset::{Column, Offsets};
use super::panels::{self, Loaded};
use super::place::{padded, room, store};

/// Places in a part.
const PART: usize = 2 * LANE;
/// Places in each half of a part. Its digits are those of as many bytes at most.
const LANE: usize = 16;
/// Room after the last line, because parts are stored whole.
const SLACK: usize = LANE + 8 + 2 * PART + panels::ROOM;

/// How the digits of a byte look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Digits {
    Hexadecimal,
    Uppercase,
    Binary,
}

impl Digits {
    /// The number of digits of a byte.
    pub(super) fn count(self) -> usize {
        if self == Self::Binary { 8 } else { 2 }
    }

    /// Whether the digits are upper case.
    fn is_uppercase(self) -> bool {
        self == Self::Uppercase
    }
}

/// A byte in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digit {
    /// The number of the byte.
    byte: usize,
    /// The number of the digit.
    digit: usize,
}

/// 32 places of the text before the characters.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// The first byte that each half draws from; 0 in lines of up to sixteen bytes.
    from: [usize; 2],
    /// The number, from there on, of the byte at each place.
    shuffle: [u8; PART],
    /// The bits to keep of a byte whose first digit is at a place; with binary digits, the bit at that place.
    high: [u8; PART],
    /// The bits to keep of a byte whose last digit is at a place.
    low: [u8; PART],
    /// The difference between a zero and the text at a place.
    text: [u8; PART],
}

/// A line, from the text after its offset on.
#[derive(Clone, Debug)]
pub(super) struct Template {
    digits: Digits,
    /// The text before the characters, with spaces in place of digits.
    text: Vec<u8>,
    /// The place of the first digit of each byte.
    places: Vec<usize>,
    characters: Characters,
    /// The text before the offset.
    lead: [u8; LANE],
    lead_length: usize,
    /// The text after the characters.
    end: [u8; LANE],
    end_length: usize,
    /// None if a part draws from too many bytes.
    parts: Option<Vec<Part>>,
}

impl Template {
    /// A line of `text` in which the digits of each byte start at these places. `end` has at most sixteen bytes.
    pub(super) fn new(
        digits: Digits,
        text: Vec<u8>,
        places: Vec<usize>,
        characters: Characters,
        end: &[u8],
    ) -> Self {
        let (end, end_length) = padded(end).unwrap_or_default();
        Self {
            digits,
            parts: parts(digits, &text, &places),
            text,
            places,
            characters,
            lead: [0; LANE],
            lead_length: 0,
            end,
            end_length,
        }
    }

    /// A line of `picture`, in which each `HH` is the digits of the next byte.
    pub(super) fn pictured(picture: &str, characters: Characters, end: &[u8]) -> Self {
        let places = picture.match_indices("HH").map(|(place, _)| place);
        let text = picture.replace('H', " ").into_bytes();
        Self::new(Digits::Hexadecimal, text, places.collect(), characters, end)
    }

    /// The line with `lead` before its offset; none if it is too long.
    pub(super) fn with_lead(self, lead: &[u8]) -> Option<Self> {
        let (lead, lead_length) = padded(lead)?;
        Some(Self {
            lead,
            lead_length,
            ..self
        })
    }

    /// The number of bytes in a line.
    pub(super) fn columns(&self) -> usize {
        self.places.len()
    }

    /// The digits, and the place of the first character.
    pub(super) fn shape(&self) -> (Digits, usize) {
        (self.digits, self.text.len())
    }

    /// The place of the first digit of each byte.
    pub(super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The length of a line after its offset; with panels, at most.
    pub(super) fn length(&self) -> usize {
        let characters = match &self.characters {
            Characters::None => 0,
            Characters::Panels(panels) => panels.length(self.columns()),
            _ => self.columns(),
        };
        self.text.len() + characters + self.end_length
    }

    /// Appends full lines.
    pub(super) fn lines(
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
            let (mut done, mut at) = (0, 0);
            if let (Some(level), Some(parts)) = (level, &self.parts) {
                (done, at) =
                    dispatch!(level, simd => self.vectors(simd, parts, offsets, now, space));
            }
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

    /// Writes one line, which may be short, and returns its length.
    #[inline(always)]
    fn line(&self, bytes: &[u8], space: &mut [u8]) -> usize {
        let Some((shown, rest)) = space.split_at_mut_checked(self.text.len()) else {
            return 0;
        };
        shown.copy_from_slice(&self.text);
        match self.digits {
            Digits::Binary => self.put(&hex::BITS, bytes, shown),
            _ => self.put(hex::digits_in(self.digits.is_uppercase()), bytes, shown),
        }
        let mut at = 0;
        match &self.characters {
            Characters::None => {}
            Characters::Ascii => at = ascii(bytes, rest),
            Characters::Table(characters) => at = table(characters, bytes, rest, 0),
            Characters::Panels(panels) => at = panels.store(bytes, rest, 0),
        }
        let end = self.end.get(..self.end_length).unwrap_or_default();
        if let Some(place) = rest.get_mut(at..at + end.len()) {
            place.copy_from_slice(end);
        }
        self.text.len() + at + end.len()
    }

    /// Writes the digits of bytes at their places.
    #[inline(always)]
    fn put<const N: usize>(&self, digits: &[[u8; N]; 256], bytes: &[u8], shown: &mut [u8]) {
        for (byte, place) in bytes.iter().zip(&self.places) {
            if let Some(place) = room(shown, *place) {
                *place = digits[usize::from(*byte)];
            }
        }
    }

    /// Appends the short last line after its offset, if there is one: spaces for the digits of missing bytes, and
    /// nothing for their characters.
    pub(super) fn short_line(&self, tail: &[u8], text: &mut Block) {
        let written = self.line(tail, text.spare(self.length()));
        text.advance(written);
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
        while let Some(bytes) = data.get(done..).and_then(<[u8]>::first_chunk::<LANE>) {
            at = self.start(offsets, space, at);
            let raw = u8x16::load_array_ref(simd, bytes);
            let Some(places) = space.get_mut(at..at + N * PART) else {
                break;
            };
            front.store::<BINARY>(raw, places);
            at += self.text.len();
            match &self.characters {
                Characters::None => {}
                Characters::Ascii => {
                    if let Some(place) = room::<LANE>(space, at) {
                        printable(simd, raw).store_array(place);
                    }
                    at += columns;
                }
                other => at = self.others(other, data.get(done..).unwrap_or_default(), space, at),
            }
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
            match &self.characters {
                Characters::None => {}
                Characters::Ascii => {
                    for first in (0..columns).step_by(LANE) {
                        // The last ones overlap others if they are fewer.
                        let first = first.min(columns.saturating_sub(LANE));
                        if let Some(place) = room::<LANE>(space, at + first) {
                            printable(simd, sixteen(simd, line, first)).store_array(place);
                        }
                    }
                    at += columns;
                }
                other => at = self.others(other, line, space, at),
            }
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

    /// Writes characters without vectors, and returns the place after them.
    #[inline(always)]
    fn others(&self, kind: &Characters, data: &[u8], space: &mut [u8], at: usize) -> usize {
        let line = data.get(..self.columns()).unwrap_or_default();
        match kind {
            Characters::Table(characters) => table(characters, line, space, at),
            Characters::Panels(panels) => panels.store(line, space, at),
            _ => at,
        }
    }

    /// Stores the offset and the text before it, and returns the place after them.
    #[inline(always)]
    fn start(&self, offsets: Offsets, space: &mut [u8], at: usize) -> usize {
        let at = match self.lead_length {
            0 => at,
            length => store(self.lead, length, space, at),
        };
        offsets.store(space, at)
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

/// The parts of a line; none if half a part draws from bytes too far apart.
fn parts(digits: Digits, text: &[u8], places: &[usize]) -> Option<Vec<Part>> {
    let mut shown: Vec<Option<Digit>> = vec![None; text.len()];
    for (byte, place) in places.iter().enumerate() {
        let shown = shown.get_mut(*place..*place + digits.count())?;
        for (digit, shown) in shown.iter_mut().enumerate() {
            *shown = Some(Digit { byte, digit });
        }
    }
    let part = |(shown, text): (&[Option<Digit>], &[u8])| {
        let mut part = Part {
            from: [0; 2],
            shuffle: [0; PART],
            high: [0; PART],
            low: [0; PART],
            text: [0; PART],
        };
        for (half, shown) in shown.chunks(LANE).enumerate() {
            let first = shown.iter().flatten().map(|digit| digit.byte).min();
            let most = places.len().saturating_sub(LANE);
            *part.from.get_mut(half)? = first.unwrap_or_default().min(most);
        }
        for (place, (shown, text)) in shown.iter().zip(text).enumerate() {
            let Some(Digit { byte, digit }) = *shown else {
                part.text[place] = text ^ b'0';
                continue;
            };
            let source = byte - part.from[place / LANE];
            part.shuffle[place] = u8::try_from(source)
                .ok()
                .filter(|source| usize::from(*source) < LANE)?;
            match (digits, digit) {
                (Digits::Binary, _) => part.high[place] = 0x80 >> digit,
                (_, 0) => part.high[place] = 15,
                _ => part.low[place] = 15,
            }
        }
        Some(part)
    };
    shown
        .chunks(PART)
        .zip(text.chunks(PART))
        .map(part)
        .collect()
}

/// Sixteen bytes from `from` on.
#[inline(always)]
fn sixteen<S: Simd>(simd: S, line: &[u8], from: usize) -> u8x16<S> {
    let bytes = line.get(from..).and_then(<[u8]>::first_chunk);
    u8x16::load_array(simd, bytes.copied().unwrap_or_default())
}

/// The hexadecimal digits of sixteen bytes.
#[inline(always)]
pub(super) fn digits<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x32<S> {
    let (front, back) = (bytes >> 4).interleave(bytes & 15);
    let letters = u8x16::load_array_ref(simd, hex::NIBBLES);
    u8x32::block_splat(letters).swizzle_dyn_within_blocks(front.combine(back))
}
