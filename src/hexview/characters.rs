//! The characters of a line, after its digits, and short texts of fixed size. Lines are assembled in `template`.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x16};

use super::hex;
use super::panels::Panels;

/// The characters after the text.
#[derive(Clone, Debug)]
pub(super) enum Characters {
    None,
    /// One of this table for each byte.
    Table(&'static [u8; 256]),
    /// Those of ASCII, with a full stop for each byte that is not printable.
    Ascii,
    /// Panels of characters of different lengths.
    Panels(Panels),
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

/// Stores bytes as characters of ASCII at the start of `space`, and returns their number.
#[inline(always)]
pub(super) fn ascii(line: &[u8], space: &mut [u8]) -> usize {
    // The compiler makes plain vectors of this.
    if let (Ok(line), Some(place)) = (<[u8; 16]>::try_from(line), space.first_chunk_mut()) {
        *place = line.map(hex::printable);
    } else {
        for (place, byte) in space.iter_mut().zip(line) {
            *place = hex::printable(*byte);
        }
    }
    line.len()
}

/// Bytes as characters, with a full stop for each that is not printable.
#[inline(always)]
pub(super) fn printable<S: Simd>(simd: S, bytes: u8x16<S>) -> u8x16<S> {
    let prints = bytes.simd_ge(b' ') & bytes.simd_le(b'~');
    prints.select(bytes, u8x16::splat(simd, b'.'))
}
