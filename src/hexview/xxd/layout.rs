//! The layouts of `xxd` with options. The usual layout is in `usual`.
//!
//! The digits of each byte have a fixed place in a line, and so have the characters. A line is made by writing them
//! over spaces. With colour, each place also has a colour, and places of one colour in a row share an escape sequence.

use std::io::Write as _;

use super::super::block::Block;
use super::super::hex;
use super::super::line::{Ending, Lines, Run, Squeeze};
use super::super::offset;
use super::options::XxdOptions;
use super::tables::{self, RED};

/// The longest offset and the text after it.
const OFFSET: usize = 22;
/// The longest escape sequences around a character.
const ESCAPES: usize = 11;
/// The places between the digits and the characters.
const GAP: usize = 2;

/// Lines of `xxd` with these options.
#[derive(Debug)]
pub(in super::super) struct Layout {
    options: XxdOptions,
    /// The place of the first digit of each byte.
    places: Vec<usize>,
    /// The place of the first character.
    characters_at: usize,
    /// The character of every byte.
    characters: &'static [u8; 256],
}

impl Layout {
    pub(in super::super) fn new(options: XxdOptions) -> Self {
        let columns = usize::from(options.columns);
        let group = usize::from(options.group).max(1);
        let digits = digits(options);
        let place = |byte: usize| {
            // In a group whose last byte comes first, the places count from its end.
            let byte = match options.little {
                true => byte / group * group + (group - 1 - byte % group),
                false => byte,
            };
            digits * byte + byte / group
        };
        let shown = match options.little {
            true => columns.next_multiple_of(group),
            false => columns,
        };
        Self {
            options,
            places: (0..columns).map(place).collect(),
            characters_at: digits * shown + (shown.saturating_sub(1)) / group + GAP,
            characters: match options.ebcdic {
                true => &tables::EBCDIC,
                false => &tables::ASCII,
            },
        }
    }

    /// The length of a full line after its offset, without the newline.
    fn length(&self) -> usize {
        self.characters_at + self.places.len()
    }

    /// Appends the offset column.
    fn offset(&self, at: u64, text: &mut Block) {
        if self.options.decimal {
            // Writing to a block cannot fail.
            let _ = write!(text, "{at:08}: ");
        } else {
            offset::push(at, text);
            text.push(b": ");
        }
    }

    /// Appends a line. `colours` has a place for each place of a line.
    fn line(&self, at: u64, bytes: &[u8], colours: &mut [u8], text: &mut Block) {
        self.offset(at, text);
        if self.options.color {
            return self.coloured(bytes, colours, text);
        }
        let length = self.characters_at + bytes.len() + 1;
        self.write(bytes, text.spare(length));
        text.advance(length);
    }

    /// Writes digits, characters and a newline.
    #[inline(always)]
    fn write(&self, bytes: &[u8], line: &mut [u8]) {
        let Some((shown, characters)) = line.split_at_mut_checked(self.characters_at) else {
            return;
        };
        shown.fill(b' ');
        match self.options.binary {
            true => self.digits(&hex::BITS, bytes, shown),
            false => self.digits(hex::digits_in(self.options.uppercase), bytes, shown),
        }
        for (place, byte) in characters.iter_mut().zip(bytes) {
            *place = self.characters[usize::from(*byte)];
        }
        if let Some(end) = characters.last_mut() {
            *end = b'\n';
        }
    }

    /// Writes the digits of bytes at their places.
    #[inline(always)]
    fn digits<const N: usize>(&self, digits: &[[u8; N]; 256], bytes: &[u8], shown: &mut [u8]) {
        for (byte, place) in bytes.iter().zip(&self.places) {
            if let Some(place) = shown.get_mut(*place..).and_then(<[u8]>::first_chunk_mut) {
                *place = digits[usize::from(*byte)];
            }
        }
    }

    /// Appends a line with colours after its offset.
    fn coloured(&self, bytes: &[u8], colours: &mut [u8], text: &mut Block) {
        let digits = digits(self.options);
        colours.fill(0);
        for (index, (byte, place)) in bytes.iter().zip(&self.places).enumerate() {
            let colour = tables::colour(*byte, self.options.ebcdic);
            if let Some(places) = colours.get_mut(*place..*place + digits) {
                places.fill(colour);
            }
            if let Some(place) = colours.get_mut(self.characters_at + index) {
                *place = colour;
            }
        }
        self.colour_missing(bytes.len(), colours);
        let mut line = vec![0; self.characters_at + bytes.len() + 1];
        self.write(bytes, &mut line);
        let mut before = 0;
        // The newline has no colour and ends the last one.
        for (character, colour) in line.iter().zip(colours.iter()) {
            if *colour != before {
                if before != 0 {
                    text.push(b"\x1b[0m");
                }
                if *colour != 0 {
                    text.push(&[b'\x1b', b'[', b'1', b';', b'3', *colour, b'm']);
                }
                before = *colour;
            }
            text.push(&[*character]);
        }
    }

    /// Colours the spaces of a short line that `xxd` colours: one for each missing byte, not always at its place.
    fn colour_missing(&self, shown: usize, colours: &mut [u8]) {
        let columns = self.places.len();
        if shown == columns || self.options.binary {
            return;
        }
        let group = usize::from(self.options.group).max(1);
        let place = |byte: usize| 2 * byte + byte / group;
        let mut colour = |start: usize, count: usize| {
            if let Some(places) = colours.get_mut(start..start + count) {
                places.fill(RED);
            }
        };
        let mut filled = shown;
        if self.options.little {
            filled = shown.next_multiple_of(group);
            colour(place(filled - group), filled - shown);
        }
        let missing = columns.saturating_sub(filled);
        colour(place(filled) + missing + missing / group, missing);
    }
}

/// The digits of a byte.
fn digits(options: XxdOptions) -> usize {
    if options.binary { 8 } else { 2 }
}

impl Lines for Layout {
    fn bytes_per_line(&self) -> usize {
        self.places.len()
    }

    fn text_per_line(&self) -> usize {
        OFFSET + self.length() * if self.options.color { 2 } else { 1 }
    }

    fn room_per_line(&self) -> usize {
        OFFSET + self.length() * if self.options.color { 1 + ESCAPES } else { 1 }
    }

    fn squeeze(&self) -> Squeeze {
        Squeeze::Zeros.only_if(self.options.autoskip)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        let columns = self.places.len().max(1);
        let mut colours = vec![0; self.length() + 1];
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    let mut at = at.offset;
                    for bytes in data.chunks(columns) {
                        self.line(at, bytes, &mut colours, text);
                        at = at.wrapping_add(bytes.len() as u64);
                    }
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            let mut colours = vec![0; self.length() + 1];
            self.line(ending.at.offset, ending.tail, &mut colours, text);
        }
    }
}
