//! Lines with short colours, with vectors. Lines with long colours are built in `fast`.
//!
//! Each byte of a panel has eight places in a vector: five for the escape that sets its colour, and
//! three for its digits and a space, or for its character. One step removes the escapes after a
//! byte of the same colour, and the unused places.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask8x64, u8x16, u8x32, u8x64};

use super::super::offset::Column;
use super::super::place::store;
use super::super::template;
use super::glyphs::{Characters, DEEP, GROUP, Glyphs, VECTOR, group, load};
use super::tables::{PANEL, Tables};
use super::texts::{Part, Separators};

/// Places of a byte.
const PLACES: usize = VECTOR / PANEL;
/// Places of the escape.
const ESCAPE: usize = PLACES - DEEP;
/// The limit of colours.
const COLORS: usize = VECTOR / PLACES;
/// The distance between the escapes of two colours in the vector of escapes.
const NUMBER: u8 = PLACES as u8;

/// The places after the escapes.
const AFTER: u64 = {
    let mut after = 0;
    let mut place = 0;
    while place < VECTOR {
        if place % PLACES >= ESCAPE {
            after |= 1 << place;
        }
        place += 1;
    }
    after
};

/// The places that are always kept. They include the escape of the first byte.
const KEPT: u64 = AFTER | ((1 << PLACES) - 1);

/// For every place of a panel of a group, the number of its byte.
const fn bytes(panel: usize) -> [u8; VECTOR] {
    let mut index = [0; VECTOR];
    let mut place = 0;
    while place < VECTOR {
        index[place] = (panel * PANEL + place / PLACES) as u8;
        place += 1;
    }
    index
}

/// The same for the byte before, except for the first byte.
const fn bytes_before(panel: usize) -> [u8; VECTOR] {
    let mut index = bytes(panel);
    let mut place = PLACES;
    while place < VECTOR {
        index[place] -= 1;
        place += 1;
    }
    index
}

/// For the places after the escapes, the places of two digits and of a space. The last byte has no
/// space.
const fn digits(panel: usize) -> [u8; VECTOR] {
    let mut index = [0; VECTOR];
    let mut byte = 0;
    while byte < PANEL {
        let digit = 2 * (panel * PANEL + byte) as u8;
        let place = byte * PLACES + ESCAPE;
        index[place] = digit;
        index[place + 1] = digit + 1;
        index[place + 2] = if byte + 1 < PANEL { SPACE } else { NOTHING };
        byte += 1;
    }
    index
}

/// The places of a space and of a zero in the vector of digits.
const SPACE: u8 = 32;
const NOTHING: u8 = 33;

/// For the places after the escapes, the places of a character.
const fn characters(panel: usize) -> [u8; VECTOR] {
    let mut index = [0; VECTOR];
    let mut byte = 0;
    while byte < PANEL {
        let mut deep = 0;
        while deep < DEEP {
            let place = panel * VECTOR / 2 + byte * DEEP + deep;
            index[byte * PLACES + ESCAPE + deep] = place as u8;
            deep += 1;
        }
        byte += 1;
    }
    index
}

/// Everything that lines with short colours are built from.
#[derive(Debug)]
pub(super) struct Colored {
    panels: usize,
    separators: Separators,
    /// [`NUMBER`] times the number of each byte's colour.
    colors: Box<[u8; 256]>,
    /// The escapes of all colours.
    escapes: [u8; VECTOR],
    glyphs: Glyphs,
}

impl Colored {
    /// Lines of `panels` panels; none if there are too many colours or too long ones.
    pub(super) fn new(tables: &Tables, panels: usize) -> Option<Self> {
        let (known, mut colors) = tables.colors();
        if known.len() > COLORS {
            return None;
        }
        colors.iter_mut().for_each(|number| *number *= NUMBER);
        let mut escapes = [0; VECTOR];
        for (places, color) in escapes.as_chunks_mut::<PLACES>().0.iter_mut().zip(&known) {
            places
                .get_mut(..ESCAPE)?
                .get_mut(..color.len())?
                .copy_from_slice(color);
        }
        Some(Self {
            panels,
            separators: Separators::new(tables, b" ")?,
            colors,
            escapes,
            glyphs: Glyphs::new(tables)?,
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
        let vectors = Vectors::new(simd, self);
        let mut at = 0;
        for line in data.chunks_exact(step) {
            at = self.separators.start(&column, space, at);
            at = vectors.line(line, space, at);
            column.step(step);
        }
        at
    }
}

/// The tables in vectors.
struct Vectors<'a, S: Simd> {
    simd: S,
    tables: &'a Colored,
    colors: [u8x64<S>; 4],
    escapes: u8x64<S>,
    /// The number of each place in the eight places of its byte.
    places: u8x64<S>,
    characters: Characters<S>,
}

/// The escapes of a panel, and the places that are kept.
#[derive(Clone, Copy)]
struct Paint<S: Simd> {
    escapes: u8x64<S>,
    kept: mask8x64<S>,
}

impl<'a, S: Simd> Vectors<'a, S> {
    #[inline(always)]
    fn new(simd: S, tables: &'a Colored) -> Self {
        Self {
            simd,
            tables,
            colors: load(simd, &tables.colors),
            escapes: u8x64::load_array(simd, tables.escapes),
            places: u8x64::from_fn(simd, |place| (place % PLACES) as u8),
            characters: tables.glyphs.load(simd),
        }
    }

    /// Writes the panels of a line and returns the place after them.
    #[inline(always)]
    fn line(&self, line: &[u8], space: &mut [u8], at: usize) -> usize {
        if line.len() <= GROUP {
            let (raw, _) = group(self.simd, line);
            let paint = self.paint(raw);
            let at = self.bytes(raw, paint, line.len() / PANEL, space, at);
            return self.text(raw, paint, line.len() / PANEL, space, at);
        }
        let mut at = at;
        let mut left = line;
        while !left.is_empty() {
            let (raw, later) = group(self.simd, left);
            at = self.bytes(raw, self.paint(raw), left.len() / PANEL, space, at);
            left = later;
        }
        left = line;
        while !left.is_empty() {
            let (raw, later) = group(self.simd, left);
            at = self.text(raw, self.paint(raw), left.len() / PANEL, space, at);
            left = later;
        }
        at
    }

    /// The colours of two panels.
    #[inline(always)]
    fn paint(&self, raw: u8x16<S>) -> [Paint<S>; 2] {
        let raw = u8x64::block_splat(raw);
        let [a, b, c, d] = self.colors;
        let index = raw & 127;
        let below = a.concat_swizzle_dyn(b, index);
        let above = c.concat_swizzle_dyn(d, index);
        let colors = raw.simd_ge(128).select(above, below);
        let index = const { &[(bytes(0), bytes_before(0)), (bytes(1), bytes_before(1))] };
        index.each_ref().map(
            #[inline(always)]
            |(bytes, before)| self.paint_panel(colors, bytes, before),
        )
    }

    /// The escapes of one panel.
    #[inline(always)]
    fn paint_panel(
        &self,
        colors: u8x64<S>,
        bytes: &[u8; VECTOR],
        before: &[u8; VECTOR],
    ) -> Paint<S> {
        let now = colors.swizzle_dyn(u8x64::load_array_ref(self.simd, bytes));
        let before = colors.swizzle_dyn(u8x64::load_array_ref(self.simd, before));
        let kept = now.simd_ne(before) | mask8x64::from_bitmask(self.simd, KEPT);
        Paint {
            escapes: self.escapes.swizzle_dyn(now | self.places),
            kept,
        }
    }

    /// Writes up to two of the last `left` panels of bytes.
    #[inline(always)]
    fn bytes(
        &self,
        raw: u8x16<S>,
        paint: [Paint<S>; 2],
        left: usize,
        space: &mut [u8],
        at: usize,
    ) -> usize {
        let mut rest = [0; 32];
        rest[usize::from(SPACE) - 32] = b' ';
        let rest = u8x32::load_array(self.simd, rest);
        let source = template::digits(self.simd, raw).combine(rest);
        let index = const { &[digits(0), digits(1)] };
        self.panels(
            source,
            index,
            paint,
            &self.tables.separators.byte_ends,
            left,
            space,
            at,
        )
    }

    /// Writes up to two of the last `left` panels of characters.
    #[inline(always)]
    fn text(
        &self,
        raw: u8x16<S>,
        paint: [Paint<S>; 2],
        left: usize,
        space: &mut [u8],
        at: usize,
    ) -> usize {
        let source = self.characters.look_up(raw);
        let index = const { &[characters(0), characters(1)] };
        self.panels(
            source,
            index,
            paint,
            &self.tables.separators.character_ends,
            left,
            space,
            at,
        )
    }

    /// Writes up to two panels. `index` has the places in `source` of the texts after the escapes.
    #[inline(always)]
    #[expect(
        clippy::too_many_arguments,
        reason = "vectors stay in registers only as arguments"
    )]
    fn panels(
        &self,
        source: u8x64<S>,
        index: &[[u8; VECTOR]; 2],
        paint: [Paint<S>; 2],
        ends: &[Part; 2],
        left: usize,
        space: &mut [u8],
        at: usize,
    ) -> usize {
        let [first, second] = paint;
        let [first_index, second_index] = index;
        let end = &ends[usize::from(left == 1)];
        let at = self.panel(source, first_index, first, end, space, at);
        if left == 1 {
            return at;
        }
        let end = &ends[usize::from(left == 2)];
        self.panel(source, second_index, second, end, space, at)
    }

    /// Writes one panel.
    #[inline(always)]
    fn panel(
        &self,
        source: u8x64<S>,
        index: &[u8; VECTOR],
        paint: Paint<S>,
        end: &Part,
        space: &mut [u8],
        at: usize,
    ) -> usize {
        let shape = source.swizzle_dyn(u8x64::load_array_ref(self.simd, index));
        let after = mask8x64::from_bitmask(self.simd, AFTER);
        let shape = after.select(shape, paint.escapes);
        let kept = shape.simd_ne(0) & paint.kept;
        let length = kept.to_bitmask().count_ones() as usize;
        let at = store(shape.compress(kept).to_array(), length, space, at);
        end.store(space, at)
    }
}
