//! Whole lines of two panels with colours, in vectors. Lines that do not fit in them are built in `fast`.
//!
//! Two bytes are written at once. Their digits or characters stand in a vector with the numbers of their colours and the
//! other characters of an escape sequence. One shuffle, of a table, makes the text of them. Its number says which of the
//! bytes starts a colour, and how long its character is.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i8x16, u8x16, u32x4, u64x2};

use super::super::offset::Column;
use super::super::panels::{self, Panels};
use super::super::place::{Short, padded, put, room};
use super::super::template;
use super::tables::{PANEL, Tables};

/// Bytes in a vector, and in a line.
const LANE: usize = 2 * PANEL;
/// Bytes of the escape sequence of a colour.
const ESCAPE: usize = 5;
/// Digits of an offset.
const OFFSET: usize = 8;
/// Room for a line, and for a vector more because each is stored whole. The places in it are below `PLACES`.
pub(super) const ROOM: usize = PLACES + LANE;
const PLACES: usize = 512;

/// What follows the digits and colours of two bytes in a vector.
const BEFORE_BYTES: [u8; LANE] = *b" \x1b[m    \x20\x1b[m    ";
/// What follows the characters and colours of two bytes in a vector.
const BEFORE_CHARACTERS: [u8; LANE] = *b"\x1b[m \x1b[m \x1b[m \x1b[m ";

/// Everything that lines of two panels with colours are built from.
#[derive(Debug)]
pub(super) struct Colored {
    classes: Classes,
    /// The first and second digits of the colours.
    digits: [[u8; LANE]; 2],
    /// The characters, and the texts after a panel of them.
    panels: Panels,
    /// Before and after the offset.
    lead: Short,
    gap: Short,
    /// After a panel of bytes: the first one, the last one.
    ends: [Short; 2],
}

impl Colored {
    /// Lines of two panels; none if the colours or texts do not fit in vectors.
    pub(super) fn new(tables: &Tables) -> Option<Self> {
        let (reset, outer, inner) = (&tables.reset, &tables.outer, &tables.inner);
        let (colors, numbers) = tables.colors();
        let mut digits = [[0; LANE]; 2];
        for (number, color) in colors.iter().enumerate() {
            let [b'\x1b', b'[', first, second, b'm'] = **color else {
                return None;
            };
            *digits[0].get_mut(number)? = first;
            *digits[1].get_mut(number)? = second;
        }
        let join = |parts: &[&[u8]]| padded(&parts.concat());
        let characters = tables.bytes.iter().map(|look| look.character.as_slice());
        let ends = [
            [reset, inner.as_slice()].concat(),
            [reset, outer.as_slice(), b"\n"].concat(),
        ];
        let panels = Panels::new(characters, [&ends[0], &ends[1]])?;
        Some(Self {
            classes: Classes::new(&numbers)?,
            digits,
            panels: panels.has_vectors().then_some(panels)?,
            lead: join(&[&tables.lead])?,
            gap: join(&[reset, outer])?,
            ends: [join(&[reset, b" ", inner])?, join(&[reset, b" ", outer])?],
        })
    }

    /// Writes lines with offsets of eight digits, and returns the length of their text.
    #[inline(always)]
    pub(super) fn lines<S: Simd>(
        &self,
        simd: S,
        mut column: Column,
        data: &[u8],
        space: &mut [u8],
    ) -> usize {
        let Some(panels) = self.panels.load(simd) else {
            return 0;
        };
        let vectors = Vectors::new(simd, self, panels);
        let (lead, lead_length) = self.lead;
        let offset = lead_length.min(LANE);
        let mut at = 0;
        for bytes in data.as_chunks::<LANE>().0 {
            let Some(room) = room::<ROOM>(space, at) else {
                break;
            };
            room[..LANE].copy_from_slice(&lead);
            room[offset..offset + OFFSET].copy_from_slice(&column.low().to_le_bytes());
            let end = put(self.gap, room, offset + OFFSET);
            at += vectors.line(u8x16::load_array_ref(simd, bytes), room, end);
            column.step(LANE);
        }
        at
    }
}

/// Numbers of the colours of bytes. The bytes from 33 to 126 have the same, and so have those from 128 on, and 127 and
/// the control characters from 15 on.
#[derive(Debug)]
struct Classes {
    /// The colours of the bytes below 16. A space has that of a tab.
    low: [u8; LANE],
    own: u8,
    high: u8,
}

/// The byte whose colour a space has.
const TAB: u8 = b'\t';

impl Classes {
    fn new(numbers: &[u8; 256]) -> Option<Self> {
        let classes = Self {
            low: std::array::from_fn(|byte| numbers[byte]),
            own: numbers[usize::from(b'!')],
            high: numbers[128],
        };
        let fits = |byte: u8| {
            let class = match byte {
                b'!'..=b'~' => classes.own,
                128.. => classes.high,
                b' ' => classes.low[usize::from(TAB)],
                _ => classes.low[usize::from(byte).min(LANE - 1)],
            };
            class == numbers[usize::from(byte)]
        };
        (0..=u8::MAX).all(fits).then_some(classes)
    }
}

/// The same in vectors.
struct Vectors<S: Simd> {
    simd: S,
    low: u8x16<S>,
    own: u8x16<S>,
    high: u8x16<S>,
    first: u8x16<S>,
    second: u8x16<S>,
    before_bytes: u64x2<S>,
    before_characters: u32x4<S>,
    panels: panels::Loaded<S>,
    byte_ends: [Short; 2],
    character_ends: [Short; 2],
}

impl<S: Simd> Vectors<S> {
    #[inline(always)]
    fn new(simd: S, colored: &Colored, panels: panels::Loaded<S>) -> Self {
        let Classes { low, own, high } = &colored.classes;
        let [first, second] = &colored.digits;
        Self {
            simd,
            low: u8x16::load_array_ref(simd, low),
            own: u8x16::splat(simd, *own),
            high: u8x16::splat(simd, *high),
            first: u8x16::load_array_ref(simd, first),
            second: u8x16::load_array_ref(simd, second),
            before_bytes: u8x16::load_array_ref(simd, &BEFORE_BYTES).bitcast(),
            before_characters: u8x16::load_array_ref(simd, &BEFORE_CHARACTERS).bitcast(),
            byte_ends: colored.ends,
            character_ends: panels.ends(),
            panels,
        }
    }

    /// Stores the panels of a line at `at`, and returns the place after them.
    #[inline(always)]
    fn line(&self, raw: u8x16<S>, room: &mut [u8; ROOM], at: usize) -> usize {
        let simd = self.simd;
        let (starts, colors) = self.colors(raw);
        let (digits, more_digits) = template::digits(simd, raw).split();
        let end = self.bytes(digits.bitcast(), colors.0, starts, room, at);
        let end = put(self.byte_ends[0], room, end);
        let end = self.bytes(more_digits.bitcast(), colors.1, starts >> 8, room, end);
        let end = put(self.byte_ends[1], room, end);
        let (front, back) = self.panels.characters(raw);
        let end = self.characters(front, colors.0, starts, room, end);
        let end = put(self.character_ends[0], room, end);
        let end = self.characters(back, colors.1, starts >> 8, room, end);
        put(self.character_ends[1], room, end)
    }

    /// A bit for each byte that starts a colour, and the two digits of the colours of each panel.
    #[inline(always)]
    fn colors(&self, raw: u8x16<S>) -> (u32, (u32x4<S>, u32x4<S>)) {
        let simd = self.simd;
        let index = raw.min(u8x16::splat(simd, LANE as u8 - 1));
        let index = raw.simd_eq(b' ').select(u8x16::splat(simd, TAB), index);
        let is_high = raw.bitcast::<i8x16<S>>().simd_lt(0);
        let is_own = raw.simd_gt(b' ') & raw.simd_le(b'~');
        let class = is_high.select(self.high, self.low.swizzle_dyn(index));
        let class = is_own.select(self.own, class);
        let same = class.simd_eq(class.slide::<15>(class)).to_bitmask() as u32;
        let first = self.first.swizzle_dyn(class);
        let (front, back) = first.interleave(self.second.swizzle_dyn(class));
        // At the start of a panel no colour is set.
        (!same | 0x0101, (front.bitcast(), back.bitcast()))
    }

    /// Stores a panel of bytes, and returns the place after it.
    #[inline(always)]
    fn bytes(
        &self,
        digits: u32x4<S>,
        colors: u32x4<S>,
        starts: u32,
        room: &mut [u8; ROOM],
        at: usize,
    ) -> usize {
        let (front, back) = digits.interleave(colors);
        let at = self.four_bytes(front.bitcast(), starts, room, at);
        self.four_bytes(back.bitcast(), starts >> 4, room, at)
    }

    #[inline(always)]
    fn four_bytes(&self, parts: u64x2<S>, starts: u32, room: &mut [u8; ROOM], at: usize) -> usize {
        let (front, back) = parts.interleave(self.before_bytes);
        let at = self.shuffled(front, &BYTES, starts & 3, room, at);
        self.shuffled(back, &BYTES, starts >> 2 & 3, room, at)
    }

    /// Stores a panel of characters, and returns the place after it.
    #[inline(always)]
    fn characters(
        &self,
        panel: panels::Panel<S>,
        colors: u32x4<S>,
        starts: u32,
        room: &mut [u8; ROOM],
        at: usize,
    ) -> usize {
        let (front, back) = colors.interleave(self.before_characters);
        let [four, more] = panel.characters;
        let at = self.four_characters(
            four.bitcast(),
            front.bitcast(),
            panel.uses,
            starts,
            room,
            at,
        );
        self.four_characters(
            more.bitcast(),
            back.bitcast(),
            panel.uses >> 8,
            starts >> 4,
            room,
            at,
        )
    }

    #[inline(always)]
    fn four_characters(
        &self,
        characters: u64x2<S>,
        colors: u64x2<S>,
        uses: u32,
        starts: u32,
        room: &mut [u8; ROOM],
        at: usize,
    ) -> usize {
        let (front, back) = characters.interleave(colors);
        let number = uses & 15 | (starts & 3) << 4;
        let at = self.shuffled(front, &CHARACTERS, number, room, at);
        let number = uses >> 4 & 15 | (starts >> 2 & 3) << 4;
        self.shuffled(back, &CHARACTERS, number, room, at)
    }

    /// Stores the text of two bytes, and returns the place after it.
    #[inline(always)]
    fn shuffled<const N: usize>(
        &self,
        parts: u64x2<S>,
        shuffles: &Shuffles<N>,
        number: u32,
        room: &mut [u8; ROOM],
        at: usize,
    ) -> usize {
        let number = number as usize % N;
        let index = u8x16::load_array_ref(self.simd, &shuffles.index[number]);
        let text = parts.bitcast::<u8x16<S>>().swizzle_dyn(index);
        let at = at % PLACES;
        text.store_slice(&mut room[at..at + LANE]);
        at + usize::from(shuffles.length[number])
    }
}

/// How the parts of two bytes move to their places in the text, and how long the text is.
struct Shuffles<const N: usize> {
    index: [[u8; LANE]; N],
    length: [u8; N],
}

impl<const N: usize> Shuffles<N> {
    const NONE: Self = Self {
        index: [[0; LANE]; N],
        length: [0; N],
    };

    /// Adds a place to the text of this number.
    const fn push(&mut self, number: usize, place: usize) {
        self.index[number][self.length[number] as usize] = place as u8;
        self.length[number] += 1;
    }

    /// Adds the escape sequence of byte 0 or 1, if it starts a colour. `colors` is the place of their digits, `escape`
    /// that of the other characters.
    const fn push_color(&mut self, number: usize, starts: bool, colors: usize, escape: usize) {
        let places = [escape, escape + 1, colors, colors + 1, escape + 2];
        let mut place = 0;
        while starts && place < ESCAPE {
            self.push(number, places[place]);
            place += 1;
        }
    }
}

/// For bytes: the parts are four digits, four digits of colours, and a space with the escape sequence. Bits 0 and 1 of
/// the number say which byte starts a colour.
static BYTES: Shuffles<4> = {
    let mut shuffles = Shuffles::NONE;
    let mut number = 0;
    while number < 4 {
        let mut byte = 0;
        while byte < 2 {
            shuffles.push(number, 8);
            shuffles.push_color(number, number >> byte & 1 == 1, 4 + 2 * byte, 9);
            shuffles.push(number, 2 * byte);
            shuffles.push(number, 2 * byte + 1);
            byte += 1;
        }
        number += 1;
    }
    shuffles
};

/// For characters: the parts are two of four places, four digits of colours, and the escape sequence. Bits 0 to 3 of
/// the number say whether each has a second and a third byte, bits 4 and 5 which byte starts a colour.
static CHARACTERS: Shuffles<64> = {
    let mut shuffles = Shuffles::NONE;
    let mut number = 0;
    while number < 64 {
        let mut byte = 0;
        while byte < 2 {
            shuffles.push_color(number, number >> (4 + byte) & 1 == 1, 8 + 2 * byte, 12);
            shuffles.push(number, 4 * byte);
            let mut more = 0;
            while more < 2 {
                if number >> (2 * byte + more) & 1 == 1 {
                    shuffles.push(number, 4 * byte + 1 + more);
                }
                more += 1;
            }
            byte += 1;
        }
        number += 1;
    }
    shuffles
};

#[cfg(test)]
mod tests {
    use super::super::options::HexylOptions;
    use super::super::printer::Frame;
    use super::*;

    #[test]
    fn the_default_colors_and_characters_fit_in_vectors() {
        let options = HexylOptions {
            color: true,
            ..HexylOptions::default()
        };
        let tables = Tables::new(options, &Frame::new(options)).unwrap();
        // The tests of colours from the environment run all tests of the printer in another process.
        let is_default = std::env::vars_os()
            .all(|(name, _)| !name.as_encoded_bytes().starts_with(b"HEXYL_COLOR_"));
        assert!(Colored::new(&tables).is_some() || !is_default);
    }
}
