//! Panels of eight characters, which have one to three bytes. Lines are assembled in `template`.
//!
//! With vectors, the characters of sixteen bytes are looked up at once. Four at a time stand in a vector, each in four
//! places, and one shuffle removes the places that are not used.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, i8x16, u8x16, u16x8, u64x2};

use super::place::{Short, padded, put, room, store};

/// Bytes in a panel.
pub(super) const PANEL: usize = 8;
/// Room for a character, and for its length.
const GLYPH: usize = 4;
/// The limit of bytes in a character.
const DEEP: usize = GLYPH - 1;
/// Room for a panel and the rest of its last character.
const PANEL_ROOM: usize = (PANEL + 1) * GLYPH;

/// Bytes in a vector.
const LANE: usize = 16;
/// Characters that are written together.
const TOGETHER: usize = LANE / GLYPH;
/// Room for two panels and the texts after them, and for a vector more because each is stored whole. The places in it
/// are below `PLACES`.
pub(super) const ROOM: usize = PLACES + LANE;
const PLACES: usize = 128;

/// The characters of all bytes, and the texts between the panels.
#[derive(Clone, Debug)]
pub(super) struct Panels {
    /// The character of every byte, and in the last place its length.
    characters: Box<[[u8; GLYPH]; 256]>,
    /// The same for vectors; none if it does not fit in them.
    vectors: Option<Box<Planes>>,
    /// The texts after a panel: not the last one, the last one.
    ends: [Short; 2],
}

impl Panels {
    /// Panels with these characters, and these texts between and after them; none if one is too long.
    pub(super) fn new<'a>(
        characters: impl Iterator<Item = &'a [u8]>,
        ends: [&[u8]; 2],
    ) -> Option<Self> {
        let mut glyphs = Box::new([[0; GLYPH]; 256]);
        for (glyph, character) in glyphs.iter_mut().zip(characters) {
            let (length, bytes) = glyph.split_last_mut()?;
            bytes.get_mut(..character.len())?.copy_from_slice(character);
            *length = u8::try_from(character.len()).ok()?;
        }
        let [inner, outer] = ends.map(padded);
        Some(Self {
            vectors: Planes::new(&glyphs).map(Box::new),
            characters: glyphs,
            ends: [inner?, outer?],
        })
    }

    /// The longest text of a line of this many bytes.
    pub(super) fn length(&self, bytes: usize) -> usize {
        let [(_, inner), (_, outer)] = self.ends;
        GLYPH * bytes + bytes / PANEL * inner.max(outer)
    }

    /// Stores the panels of `line` at `at`, and returns the place after them.
    #[inline(always)]
    pub(super) fn store(&self, line: &[u8], space: &mut [u8], at: usize) -> usize {
        let [(inner, inner_length), (outer, outer_length)] = self.ends;
        let mut at = at;
        for (number, panel) in line.as_chunks::<PANEL>().0.iter().enumerate() {
            if number > 0 {
                at = store(inner, inner_length, space, at);
            }
            let Some(places) = room::<PANEL_ROOM>(space, at) else {
                return at;
            };
            let mut end = 0;
            for byte in panel {
                let glyph = self.characters[usize::from(*byte)];
                // The remainder never changes the place. It proves to the compiler that there is room.
                let place = end % (PANEL * GLYPH);
                places[place..place + GLYPH].copy_from_slice(&glyph);
                end += usize::from(glyph[GLYPH - 1]);
            }
            at += end;
        }
        store(outer, outer_length, space, at)
    }

    /// Whether the characters fit in vectors.
    pub(super) fn has_vectors(&self) -> bool {
        self.vectors.is_some()
    }

    /// The panels in vectors, for lines of two panels; none if their characters do not fit in vectors.
    #[inline(always)]
    pub(super) fn load<S: Simd>(&self, simd: S) -> Option<Loaded<S>> {
        let planes = self.vectors.as_ref()?;
        Some(Loaded {
            simd,
            low: planes.low.each_ref().map(
                #[inline(always)]
                |low| u8x16::load_array_ref(simd, low),
            ),
            high: planes.high.map(
                #[inline(always)]
                |high| u8x16::splat(simd, high),
            ),
            ends: self.ends,
        })
    }
}

/// Characters by the place of a byte in them, where the printable bytes of ASCII are their own character, all bytes from
/// 128 on have the same, and so have 127 and the control characters from 15 on.
#[derive(Clone, Debug)]
struct Planes {
    /// The characters of the bytes below 16.
    low: [[u8; LANE]; DEEP],
    /// The character of the bytes from 128 on.
    high: [u8; DEEP],
}

impl Planes {
    fn new(characters: &[[u8; GLYPH]; 256]) -> Option<Self> {
        let plane = |deep: usize| std::array::from_fn(|byte| characters[byte][deep]);
        let planes = Self {
            low: [plane(0), plane(1), plane(2)],
            high: [0, 1, 2].map(|deep: usize| characters[128][deep]),
        };
        let fits = |byte: u8| {
            let [first, second, third, length] = characters[usize::from(byte)];
            let character = [first, second, third];
            // Only the bytes after the first have the highest bit, by which the length is found.
            let continued = [second, third].map(|byte| byte >> 7);
            character == planes.character(byte)
                && length == 1 + continued[0] + continued[1]
                && continued != [0, 1]
        };
        (0..=u8::MAX).all(fits).then_some(planes)
    }

    /// The character of a byte, without vectors.
    fn character(&self, byte: u8) -> [u8; DEEP] {
        match byte {
            b' '..=b'~' => [byte, 0, 0],
            128.. => self.high,
            _ => self.low.map(|plane| plane[usize::from(byte).min(LANE - 1)]),
        }
    }
}

/// Panels in vectors.
#[derive(Clone, Copy)]
pub(super) struct Loaded<S: Simd> {
    simd: S,
    low: [u8x16<S>; DEEP],
    high: [u8x16<S>; DEEP],
    ends: [Short; 2],
}

impl<S: Simd> Loaded<S> {
    /// Stores two panels, and returns their length.
    #[inline(always)]
    pub(super) fn store(&self, raw: u8x16<S>, room: &mut [u8; ROOM]) -> usize {
        let [inner, outer] = self.ends;
        let planes = self.look_up(raw);
        if planes[1].bitcast::<i8x16<S>>().simd_lt(0).to_bitmask() == 0 {
            // All characters have one byte, as in most text.
            let (front, back) = halves(planes[0]);
            room[..PANEL].copy_from_slice(&front);
            let end = put(inner, room, PANEL) % PLACES;
            room[end..end + PANEL].copy_from_slice(&back);
            return put(outer, room, end + PANEL);
        }
        let (front, back) = self.panels(planes);
        let end = self.panel(front, room, 0);
        let end = put(inner, room, end);
        let end = self.panel(back, room, end);
        put(outer, room, end)
    }

    /// The characters of two panels.
    #[inline(always)]
    pub(super) fn characters(&self, raw: u8x16<S>) -> (Panel<S>, Panel<S>) {
        self.panels(self.look_up(raw))
    }

    /// The same, of the bytes that were looked up.
    #[inline(always)]
    fn panels(&self, [first, second, third]: [u8x16<S>; DEEP]) -> (Panel<S>, Panel<S>) {
        let (uses, more_uses) = second.interleave(third);
        let (front, back) = first.interleave(second);
        let none = u8x16::splat(self.simd, 0);
        let (third_front, third_back) = third.interleave(none);
        (
            Panel::new(front, third_front, uses),
            Panel::new(back, third_back, more_uses),
        )
    }

    /// The texts after a panel: not the last one, the last one.
    #[inline(always)]
    pub(super) fn ends(&self) -> [Short; 2] {
        self.ends
    }

    /// The first, second and third bytes of the characters of sixteen bytes, with zeros after a shorter one.
    #[inline(always)]
    fn look_up(&self, raw: u8x16<S>) -> [u8x16<S>; DEEP] {
        let simd = self.simd;
        let index = raw.min(u8x16::splat(simd, LANE as u8 - 1));
        let is_high = raw.bitcast::<i8x16<S>>().simd_lt(0);
        let is_own = raw.simd_ge(b' ') & raw.simd_le(b'~');
        let [low, high] = [&self.low, &self.high];
        let none = u8x16::splat(simd, 0);
        [
            is_own.select(raw, is_high.select(high[0], low[0].swizzle_dyn(index))),
            is_own.select(none, is_high.select(high[1], low[1].swizzle_dyn(index))),
            is_own.select(none, is_high.select(high[2], low[2].swizzle_dyn(index))),
        ]
    }

    /// Stores a panel, and returns the place after it.
    #[inline(always)]
    fn panel(&self, panel: Panel<S>, room: &mut [u8; ROOM], at: usize) -> usize {
        let [four, more] = panel.characters;
        let at = self.four(four, panel.uses as u8, room, at);
        self.four(more, (panel.uses >> 8) as u8, room, at)
    }

    /// Stores four characters, of which these places are used, and returns the place after them.
    #[inline(always)]
    fn four(&self, four: u16x8<S>, uses: u8, room: &mut [u8; ROOM], at: usize) -> usize {
        let index = u8x16::load_array_ref(self.simd, &SHUFFLES[usize::from(uses)]);
        let text = four.bitcast::<u8x16<S>>().swizzle_dyn(index);
        let at = at % PLACES;
        text.store_slice(&mut room[at..at + LANE]);
        at + usize::from(LENGTHS[usize::from(uses)])
    }
}

/// The characters of a panel.
#[derive(Clone, Copy)]
pub(super) struct Panel<S: Simd> {
    /// Four characters in four places each, twice. The places that are not used are zero.
    pub(super) characters: [u16x8<S>; 2],
    /// Two bits for each character: whether its second and third places are used.
    pub(super) uses: u32,
}

impl<S: Simd> Panel<S> {
    /// A panel of the first two bytes of its characters, their third bytes, and their second and third bytes.
    #[inline(always)]
    fn new(pairs: u8x16<S>, third: u8x16<S>, uses: u8x16<S>) -> Self {
        let (four, more) = pairs
            .bitcast::<u16x8<S>>()
            .interleave(third.bitcast::<u16x8<S>>());
        Self {
            characters: [four, more],
            uses: uses.bitcast::<i8x16<S>>().simd_lt(0).to_bitmask() as u32,
        }
    }
}

/// The bytes of the two panels.
#[inline(always)]
fn halves<S: Simd>(bytes: u8x16<S>) -> ([u8; PANEL], [u8; PANEL]) {
    let halves = bytes.bitcast::<u64x2<S>>();
    (halves[0].to_le_bytes(), halves[1].to_le_bytes())
}

/// How four characters move together: the place that each byte comes from. Two bits of the number say whether a
/// character has a second and a third byte.
static SHUFFLES: [[u8; LANE]; 256] = {
    let mut shuffles = [[0; LANE]; 256];
    let mut uses = 0;
    while uses < shuffles.len() {
        let (mut place, mut length) = (0, 0);
        while place < LANE {
            let (character, deep) = (place / GLYPH, place % GLYPH);
            if deep == 0 || deep < DEEP && uses >> (2 * character + deep - 1) & 1 == 1 {
                shuffles[uses][length] = place as u8;
                length += 1;
            }
            place += 1;
        }
        uses += 1;
    }
    shuffles
};

/// The number of bytes of the four characters.
static LENGTHS: [u8; 256] = {
    let mut lengths = [0; 256];
    let mut uses = 0;
    while uses < lengths.len() {
        lengths[uses] = (TOGETHER + uses.count_ones() as usize) as u8;
        uses += 1;
    }
    lengths
};
