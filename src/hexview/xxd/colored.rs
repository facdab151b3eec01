//! Full lines of `xxd` with colours. Short lines, and layouts with long gaps, are left to `layout`.
//!
//! A byte adds one of three texts to the digits, and to the characters: its own text alone after a byte of the same
//! colour, also the escape sequence of its colour where none is set, and also the end of another colour. Each text is
//! stored whole, and the place advances by its length, so that no branch depends on the bytes.

use super::super::hex;
use super::super::offset::{Column, store_decimal};
use super::super::place::{SHORT, padded, store};
use super::super::template::Digits;
use super::tables::{RESET, escape};

/// Room for the longest text of a byte with binary digits.
const LONG: usize = 32;
/// Room after the last line, because texts are stored whole.
pub(super) const SLACK: usize = LONG;
/// The number of the first text after another colour, and after none.
const OTHER: usize = 256;
const FIRST: usize = 512;
/// The size of a table of texts: a power of two, of which the last quarter is unused.
const NUMBERS: usize = 1024;

/// The texts of all bytes: after the same colour, after another, after none.
#[derive(Debug)]
struct Texts<const N: usize> {
    texts: Box<[[u8; N]; NUMBERS]>,
    lengths: Box<[u8; NUMBERS]>,
}

impl<const N: usize> Texts<N> {
    /// The texts with this `body`; none if one is too long.
    fn new(colors: &[u8; 256], body: impl Fn(u8) -> Vec<u8>) -> Option<Self> {
        let mut texts = Box::new([[0; N]; NUMBERS]);
        let mut lengths = Box::new([0; NUMBERS]);
        for (number, (text, length)) in texts.iter_mut().zip(lengths.iter_mut()).enumerate() {
            let byte = number as u8;
            let escape = escape(colors[usize::from(byte)]);
            let before: &[&[u8]] = match number {
                0..OTHER => &[],
                OTHER..FIRST => &[RESET, &escape],
                _ => &[&escape],
            };
            let whole = [before.concat(), body(byte)].concat();
            text.get_mut(..whole.len())?.copy_from_slice(&whole);
            *length = u8::try_from(whole.len()).ok()?;
        }
        Some(Self { texts, lengths })
    }

    /// Stores a text and returns the place after it.
    #[inline(always)]
    fn store(&self, number: usize, space: &mut [u8], at: usize) -> usize {
        // The remainder never changes the number.
        let number = number % NUMBERS;
        store(self.texts[number], self.lengths[number].into(), space, at)
    }
}

/// The digits of all bytes.
#[derive(Debug)]
enum Shown {
    Hexadecimal(Texts<SHORT>),
    Binary(Texts<LONG>),
}

/// A byte in the order of its digits.
#[derive(Clone, Copy, Debug)]
struct Place {
    byte: usize,
    /// The text before its digits: the end of the colour before, and spaces. Empty if there are no spaces.
    gap: [u8; SHORT],
    gap_length: usize,
}

/// Everything that full lines are built from.
#[derive(Debug)]
pub(super) struct Colored {
    colors: Box<[u8; 256]>,
    places: Vec<Place>,
    digits: Shown,
    characters: Texts<SHORT>,
    /// The text between the digits and the characters.
    gap: [u8; SHORT],
    gap_length: usize,
}

impl Colored {
    /// Lines with this `text` before the characters, in which the digits of bytes start at `places`; none if there are
    /// long gaps between them.
    pub(super) fn new(
        digits: Digits,
        text: &[u8],
        places: &[usize],
        characters: &[u8; 256],
        color: impl Fn(u8) -> u8,
    ) -> Option<Self> {
        let mut colors = Box::new([0; 256]);
        for (byte, place) in (0..=u8::MAX).zip(colors.iter_mut()) {
            *place = color(byte);
        }
        let mut order: Vec<(usize, usize)> = places.iter().copied().zip(0..).collect();
        order.sort_unstable();
        let mut end = 0;
        let mut shown = Vec::new();
        for (place, byte) in order {
            let reset: &[u8] = if end > 0 { RESET } else { b"" };
            let (gap, gap_length) = match text.get(end..place)? {
                [] => ([0; SHORT], 0),
                spaces => padded(&[reset, spaces].concat())?,
            };
            shown.push(Place {
                byte,
                gap,
                gap_length,
            });
            end = place + digits.count();
        }
        let shown_digits = match digits {
            Digits::Binary => Shown::Binary(Texts::new(&colors, |byte| {
                hex::BITS[usize::from(byte)].to_vec()
            })?),
            _ => {
                let digits = hex::digits_in(digits == Digits::Uppercase);
                Shown::Hexadecimal(Texts::new(&colors, |byte| {
                    digits[usize::from(byte)].to_vec()
                })?)
            }
        };
        let (gap, gap_length) = padded(&[RESET, text.get(end..)?].concat())?;
        Some(Self {
            characters: Texts::new(&colors, |byte| vec![characters[usize::from(byte)]])?,
            colors,
            places: shown,
            digits: shown_digits,
            gap,
            gap_length,
        })
    }

    /// Writes full lines, the first of which has the offset `at`, and returns the length of their text.
    pub(super) fn lines(&self, decimal: bool, at: u64, data: &[u8], space: &mut [u8]) -> usize {
        let columns = self.places.len().max(1);
        let mut offset = at;
        let mut at = 0;
        for bytes in data.chunks_exact(columns) {
            at = match decimal {
                true => store_decimal(offset, space, at),
                false => Column::new(offset).store(space, at),
            };
            offset = offset.wrapping_add(columns as u64);
            at = match &self.digits {
                Shown::Hexadecimal(texts) => self.digits(texts, bytes, space, at),
                Shown::Binary(texts) => self.digits(texts, bytes, space, at),
            };
            at = store(self.gap, self.gap_length, space, at);
            at = self.characters(bytes, space, at);
            at = store(*b"\x1b[0m\n", 5, space, at);
        }
        at
    }

    /// Writes the digits of a line.
    #[inline(always)]
    fn digits<const N: usize>(
        &self,
        texts: &Texts<N>,
        bytes: &[u8],
        space: &mut [u8],
        at: usize,
    ) -> usize {
        let mut at = at;
        let mut before = 0;
        for place in &self.places {
            let byte = bytes.get(place.byte).copied().unwrap_or_default();
            let color = self.colors[usize::from(byte)];
            let kind = if place.gap_length > 0 {
                at = store(place.gap, place.gap_length, space, at);
                FIRST
            } else {
                other(color, before)
            };
            before = color;
            at = texts.store(kind + usize::from(byte), space, at);
        }
        at
    }

    /// Writes the characters of a line.
    #[inline(always)]
    fn characters(&self, bytes: &[u8], space: &mut [u8], at: usize) -> usize {
        let Some((first, rest)) = bytes.split_first() else {
            return at;
        };
        let mut at = self
            .characters
            .store(FIRST + usize::from(*first), space, at);
        let mut before = self.colors[usize::from(*first)];
        for byte in rest {
            let color = self.colors[usize::from(*byte)];
            at = self
                .characters
                .store(other(color, before) + usize::from(*byte), space, at);
            before = color;
        }
        at
    }
}

/// [`OTHER`] if the colours differ, 0 otherwise, without a branch.
#[inline(always)]
fn other(color: u8, before: u8) -> usize {
    (usize::from(color ^ before) + 255) & OTHER
}
