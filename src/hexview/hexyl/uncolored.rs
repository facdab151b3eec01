//! Lines without colour, for processors that compress a vector of 64 bytes at once. Others are built in `fast`.
//!
//! Two panels, which are sixteen bytes, are converted at a time. A vector holds their digits, those
//! of the offset, and the separators; two shuffles of it make the text. A second vector holds
//! their characters and separators. The zeros in it are removed.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask8x64, u8x16, u8x32, u8x64};

use super::super::hex;
use super::super::offset::Column;
use super::super::place::{room, store};
use super::super::template;
use super::glyphs::{Characters, DEEP, END, GROUP, Glyphs, VECTOR, group};
use super::tables::{PANEL, Tables};

/// The places of the last digits of the offset, of its first digits and of the separators in the
/// vector of bytes.
const LOW: u8 = 32;
const HIGH: u8 = 40;
const TEXT: u8 = 48;
/// The limit of different bytes in the separators.
const TEXTS: usize = 16;
/// Room for a line of two panels, and for a vector more, because it is stored whole.
const LINE: usize = 256;
/// Room for a group: the offset between two separators, and two panels of three characters per
/// byte, each with a space and a separator.
const ROOM: usize = VECTOR + 16;

/// The shuffles of two panels of bytes, and of the offset before them at the start of a line.
#[derive(Debug)]
struct Shape {
    front: [u8; VECTOR],
    back: [u8; VECTOR],
    length: usize,
}

/// Builds shapes, and collects the bytes of separators.
#[derive(Debug, Default)]
struct Builder {
    texts: Vec<u8>,
}

impl Builder {
    /// The places of `text` in the vector.
    fn text(&mut self, text: &[u8]) -> Option<Vec<u8>> {
        let place = |byte: &u8| {
            let known = self.texts.iter().position(|text| text == byte);
            let slot = known.unwrap_or_else(|| {
                self.texts.push(*byte);
                self.texts.len() - 1
            });
            (slot < TEXTS).then_some(TEXT + slot as u8)
        };
        text.iter().map(place).collect()
    }

    /// The places of the offset column with `lead` digits before the last eight.
    fn column(&mut self, outer: &[u8], lead: u8) -> Option<Vec<u8>> {
        let outer = self.text(outer)?;
        let digits: Vec<u8> = (HIGH..HIGH + lead).chain(LOW..HIGH).collect();
        Some([&outer, &digits, &outer].map(Vec::as_slice).concat())
    }

    /// A shape that starts with the places `start` and has a panel before each of `ends`.
    fn shape(&mut self, start: &[u8], ends: &[&[u8]]) -> Option<Shape> {
        let space = self.text(b" ")?;
        let mut places = start.to_vec();
        for (panel, end) in ends.iter().enumerate() {
            for byte in 0..PANEL {
                let digit = u8::try_from(2 * (PANEL * panel + byte)).ok()?;
                places.extend(&space);
                places.extend([digit, digit + 1]);
            }
            places.extend(&space);
            places.extend(self.text(end)?);
        }
        let mut index = [[0; VECTOR]; 2];
        index
            .as_flattened_mut()
            .get_mut(..ROOM)?
            .get_mut(..places.len())?
            .copy_from_slice(&places);
        let [front, back] = index;
        Some(Shape {
            front,
            back,
            length: places.len(),
        })
    }
}

/// Everything that lines without colour are built from.
#[derive(Debug)]
pub(super) struct Uncolored {
    panels: usize,
    /// The first two panels, for offsets with 0, 2, 4, 6 or 8 digits before the last eight.
    first: [Shape; 5],
    /// Two panels that are neither first nor last.
    middle: Shape,
    /// The panels that end a line.
    last: Shape,
    texts: [u8; TEXTS],
    glyphs: Glyphs,
    /// The text after a panel of characters: not the last one, the last one.
    ends: [[u8; END]; 2],
}

impl Uncolored {
    /// Lines of `panels` panels; none if the separators are longer than expected.
    pub(super) fn new(tables: &Tables, panels: usize) -> Option<Self> {
        let Tables { outer, inner, .. } = tables;
        let mut builder = Builder::default();
        let ends: &[&[u8]] = match panels {
            1 => &[outer],
            2 => &[inner, outer],
            _ => &[inner, inner],
        };
        let mut first = |lead| {
            let start = builder.column(outer, lead)?;
            builder.shape(&start, ends)
        };
        let first = [first(0)?, first(2)?, first(4)?, first(6)?, first(8)?];
        let middle = builder.shape(&[], &[inner, inner])?;
        let ends: &[&[u8]] = if panels.is_multiple_of(2) {
            &[inner, outer]
        } else {
            &[outer]
        };
        let last = builder.shape(&[], ends)?;
        let mut texts = [0; TEXTS];
        texts
            .get_mut(..builder.texts.len())?
            .copy_from_slice(&builder.texts);
        let end = |parts: &[&[u8]]| {
            let text = parts.concat();
            let mut end = [0; END];
            end.get_mut(..text.len())?.copy_from_slice(&text);
            Some(end)
        };
        let ends = [end(&[inner])?, end(&[outer, b"\n"])?];
        Some(Self {
            panels,
            first,
            middle,
            last,
            texts,
            glyphs: Glyphs::new(tables)?,
            ends,
        })
    }

    /// Writes lines and returns the length of their text.
    #[inline(always)]
    pub(super) fn lines<S: Simd>(
        &self,
        simd: S,
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> usize {
        let step = PANEL * self.panels;
        let rest = self.rest(&column);
        let first = &self.first[column.lead().len() / 2 % 5];
        let panels = Panels::new(simd, self);
        if step == GROUP {
            return panels.pairs(first, rest, column, data, space);
        }
        let mut at = 0;
        for line in data.chunks_exact(step) {
            let mut rest = rest;
            rest[..8].copy_from_slice(&column.low().to_le_bytes());
            let rest = u8x32::load_array(simd, rest);
            at = self.bytes(simd, first, rest, line, space, at);
            at = panels.line(line, space, at);
            column.step(step);
        }
        at
    }

    /// The second half of the vector of bytes.
    fn rest(&self, column: &Column) -> [u8; 32] {
        let mut rest = [0; 32];
        for (place, digit) in rest.iter_mut().skip((HIGH - LOW).into()).zip(column.lead()) {
            *place = *digit;
        }
        rest[usize::from(TEXT - LOW)..].copy_from_slice(&self.texts);
        rest
    }

    /// Writes the offset and the panels of bytes.
    #[inline(always)]
    fn bytes<S: Simd>(
        &self,
        simd: S,
        first: &Shape,
        rest: u8x32<S>,
        line: &[u8],
        space: &mut [u8],
        at: usize,
    ) -> usize {
        let mut at = at;
        let mut shape = first;
        let mut left = line;
        loop {
            let (raw, later) = group(simd, left);
            let source = template::digits(simd, raw).combine(rest);
            if let Some((front, back)) =
                room::<ROOM>(space, at).and_then(|room| room.split_first_chunk_mut::<VECTOR>())
            {
                source
                    .swizzle_dyn(u8x64::load_array_ref(simd, &shape.front))
                    .store_array(front);
                let (low, _) = source
                    .swizzle_dyn(u8x64::load_array_ref(simd, &shape.back))
                    .split();
                low.split().0.store_slice(back);
            }
            at += shape.length;
            if later.is_empty() {
                return at;
            }
            shape = if later.len() > GROUP {
                &self.middle
            } else {
                &self.last
            };
            left = later;
        }
    }
}

/// The panels of characters and their separators, in vectors.
struct Panels<S: Simd> {
    simd: S,
    none: u8x64<S>,
    /// The first of two panels.
    front: mask8x64<S>,
    characters: Characters<S>,
    /// Separators in their places: two inner ones, an inner and an outer one, an outer one.
    ends: [u8x64<S>; 3],
}

impl<S: Simd> Panels<S> {
    #[inline(always)]
    fn new(simd: S, tables: &Uncolored) -> Self {
        let [inner, outer] = &tables.ends;
        let ends = [(inner, inner), (inner, outer), (outer, &[0; END])].map(|(front, back)| {
            let mut ends = [0; VECTOR];
            ends[DEEP * PANEL..VECTOR / 2].copy_from_slice(front);
            ends[VECTOR / 2 + DEEP * PANEL..].copy_from_slice(back);
            u8x64::load_array(simd, ends)
        });
        Self {
            simd,
            none: u8x64::splat(simd, 0),
            front: mask8x64::from_bitmask(simd, u64::MAX >> 32),
            characters: tables.glyphs.load(simd),
            ends,
        }
    }

    /// Writes lines of two panels, which most dumps have. [`Uncolored::bytes`] and
    /// [`Panels::line`] do the same for any number of panels.
    #[inline(always)]
    fn pairs(
        &self,
        shape: &Shape,
        rest: [u8; 32],
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> usize {
        let simd = self.simd;
        let nothing = u8x32::splat(simd, 0);
        let rest = nothing.combine(u8x32::load_array(simd, rest));
        let is_digit = mask8x64::from_bitmask(simd, u64::MAX >> (VECTOR - usize::from(HIGH)));
        let is_high = mask8x64::from_bitmask(simd, 0x5555_5555_5555_5555);
        let twice = u8x64::from_fn(simd, |place| place as u8 / 2);
        let letters = u8x64::block_splat(u8x16::load_array_ref(simd, hex::NIBBLES));
        let front = u8x64::load_array_ref(simd, &shape.front);
        let back = u8x64::load_array_ref(simd, &shape.back);
        let mut at = 0;
        for bytes in data.as_chunks::<GROUP>().0 {
            let Some(room) = room::<LINE>(space, at) else {
                break;
            };
            let raw = u8x16::load_array_ref(simd, bytes);
            // The sixteen bytes and the four of the offset become digits at once.
            let mut offset = [0; 16];
            offset[..4].copy_from_slice(&column.number().to_be_bytes());
            let both = raw
                .combine(u8x16::load_array(simd, offset))
                .combine(nothing);
            let both = both.swizzle_dyn(twice);
            let nibbles = is_high.select(both >> 4, both & 15);
            let digits = letters.swizzle_dyn_within_blocks(nibbles);
            let source = is_digit.select(digits, rest);
            source.swizzle_dyn(front).store_slice(&mut room[..VECTOR]);
            let (end, _) = source.swizzle_dyn(back).split();
            end.split().0.store_slice(&mut room[VECTOR..ROOM]);
            let text = self.characters.look_up(raw) | self.ends[1];
            let used = text.simd_ne(self.none);
            // The remainder never changes the place. It proves to the compiler that there is room.
            let start = shape.length % (LINE - VECTOR);
            text.compress(used)
                .store_slice(&mut room[start..start + VECTOR]);
            at += start + used.to_bitmask().count_ones() as usize;
            column.step(GROUP);
        }
        at
    }

    /// Writes the panels of characters of a line.
    #[inline(always)]
    fn line(&self, line: &[u8], space: &mut [u8], at: usize) -> usize {
        let mut at = at;
        let mut left = line;
        while !left.is_empty() {
            let panels = left.len() / PANEL;
            let (raw, later) = group(self.simd, left);
            let text =
                self.characters.look_up(raw) | self.ends[3_usize.saturating_sub(panels).min(2)];
            let text = if panels == 1 {
                self.front.select(text, self.none)
            } else {
                text
            };
            let used = text.simd_ne(self.none);
            let length = used.to_bitmask().count_ones() as usize;
            at = store(text.compress(used).to_array(), length, space, at);
            left = later;
        }
        at
    }
}
