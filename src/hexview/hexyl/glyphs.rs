//! The characters of sixteen bytes at a time, with vectors. Digits and separators are added
//! elsewhere.
//!
//! A character has one to three bytes. The vector has three bytes for each, with zeros after a
//! shorter one. The zeros are removed when the text is written.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, mask8x64, u8x16, u8x64};

use super::tables::{PANEL, Tables};

/// The number of bytes converted at a time: two panels.
pub(super) const GROUP: usize = 2 * PANEL;
/// The size of a vector.
pub(super) const VECTOR: usize = 64;

/// Up to sixteen bytes from the start of `bytes`, and the rest.
#[inline(always)]
pub(super) fn group<S: Simd>(simd: S, bytes: &[u8]) -> (u8x16<S>, &[u8]) {
    if let Some((group, later)) = bytes.split_first_chunk::<GROUP>() {
        return (u8x16::load_array_ref(simd, group), later);
    }
    let mut padded = [0; GROUP];
    if let (Some(place), Some(panel)) = (padded.first_chunk_mut(), bytes.first_chunk::<PANEL>()) {
        *place = *panel;
    }
    (u8x16::load_array(simd, padded), &[])
}

/// The limit of bytes in a character.
pub(super) const DEEP: usize = 3;
/// Room for a separator in each half of the vector, after the characters of a panel.
pub(super) const END: usize = VECTOR / 2 - DEEP * PANEL;

/// For every place in the vector of characters, the index of its byte.
const BYTE: [u8; VECTOR] = {
    let mut index = [0; VECTOR];
    let mut place = 0;
    while place < VECTOR {
        let in_panel = place % (VECTOR / 2);
        if in_panel < DEEP * PANEL {
            index[place] = (place / (VECTOR / 2) * PANEL + in_panel / DEEP) as u8;
        }
        place += 1;
    }
    index
};

/// The places in the vector of characters of their first, second or third bytes.
const fn places(deep: usize) -> u64 {
    let mut places = 0;
    let mut place = 0;
    while place < VECTOR {
        let in_panel = place % (VECTOR / 2);
        if in_panel < DEEP * PANEL && in_panel % DEEP == deep {
            places |= 1 << place;
        }
        place += 1;
    }
    places
}

/// The character of the bytes from 128 on, in every place of the vector; none if they have different
/// characters.
fn upper(planes: &[[u8; 256]; DEEP]) -> Option<[u8; VECTOR]> {
    let mut upper = [0; VECTOR];
    for (deep, plane) in planes.iter().enumerate() {
        let (first, rest) = plane.get(128..)?.split_first()?;
        if rest.iter().any(|byte| byte != first) {
            return None;
        }
        for (place, byte) in upper.iter_mut().enumerate() {
            if places(deep) >> place & 1 == 1 {
                *byte = *first;
            }
        }
    }
    Some(upper)
}

/// The characters of all bytes.
#[derive(Debug)]
pub(super) struct Glyphs {
    /// Their first, second and third bytes.
    planes: Box<[[u8; 256]; DEEP]>,
    /// The character of the bytes from 128 on, in every place of the vector, if it is the same.
    upper: Option<[u8; VECTOR]>,
}

impl Glyphs {
    /// The characters in `tables`.
    pub(super) fn new(tables: &Tables) -> Option<Self> {
        let mut planes = Box::new([[0; 256]; DEEP]);
        for (value, look) in tables.bytes.iter().enumerate() {
            for (plane, byte) in planes.iter_mut().zip(&look.character) {
                *plane.get_mut(value)? = *byte;
            }
        }
        Some(Self {
            upper: upper(&planes),
            planes,
        })
    }

    /// The characters in vectors.
    #[inline(always)]
    pub(super) fn load<S: Simd>(&self, simd: S) -> Characters<S> {
        Characters {
            simd,
            planes: self.planes.each_ref().map(
                #[inline(always)]
                |plane| load(simd, plane),
            ),
            upper: self.upper.map(|upper| u8x64::load_array(simd, upper)),
        }
    }
}

/// A table with an entry for each byte, in vectors.
#[inline(always)]
pub(super) fn load<S: Simd>(simd: S, table: &[u8; 256]) -> [u8x64<S>; 4] {
    let (parts, _) = table.as_chunks::<VECTOR>();
    [0, 1, 2, 3].map(|part: usize| u8x64::load_array_ref(simd, &parts[part]))
}

/// The characters of all bytes, in vectors.
#[derive(Clone, Copy)]
pub(super) struct Characters<S: Simd> {
    simd: S,
    /// For each place in a character, the bytes of all characters.
    planes: [[u8x64<S>; 4]; DEEP],
    /// The character of the bytes from 128 on, in every place, if it is the same.
    upper: Option<u8x64<S>>,
}

impl<S: Simd> Characters<S> {
    /// The characters of sixteen bytes: a panel and room for a separator, twice.
    #[inline(always)]
    pub(super) fn look_up(&self, raw: u8x16<S>) -> u8x64<S> {
        let simd = self.simd;
        let bytes = u8x64::block_splat(raw).swizzle_dyn(u8x64::load_array_ref(simd, &BYTE));
        let index = bytes & 127;
        let none = u8x64::splat(simd, 0);
        let merge = |[first, second, third]: [u8x64<S>; DEEP]| {
            let at = |deep: u64| mask8x64::from_bitmask(simd, deep);
            let third = at(const { places(2) }).select(third, none);
            let second = at(const { places(1) }).select(second, third);
            at(const { places(0) }).select(first, second)
        };
        let below = merge(self.planes.map(
            #[inline(always)]
            |[a, b, _, _]| a.concat_swizzle_dyn(b, index),
        ));
        let above = match self.upper {
            Some(above) => above,
            None => merge(self.planes.map(
                #[inline(always)]
                |[_, _, c, d]| c.concat_swizzle_dyn(d, index),
            )),
        };
        bytes.simd_ge(128).select(above, below)
    }
}
