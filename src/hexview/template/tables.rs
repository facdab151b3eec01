//! Lines without vectors: the digits of each byte come from a table. Lines with vectors are in `vectors`.

use super::super::block::Block;
use super::super::characters::{Characters, ascii, table};
use super::super::hex;
use super::super::offset::Offsets;
use super::super::place::{room, store};
use super::shape::{Digits, LANE, Template};

/// The lengths of most texts before the characters, and of those that are written with copies of fixed size.
const SHORT: usize = 64;
const LONG: usize = 128;
/// The most digits of a byte.
const MOST: usize = 8;

/// The text before the characters of up to sixteen bytes.
struct Front {
    text: [u8; LONG],
    /// The places of the digits. The last ones are those of the first byte if there are fewer than sixteen bytes.
    places: [usize; LANE],
}

impl Template {
    /// Writes lines without vectors, and returns the number of their bytes and the length of their text. The last lines
    /// are left out if they are shorter than a vector.
    pub(super) fn tables(&self, offsets: Offsets, data: &[u8], space: &mut [u8]) -> (usize, usize) {
        let Some(front) = self.front_text() else {
            return (0, 0);
        };
        match self.digits {
            Digits::Binary => self.sized(&front, &hex::BITS, offsets, data, space),
            digits => {
                let digits = hex::digits_in(digits.is_uppercase());
                self.sized(&front, digits, offsets, data, space)
            }
        }
    }

    /// The text before the characters; none if it is too long.
    fn front_text(&self) -> Option<Front> {
        let mut text = [0; LONG];
        text.get_mut(..self.text.len())?.copy_from_slice(&self.text);
        let mut places = [*self.places.first()?; LANE];
        places
            .get_mut(..self.columns())?
            .copy_from_slice(&self.places);
        Some(Front { text, places })
    }

    /// As [`Template::tables`], for bytes of `N` digits.
    fn sized<const N: usize>(
        &self,
        front: &Front,
        digits: &[[u8; N]; 256],
        offsets: Offsets,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        match self.text.len() {
            ..=SHORT => self.fronts::<SHORT, N>(front, digits, offsets, data, space),
            _ => self.fronts::<LONG, N>(front, digits, offsets, data, space),
        }
    }

    /// As [`Template::sized`], for texts of up to `LENGTH`.
    // Inlined into its callers, it is slower.
    #[inline(never)]
    fn fronts<const LENGTH: usize, const N: usize>(
        &self,
        front: &Front,
        digits: &[[u8; N]; 256],
        mut offsets: Offsets,
        data: &[u8],
        space: &mut [u8],
    ) -> (usize, usize) {
        let columns = self.columns();
        let (mut done, mut at) = (0, 0);
        while let Some(rest) = data.get(done..)
            && let Some(bytes) = rest.first_chunk::<LANE>()
        {
            at = self.start(offsets, space, at);
            let Some(shown) = room::<{ LONG + MOST }>(space, at) else {
                break;
            };
            shown[..LENGTH].copy_from_slice(&front.text[..LENGTH]);
            let word = u128::from_le_bytes(*bytes);
            // In reverse, because the first byte also stands for those that are not in the line.
            for number in (0..LANE).rev() {
                // The remainder never changes the place. It proves to the compiler that there is room.
                let place = front.places[number] % LENGTH;
                let byte = (word >> (8 * number)) as u8;
                shown[place..place + N].copy_from_slice(&digits[usize::from(byte)]);
            }
            at += self.text.len();
            at = self.show(rest, space, at, |space, at| {
                if let Some(place) = room::<LANE>(space, at) {
                    *place = bytes.map(hex::printable);
                }
            });
            at = store(self.end, self.end_length, space, at);
            offsets.step(columns);
            done += columns;
        }
        (done, at)
    }

    /// Writes one line, which may be short, and returns its length.
    pub(super) fn line(&self, bytes: &[u8], space: &mut [u8]) -> usize {
        let Some((shown, rest)) = space.split_at_mut_checked(self.text.len()) else {
            return 0;
        };
        shown.copy_from_slice(&self.text);
        match self.digits {
            Digits::Binary => self.put(&hex::BITS, bytes, shown),
            _ => self.put(hex::digits_in(self.digits.is_uppercase()), bytes, shown),
        }
        let mut at = 0;
        match &self.characters {
            Characters::None => {}
            Characters::Ascii => at = ascii(bytes, rest),
            Characters::Table(characters) => at = table(characters, bytes, rest, 0),
            Characters::Panels(panels) => at = panels.store(bytes, rest, 0),
        }
        let end = self.end.get(..self.end_length).unwrap_or_default();
        if let Some(place) = rest.get_mut(at..at + end.len()) {
            place.copy_from_slice(end);
        }
        self.text.len() + at + end.len()
    }

    /// Writes the digits of bytes at their places.
    fn put<const N: usize>(&self, digits: &[[u8; N]; 256], bytes: &[u8], shown: &mut [u8]) {
        for (byte, place) in bytes.iter().zip(&self.places) {
            if let Some(place) = room(shown, *place) {
                *place = digits[usize::from(*byte)];
            }
        }
    }

    /// Appends the short last line after its offset, if there is one: spaces for the digits of missing bytes, and
    /// nothing for their characters.
    pub(in super::super) fn short_line(&self, tail: &[u8], text: &mut Block) {
        let written = self.line(tail, text.spare(self.length()));
        text.advance(written);
    }
}
