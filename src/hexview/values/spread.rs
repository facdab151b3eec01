//! Several numbers in columns at once, with vectors.
//!
//! The parts of as many texts as fit are put into one 64-byte vector, and their columns are
//! shuffled out of it.

use fearless_simd::prelude::*;
use fearless_simd::{Simd, u8x64, u64x2, u64x4, u64x8};

use super::number::WIDTH;
use super::value::{BATCH, Batch, GROUP};

/// The size of the vector.
pub(super) const VECTOR: usize = 64;
/// Characters in a part of a text.
const PART: usize = 8;

/// How texts become columns.
pub(super) struct Spread<S: Simd> {
    simd: S,
    /// How many parts of a text are shown.
    parts: usize,
    index: u8x64<S>,
}

impl<S: Simd> Spread<S> {
    /// Columns of that width, for which [`shows`] is true.
    #[inline(always)]
    pub(super) fn new(simd: S, columns: usize) -> Self {
        let parts = columns.div_ceil(PART);
        let group = group(parts);
        let index = u8x64::from_fn(
            simd,
            #[inline(always)]
            |place| {
                let number = (place / columns).min(group - 1);
                // Where it is in the text, and in the parts that are shown.
                let character = WIDTH - columns + place % columns;
                let part = character / PART + parts - WIDTH / PART;
                (part * group * PART + number * PART + character % PART) as u8
            },
        );
        Self { simd, parts, index }
    }

    /// How many numbers are written at once.
    #[inline(always)]
    pub(super) fn group(&self) -> usize {
        group(self.parts)
    }

    /// Writes a group of texts, the first being number `first` modulo the size of the batch; a whole
    /// vector, of which the group's columns count.
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
        if let Some(place) = space
            .get_mut(at..)
            .and_then(|rest| rest.first_chunk_mut::<VECTOR>())
        {
            columns.store_array(place);
        }
    }
}

/// Whether columns of that width can be shown.
#[inline(always)]
pub(super) fn shows(columns: usize) -> bool {
    columns <= WIDTH
}

/// How many texts of so many parts fit into a vector, a power of two.
#[inline(always)]
fn group(parts: usize) -> usize {
    match parts {
        1 => 8,
        2 => 4,
        _ => 2,
    }
}
