//! Content: bytes that can be generated from any position on.
//!
//! Threads can write and compare the parts of a range in any order. This module does not know how a range is divided.

use std::borrow::Cow;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::input::SizedInput;
use crate::mapping::error::Result;
use crate::mapping::measure::memory;
use crate::mapping::region::Region;
use crate::mapping::region::bytes::Pattern;
use crate::mapping::types::{ByteLength, SourceOffset, SourceRange};

/// The bytes to fill a range with. Positions count from the start of the range.
#[derive(Debug)]
pub enum Content {
    /// Repeated bytes.
    Repeat(Pattern),
    /// Numbers that count up.
    Count(Counter),
    /// Pseudorandom bytes.
    Random(Random),
    /// The bytes of a file, repeated.
    Input(SizedInput),
}

/// The number of bytes generated before they are copied to the mapping: source and target fit the second-level cache.
const BLOCK: usize = 128 << 10;

/// Memory in which a thread generates bytes.
#[derive(Debug, Default)]
pub(super) struct Scratch(Vec<u8>);

impl Scratch {
    /// Memory for content over a range of this length.
    ///
    /// # Errors
    /// `out_of_memory`.
    pub(super) fn new(content: &Content, length: ByteLength) -> Result<Self> {
        if matches!(content, Content::Repeat(_)) {
            return Ok(Self::default());
        }
        let size = length.saturating_usize().min(BLOCK);
        memory::buffer(size, size, "generate the bytes").map(Self)
    }

    fn block(&mut self, length: usize) -> &mut [u8] {
        self.0.get_mut(..length).unwrap_or_default()
    }
}

impl Content {
    /// One byte, repeated.
    #[must_use]
    pub fn byte(byte: u8) -> Self {
        Self::Repeat(Pattern::byte(byte))
    }

    /// Repeated bytes; `None` for an empty pattern.
    #[must_use]
    pub fn repeat<'a>(bytes: impl Into<Cow<'a, [u8]>>) -> Option<Self> {
        Pattern::new(bytes).map(Self::Repeat)
    }

    /// Elements that count up from 0: element number i is i, modulo the range of its type.
    #[must_use]
    pub fn count(width: Width, order: Order) -> Self {
        let counter = Counter { width, order };
        match counter.period().and_then(|period| {
            let mut bytes = vec![0; period];
            counter.generate(0, &mut bytes);
            Pattern::new(bytes)
        }) {
            Some(pattern) => Self::Repeat(pattern),
            None => Self::Count(counter),
        }
    }

    /// Pseudorandom bytes.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        Self::Random(Random { seed })
    }

    /// The length of the input, if there is one.
    pub(super) fn input_length(&self) -> Option<ByteLength> {
        match self {
            Self::Input(input) => Some(input.length()),
            Self::Repeat(_) | Self::Count(_) | Self::Random(_) => None,
        }
    }

    /// Stores a part of the range; `position` is its start in the content.
    pub(super) fn store(
        &self,
        region: &Region,
        part: SourceRange,
        position: u64,
        scratch: &mut Scratch,
    ) -> Result<()> {
        if let Self::Repeat(pattern) = self {
            let length = part.length().saturating_usize();
            return Ok(region.fill_pattern(part.offset(), length, pattern, position)?);
        }
        blocks(part, position, |at, position, length| {
            let bytes = scratch.block(length);
            self.generate(position, bytes)?;
            Ok(region.write(at, bytes)?)
        })
    }

    /// The first offset at which a part of the range differs from the content.
    pub(super) fn difference(
        &self,
        region: &Region,
        part: SourceRange,
        position: u64,
        scratch: &mut Scratch,
    ) -> Result<Option<SourceOffset>> {
        if let Self::Repeat(pattern) = self {
            let length = part.length().saturating_usize();
            return Ok(region.compare_pattern(part.offset(), length, pattern, position)?);
        }
        let mut found = None;
        blocks(part, position, |at, position, length| {
            if found.is_none() {
                let bytes = scratch.block(length);
                self.generate(position, bytes)?;
                found = region.compare(at, bytes)?;
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// The bytes from a position on.
    ///
    /// # Errors
    /// For an input only: those of reading it.
    pub fn generate(&self, position: u64, into: &mut [u8]) -> Result<()> {
        match self {
            Self::Repeat(pattern) => pattern.copy_to(into, position),
            Self::Count(counter) => counter.generate(position, into),
            Self::Random(random) => random.generate(position, into),
            Self::Input(input) => return input.read(position, into),
        }
        Ok(())
    }
}

/// Calls `work` for each block of a part, with its offset in the source, its position in the content, and its length.
fn blocks(
    part: SourceRange,
    position: u64,
    mut work: impl FnMut(SourceOffset, u64, usize) -> Result<()>,
) -> Result<()> {
    let mut done = ByteLength::ZERO;
    while done < part.length() {
        let length = part.length().minus(done).saturating_usize().min(BLOCK);
        let at = part.offset().plus(done);
        work(at, position.saturating_add(done.0), length)?;
        done = done.plus(ByteLength::of(length));
    }
    Ok(())
}

/// The size of an element of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// 1 byte.
    U8,
    /// 2 bytes.
    U16,
    /// 4 bytes.
    U32,
    /// 8 bytes.
    U64,
}

impl Width {
    /// The number of bytes.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        match self {
            Self::U8 => 1,
            Self::U16 => 2,
            Self::U32 => 4,
            Self::U64 => 8,
        }
    }
}

/// The byte order of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The least significant byte first.
    Little,
    /// The most significant byte first.
    Big,
}

/// Numbers that count up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counter {
    width: Width,
    order: Order,
}

impl Counter {
    /// The number of bytes after which it repeats, if they fit in memory.
    fn period(self) -> Option<usize> {
        match self.width {
            Width::U8 => Some(1 << 8),
            Width::U16 => Some(2 << 16),
            Width::U32 | Width::U64 => None,
        }
    }

    fn generate(self, position: u64, into: &mut [u8]) {
        match self.width {
            Width::U8 => self.elements::<1>(position, into),
            Width::U16 => self.elements::<2>(position, into),
            Width::U32 => self.elements::<4>(position, into),
            Width::U64 => self.elements::<8>(position, into),
        }
    }

    /// Elements of `N` bytes; the first may begin before the position.
    fn elements<const N: usize>(self, position: u64, into: &mut [u8]) {
        let width = self.width.bytes();
        let mut index = position.checked_div(width).unwrap_or(0);
        let skip = position.checked_rem(width).unwrap_or(0);
        let skip = usize::try_from(skip).unwrap_or(0);
        let mut rest = into;
        if skip > 0 {
            let element = self.element::<N>(index);
            let tail = element.get(skip..).unwrap_or_default();
            let (head, after) = rest.split_at_mut(tail.len().min(rest.len()));
            copy_front(tail, head);
            rest = after;
            index = index.wrapping_add(1);
        }
        let (whole, tail) = rest.as_chunks_mut::<N>();
        for element in whole {
            *element = self.element(index);
            index = index.wrapping_add(1);
        }
        copy_front(&self.element::<N>(index), tail);
    }

    fn element<const N: usize>(self, index: u64) -> [u8; N] {
        let bytes = match self.order {
            Order::Little => index.to_le_bytes().first_chunk().copied(),
            Order::Big => index.to_be_bytes().last_chunk().copied(),
        };
        // No element is longer than its index.
        bytes.unwrap_or([0; N])
    }
}

/// Copies the first bytes, as many as fit.
fn copy_front(from: &[u8], into: &mut [u8]) {
    for (to, from) in into.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Pseudorandom bytes: the key stream of `ChaCha` with 8 rounds, a key made of the seed (8 bytes, the least
/// significant first) and 24 zero bytes, nonce 0, from block 0 on. The same seed gives the same bytes
/// everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    seed: u64,
}

impl Random {
    fn generate(&self, position: u64, into: &mut [u8]) {
        /// The generator is positioned by words of this many bytes.
        const WORD: u64 = 4;
        let mut key = [0; 32];
        copy_front(&self.seed.to_le_bytes(), &mut key);
        let mut stream = ChaCha8Rng::from_seed(key);
        stream.set_word_pos(u128::from(position.div_euclid(WORD)));
        let skip = usize::try_from(position.rem_euclid(WORD)).unwrap_or(0);
        let mut rest = into;
        if skip > 0 {
            let word = stream.next_u32().to_le_bytes();
            let tail = word.get(skip..).unwrap_or_default();
            let (head, after) = rest.split_at_mut(tail.len().min(rest.len()));
            copy_front(tail, head);
            rest = after;
        }
        stream.fill_bytes(rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// One byte of a counter, computed from its definition.
    fn naive_counter(width: Width, order: Order, position: u64) -> u8 {
        let index = position / width.bytes();
        let inside = position % width.bytes();
        let shift = match order {
            Order::Little => inside,
            Order::Big => width.bytes() - 1 - inside,
        };
        (index >> (8 * shift)) as u8
    }

    fn whole(content: &Content, length: usize) -> Vec<u8> {
        let mut bytes = vec![0xee; length];
        content.generate(0, &mut bytes).unwrap();
        bytes
    }

    const WIDTHS: [Width; 4] = [Width::U8, Width::U16, Width::U32, Width::U64];

    #[test]
    fn random_bytes_are_the_key_stream_of_chacha8() {
        // The published test vector for a key of 32 zero bytes.
        let expected = [
            0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6, 0x7f, 0x5b, 0xb8, 0xe8, 0x1f, 0x09,
            0xa5, 0xa1, 0x2c, 0x84, 0x0e, 0xc3, 0xce, 0x9a, 0x7f, 0x3b, 0x18, 0x1b, 0xe1, 0x88,
            0xef, 0x71, 0x1a, 0x1e,
        ];
        assert_eq!(whole(&Content::random(0), 32), expected);
    }

    #[test]
    fn a_counter_wraps_where_its_type_does() {
        let bytes = whole(&Content::count(Width::U8, Order::Big), 514);
        assert_eq!(bytes[254..258], [254, 255, 0, 1]);
        let content = Content::count(Width::U16, Order::Little);
        let mut bytes = [0; 6];
        content.generate(2 * 65_535, &mut bytes).unwrap();
        assert_eq!(bytes, [255, 255, 0, 0, 1, 0]);
        let content = Content::count(Width::U32, Order::Big);
        content.generate(4 << 32, &mut bytes).unwrap();
        assert_eq!(bytes, [0, 0, 0, 0, 0, 0]);
    }

    proptest! {
        #[test]
        fn a_counter_equals_the_naive_counter_at_any_position(
            width in 0_usize..4, big: bool, position in prop_oneof![0_u64..400_000, any::<u64>()],
            length in 0_usize..300,
        ) {
            let (width, order) = (WIDTHS[width], if big { Order::Big } else { Order::Little });
            let content = Content::count(width, order);
            let mut bytes = vec![0; length];
            content.generate(position, &mut bytes).unwrap();
            for (i, byte) in bytes.iter().enumerate() {
                let at = position.wrapping_add(i as u64);
                if at < position {
                    break;
                }
                prop_assert_eq!(*byte, naive_counter(width, order, at), "at {}", at);
            }
        }

        #[test]
        fn random_bytes_are_the_same_from_any_position(
            seed: u64, position in 0_usize..5000, length in 0_usize..600,
        ) {
            let content = Content::random(seed);
            let all = whole(&content, position + length);
            let mut bytes = vec![0; length];
            content.generate(position as u64, &mut bytes).unwrap();
            prop_assert_eq!(&all[position..], bytes);
        }

        #[test]
        fn a_pattern_repeats_from_any_position(
            pattern in prop::collection::vec(any::<u8>(), 1..300), position in 0_usize..5000, length in 0_usize..600,
        ) {
            let content = Content::repeat(&pattern).unwrap();
            let mut bytes = vec![0; length];
            content.generate(position as u64, &mut bytes).unwrap();
            for (i, byte) in bytes.iter().enumerate() {
                prop_assert_eq!(*byte, pattern[(position + i) % pattern.len()]);
            }
        }
    }
}
