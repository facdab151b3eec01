//! Several numbers in columns at once, with vectors. Lines and offsets are built in `columns`.
//!
//! A 64-byte vector holds the parts of as many texts as fit. One shuffle of it makes the columns.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x64, u64x2, u64x4, u64x8};

use super::super::place::room;
use super::number::WIDTH;
use super::value::{BATCH, Batch, GROUP};

/// The size of the vector.
pub(super) const VECTOR: usize = 64;
/// Characters in a part of a text.
const PART: usize = 8;

/// The shuffle that turns texts into columns.
pub(super) struct Spread<S: Simd> {
    simd: S,
    /// The number of parts of a text that are shown.
    parts: usize,
    index: u8x64<S>,
}

impl<S: Simd> Spread<S> {
    /// Columns of a width for which [`shows`] is true.
    #[inline(always)]
    pub(super) fn new(simd: S, columns: usize) -> Self {
        let parts = columns.div_ceil(PART);
        let group = group(parts);
        let index = u8x64::from_fn(
            simd,
            #[inline(always)]
            |place| {
                let number = (place / columns).min(group - 1);
                // The place in the text, and then in the parts that are shown.
                let character = WIDTH - columns + place % columns;
                let part = character / PART + parts - WIDTH / PART;
                (part * group * PART + number * PART + character % PART) as u8
            },
        );
        Self { simd, parts, index }
    }

    /// The number of texts written at once.
    #[inline(always)]
    pub(super) fn group(&self) -> usize {
        group(self.parts)
    }

    /// Writes a group of texts, the first being number `first` modulo the size of the batch. The
    /// whole vector is stored, but only the group's columns count.
    #[inline(always)]
    pub(super) fn write(&self, batch: &Batch, first: usize, space: &mut [u8], at: usize) {
        let simd = self.simd;
        let first = first % BATCH;
        let [front, middle, back] = batch.each_ref().map(
            #[inline(always)]
            |parts| &parts[first..first + GROUP],
        );
        let source = match self.parts {
            1 => u64x8::from_slice(simd, back),
            2 => u64x4::from_slice(simd, &middle[..4]).combine(u64x4::from_slice(simd, &back[..4])),
            _ => {
                let [front, middle, back] = [front, middle, back].map(
                    #[inline(always)]
                    |part| u64x2::from_slice(simd, &part[..2]),
                );
                front.combine(middle).combine(back.combine(back))
            }
        };
        let columns = source.to_bytes().swizzle_dyn(self.index);
        if let Some(place) = room::<VECTOR>(space, at) {
            columns.store_array(place);
        }
    }
}

/// Whether a [`Spread`] can make columns of this width.
#[inline(always)]
pub(super) fn shows(columns: usize) -> bool {
    columns <= WIDTH
}

/// The number of texts of this many parts that fit into a vector, a power of two.
#[inline(always)]
fn group(parts: usize) -> usize {
    match parts {
        1 => 8,
        2 => 4,
        _ => 2,
    }
}
