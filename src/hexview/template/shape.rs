//! What a line consists of, and the parts of its text for vectors. Lines are written in `tables` and `vectors`.

use super::super::characters::{Characters, table};
use super::super::offset::Offsets;
use super::super::panels;
use super::super::place::{padded, store};

/// Places in a part.
pub(super) const PART: usize = 2 * LANE;
/// Places in each half of a part. Its digits are those of as many bytes at most.
pub(super) const LANE: usize = 16;
/// Room after the last line, because parts are stored whole.
pub(super) const SLACK: usize = LANE + 8 + 2 * PART + panels::ROOM;

/// How the digits of a byte look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Digits {
    Hexadecimal,
    Uppercase,
    Binary,
}

impl Digits {
    /// The number of digits of a byte.
    pub(in super::super) fn count(self) -> usize {
        if self == Self::Binary { 8 } else { 2 }
    }

    /// Whether the digits are upper case.
    pub(super) fn is_uppercase(self) -> bool {
        self == Self::Uppercase
    }
}

/// A byte in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digit {
    /// The number of the byte.
    byte: usize,
    /// The number of the digit.
    digit: usize,
}

/// 32 places of the text before the characters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    /// The first byte that each half draws from; 0 in lines of up to sixteen bytes.
    pub(super) from: [usize; 2],
    /// The number, from there on, of the byte at each place.
    pub(super) shuffle: [u8; PART],
    /// The bits to keep of a byte whose first digit is at a place; with binary digits, the bit at that place.
    pub(super) high: [u8; PART],
    /// The bits to keep of a byte whose last digit is at a place.
    pub(super) low: [u8; PART],
    /// The difference between a zero and the text at a place.
    pub(super) text: [u8; PART],
}

/// A line, from the text after its offset on.
#[derive(Clone, Debug)]
pub(in super::super) struct Template {
    pub(super) digits: Digits,
    /// The text before the characters, with spaces in place of digits.
    pub(super) text: Vec<u8>,
    /// The place of the first digit of each byte.
    pub(super) places: Vec<usize>,
    pub(super) characters: Characters,
    /// The text before the offset.
    pub(super) lead: [u8; LANE],
    pub(super) lead_length: usize,
    /// The text after the characters.
    pub(super) end: [u8; LANE],
    pub(super) end_length: usize,
    /// None if a part draws from too many bytes.
    pub(super) parts: Option<Vec<Part>>,
}

impl Template {
    /// A line of `text` in which the digits of each byte start at these places. `end` has at most sixteen bytes.
    pub(in super::super) fn new(
        digits: Digits,
        text: Vec<u8>,
        places: Vec<usize>,
        characters: Characters,
        end: &[u8],
    ) -> Self {
        let (end, end_length) = padded(end).unwrap_or_default();
        Self {
            digits,
            parts: parts(digits, &text, &places),
            text,
            places,
            characters,
            lead: [0; LANE],
            lead_length: 0,
            end,
            end_length,
        }
    }

    /// A line of `picture`, in which each `HH` is the digits of the next byte.
    pub(in super::super) fn pictured(picture: &str, characters: Characters, end: &[u8]) -> Self {
        let places = picture.match_indices("HH").map(|(place, _)| place);
        let text = picture.replace('H', " ").into_bytes();
        Self::new(Digits::Hexadecimal, text, places.collect(), characters, end)
    }

    /// The line with `lead` before its offset; none if it is too long.
    pub(in super::super) fn with_lead(self, lead: &[u8]) -> Option<Self> {
        let (lead, lead_length) = padded(lead)?;
        Some(Self {
            lead,
            lead_length,
            ..self
        })
    }

    /// The number of bytes in a line.
    pub(in super::super) fn columns(&self) -> usize {
        self.places.len()
    }

    /// The digits, and the place of the first character.
    pub(in super::super) fn shape(&self) -> (Digits, usize) {
        (self.digits, self.text.len())
    }

    /// The place of the first digit of each byte.
    pub(in super::super) fn places(&self) -> &[usize] {
        &self.places
    }

    /// The length of a line after its offset; with panels, at most.
    pub(in super::super) fn length(&self) -> usize {
        let characters = match &self.characters {
            Characters::None => 0,
            Characters::Panels(panels) => panels.length(self.columns()),
            _ => self.columns(),
        };
        self.text.len() + characters + self.end_length
    }

    /// Stores the offset and the text before it, and returns the place after them.
    #[inline(always)]
    pub(super) fn start(&self, offsets: Offsets, space: &mut [u8], at: usize) -> usize {
        let at = match self.lead_length {
            0 => at,
            length => store(self.lead, length, space, at),
        };
        offsets.store(space, at)
    }

    /// Stores the characters of the line at the start of `data`, and returns the place after them. `ascii` stores those of
    /// ASCII at a place.
    #[inline(always)]
    pub(super) fn show(
        &self,
        data: &[u8],
        space: &mut [u8],
        at: usize,
        ascii: impl FnOnce(&mut [u8], usize),
    ) -> usize {
        let columns = self.columns();
        let line = || data.get(..columns).unwrap_or_default();
        match &self.characters {
            Characters::None => at,
            Characters::Ascii => {
                ascii(space, at);
                at + columns
            }
            Characters::Table(characters) => table(characters, line(), space, at),
            Characters::Panels(panels) => panels.store(line(), space, at),
        }
    }
}

/// The parts of a line; none if half a part draws from bytes too far apart.
fn parts(digits: Digits, text: &[u8], places: &[usize]) -> Option<Vec<Part>> {
    let mut shown: Vec<Option<Digit>> = vec![None; text.len()];
    for (byte, place) in places.iter().enumerate() {
        let shown = shown.get_mut(*place..*place + digits.count())?;
        for (digit, shown) in shown.iter_mut().enumerate() {
            *shown = Some(Digit { byte, digit });
        }
    }
    let part = |(shown, text): (&[Option<Digit>], &[u8])| {
        let mut part = Part {
            from: [0; 2],
            shuffle: [0; PART],
            high: [0; PART],
            low: [0; PART],
            text: [0; PART],
        };
        for (half, shown) in shown.chunks(LANE).enumerate() {
            let first = shown.iter().flatten().map(|digit| digit.byte).min();
            let most = places.len().saturating_sub(LANE);
            *part.from.get_mut(half)? = first.unwrap_or_default().min(most);
        }
        for (place, (shown, text)) in shown.iter().zip(text).enumerate() {
            let Some(Digit { byte, digit }) = *shown else {
                part.text[place] = text ^ b'0';
                continue;
            };
            let source = byte - part.from[place / LANE];
            part.shuffle[place] = u8::try_from(source)
                .ok()
                .filter(|source| usize::from(*source) < LANE)?;
            match (digits, digit) {
                (Digits::Binary, _) => part.high[place] = 0x80 >> digit,
                (_, 0) => part.high[place] = 15,
                _ => part.low[place] = 15,
            }
        }
        Some(part)
    };
    shown
        .chunks(PART)
        .zip(text.chunks(PART))
        .map(part)
        .collect()
}
