//! The lines of `xxd`.
//!
//! The digits of each byte have a fixed place in a line, and so have the characters. With colour, each place also has a
//! colour, and places of one colour in a row share an escape sequence.

use fearless_simd::Level;

use super::super::block::Block;
use super::super::characters::Characters;
use super::super::hex;
use super::super::line::{Ending, Lines, Run, Squeeze};
use super::super::offset::Offsets;
use super::super::template::{Digits, Template};
use super::colored::{self, Colored};
use super::options::XxdOptions;
use super::tables::{self, RED, RESET};

/// The longest offset.
const OFFSET: usize = 20;
/// The longest escape sequences around a character.
const ESCAPES: usize = 11;
/// The lines with colours that get room at once.
const PART: usize = 64;
/// The text after the offset.
const AFTER_OFFSET: &str = ": ";
/// The spaces between the digits and the characters.
const GAP: usize = 2;

/// Lines of `xxd` with these options.
#[derive(Debug)]
pub(in super::super) struct Layout {
    options: XxdOptions,
    template: Template,
    /// Full lines with colours.
    colored: Option<Colored>,
    /// The vectors to use.
    level: Option<Level>,
}

impl Layout {
    pub(in super::super) fn new(options: XxdOptions, level: Option<Level>) -> Self {
        let columns = usize::from(options.columns);
        let group = usize::from(options.group).max(1);
        let digits = match (options.binary, options.uppercase) {
            (true, _) => Digits::Binary,
            (false, true) => Digits::Uppercase,
            (false, false) => Digits::Hexadecimal,
        };
        let width = digits.count();
        let place = |byte: usize| {
            // In a group whose last byte comes first, the places count from its end.
            let byte = match options.little {
                true => byte / group * group + (group - 1 - byte % group),
                false => byte,
            };
            AFTER_OFFSET.len() + width * byte + byte / group
        };
        let shown = match options.little {
            true => columns.next_multiple_of(group),
            false => columns,
        };
        let length = width * shown + shown.saturating_sub(1) / group + GAP;
        let text = format!("{AFTER_OFFSET}{:length$}", "").into_bytes();
        let (characters, table) = match options.ebcdic {
            true => (Characters::Table(&tables::EBCDIC), &tables::EBCDIC),
            false => (Characters::Ascii, &hex::PRINTABLE),
        };
        let places: Vec<usize> = (0..columns).map(place).collect();
        let colored = options.color.then(|| {
            let color = |byte| tables::colour(byte, options.ebcdic);
            Colored::new(digits, &text, &places, table, color)
        });
        Self {
            options,
            template: Template::new(digits, text, places, characters, b"\n"),
            colored: colored.flatten(),
            level,
        }
    }

    /// The longest text of a line.
    fn longest(&self) -> usize {
        OFFSET + self.template.length() * if self.options.color { 1 + ESCAPES } else { 1 }
    }

    /// The offsets from `at` on.
    fn offsets(&self, at: u64) -> Offsets {
        match self.options.decimal {
            true => Offsets::Decimal(at),
            false => Offsets::hexadecimal(at),
        }
    }

    /// Appends full lines.
    fn full(&self, at: u64, data: &[u8], text: &mut Block) {
        let columns = self.template.columns().max(1);
        if !self.options.color {
            return self
                .template
                .lines(self.level, self.offsets(at), data, text);
        }
        for (part, number) in data.chunks(PART * columns).zip(0_u64..) {
            let at = at.wrapping_add(number * (PART * columns) as u64);
            let Some(colored) = &self.colored else {
                for (bytes, line) in part.chunks(columns).zip(0_u64..) {
                    self.coloured(at.wrapping_add(line * columns as u64), bytes, text);
                }
                continue;
            };
            let lines = part.len() / columns;
            let space = text.spare(lines * self.longest() + colored::SLACK);
            let written = colored.lines(self.options.decimal, at, part, space);
            text.advance(written);
        }
    }

    /// Appends an offset.
    fn offset(&self, at: u64, text: &mut Block) {
        let length = self.offsets(at).store(text.spare(OFFSET), 0);
        text.advance(length);
    }

    /// Appends a line with colours, which may be short.
    fn coloured(&self, at: u64, bytes: &[u8], text: &mut Block) {
        self.offset(at, text);
        let mut line = Block::default();
        self.template.short_line(bytes, &mut line);
        let colours = self.colours(bytes);
        let mut before = 0;
        // The newline has no colour and ends the last one.
        for (character, colour) in line.text().iter().zip(colours) {
            if colour != before {
                if before != 0 {
                    text.push(RESET);
                }
                if colour != 0 {
                    text.push(&tables::escape(colour));
                }
                before = colour;
            }
            text.push(&[*character]);
        }
    }

    /// The colour of each place of a line, 0 for none.
    fn colours(&self, bytes: &[u8]) -> Vec<u8> {
        let (digits, characters_at) = self.template.shape();
        let mut colours = vec![0; self.template.length()];
        for (index, (byte, place)) in bytes.iter().zip(self.template.places()).enumerate() {
            let colour = tables::colour(*byte, self.options.ebcdic);
            if let Some(places) = colours.get_mut(*place..*place + digits.count()) {
                places.fill(colour);
            }
            if let Some(place) = colours.get_mut(characters_at + index) {
                *place = colour;
            }
        }
        self.colour_missing(
            bytes.len(),
            colours.get_mut(AFTER_OFFSET.len()..).unwrap_or_default(),
        );
        colours
    }

    /// Colours the spaces of a short line that `xxd` colours: one for each missing byte, not always at its place.
    fn colour_missing(&self, shown: usize, colours: &mut [u8]) {
        let columns = self.template.columns();
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

impl Lines for Layout {
    fn bytes_per_line(&self) -> usize {
        self.template.columns()
    }

    fn text_per_line(&self) -> usize {
        8 + self.template.length() * if self.options.color { 3 } else { 1 }
    }

    fn room_per_line(&self) -> usize {
        self.longest()
    }

    fn squeeze(&self) -> Squeeze {
        Squeeze::Zeros.only_if(self.options.autoskip)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => self.full(at.offset, data, text),
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if ending.tail.is_empty() {
        } else if self.options.color {
            self.coloured(ending.at.offset, ending.tail, text);
        } else {
            self.offset(ending.at.offset, text);
            self.template.short_line(ending.tail, text);
        }
    }
}
