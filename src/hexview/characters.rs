//! The characters of a line, after its digits, and short texts of fixed size. Lines are assembled in `template`.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x16};

use super::place::{room, store};

/// The limit of bytes in a short text.
pub(super) const SHORT: usize = 16;

/// The characters after the text.
#[derive(Clone, Debug)]
pub(super) enum Characters {
    None,
    /// One of this table for each byte.
    Table(&'static [u8; 256]),
    /// Those of ASCII, with a full stop for each byte that is not printable.
    Ascii,
    /// Panels of characters of different lengths.
    Panels(Glyphs),
}

/// Panels of eight characters.
#[derive(Clone, Debug)]
pub(super) struct Glyphs {
    /// The character of every byte, and in the last place its length.
    characters: Box<[[u8; GLYPH]; 256]>,
    /// The texts after a panel: not the last one, the last one.
    ends: [([u8; SHORT], usize); 2],
}

/// Bytes in a panel.
const PANEL: usize = 8;
/// Room for a character of a panel.
const GLYPH: usize = 4;
/// Room for a panel and the rest of its last character.
const PANEL_ROOM: usize = (PANEL + 1) * GLYPH;

impl Glyphs {
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
}

/// A text of at most sixteen bytes, padded with zeros, and its length.
pub(super) fn padded(text: &[u8]) -> Option<([u8; SHORT], usize)> {
    let mut whole = [0; SHORT];
    whole.get_mut(..text.len())?.copy_from_slice(text);
    Some((whole, text.len()))
}

/// Stores the characters of bytes in a table at `at`, and returns the place after them.
#[inline(always)]
pub(super) fn table(characters: &[u8; 256], line: &[u8], space: &mut [u8], at: usize) -> usize {
    let end = at + line.len();
    if let Some(places) = space.get_mut(at..end) {
        for (place, byte) in places.iter_mut().zip(line) {
            *place = characters[usize::from(*byte)];
        }
    }
    end
}

/// Bytes as characters, with a full stop for each that is not printable.
#[inline(always)]
pub(super) fn printable<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x16<S> {
    let prints = bytes.simd_ge(b' ') & bytes.simd_le(b'~');
    prints.select(bytes, u8x16::splat(simd, b'.'))
}
