//! The text of every byte, extracted from the output of the hexyl crate's printer. Lines are not
//! built here.
//!
//! The printer prints 256 lines, each of one byte value, and two lines of zeros. If their text is
//! not as expected, there are no tables, and the printer prints every line.

use ::hexyl::{COLOR_OFFSET, COLOR_RESET};

use super::super::block::Block;
use super::super::hex;
use super::options::{CharacterTable, HexylOptions};
use super::printer::{Frame, find, print};

pub(super) use super::super::panels::PANEL;

/// The look of one byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Look {
    /// The escape that sets its colour; empty without colour.
    pub(super) color: Vec<u8>,
    /// Its character.
    pub(super) character: Vec<u8>,
}

/// The parts of every line.
#[derive(Debug)]
pub(super) struct Tables {
    /// The text before the offset.
    pub(super) lead: Vec<u8>,
    /// The escape that ends a colour; empty without colour.
    pub(super) reset: Vec<u8>,
    /// The separator of offset, bytes and characters, and the end of a line.
    pub(super) outer: Vec<u8>,
    /// The separator of two panels of bytes or of characters.
    pub(super) inner: Vec<u8>,
    /// All 256 bytes.
    pub(super) bytes: Vec<Look>,
}

impl Tables {
    /// The tables for `options` of the default layout; none if the printer's text is not as
    /// expected.
    pub(super) fn new(options: HexylOptions, frame: &Frame) -> Option<Self> {
        let one = HexylOptions {
            panels: std::num::NonZeroU16::MIN,
            ..options
        };
        let values: Vec<u8> = (0..=u8::MAX).flat_map(|value| [value; PANEL]).collect();
        let mut printed = Block::default();
        print(one, false, 0, &values, &mut printed);
        let borders = usize::from(frame.has_borders());
        let mut lines = printed
            .text()
            .split_inclusive(|byte| *byte == b'\n')
            .skip(borders);

        let (color_of_offset, reset) = if options.color {
            (COLOR_OFFSET.as_str(), COLOR_RESET)
        } else {
            ("", "")
        };
        let first = lines.clone().next()?;
        let lead = first.get(..find(first, b"00000000")?)?;
        let outer = lead.strip_suffix(color_of_offset.as_bytes())?;
        let mut tables = Self {
            lead: lead.to_vec(),
            reset: reset.as_bytes().to_vec(),
            outer: outer.to_vec(),
            inner: Vec::new(),
            bytes: Vec::new(),
        };
        for value in 0..=u8::MAX {
            let look = tables.look(value, lines.next()?)?;
            tables.bytes.push(look);
        }
        if options.panels.get() > 1 {
            tables.inner = tables.inner(frame.first_line())?;
        }
        Some(tables)
    }

    /// The look of `value`, from a line of one panel without other bytes.
    fn look(&self, value: u8, line: &[u8]) -> Option<Look> {
        let offset = format!("{:08x}", usize::from(value) * PANEL);
        let [a, b] = hex::digits(value);
        let pairs = [[a, b].as_slice(); PANEL].join(&b' ');
        let rest = line
            .strip_prefix(self.lead.as_slice())?
            .strip_prefix(offset.as_bytes())?;
        let rest = self.strip(rest, &[&self.reset, &self.outer, b" "])?;
        let (color, rest) = rest.split_at_checked(find(rest, &pairs)?)?;
        let rest = self.strip(rest, &[&pairs, &self.reset, b" ", &self.outer, color])?;
        let characters = rest
            .strip_suffix(b"\n")?
            .strip_suffix(self.outer.as_slice())?;
        let characters = characters.strip_suffix(self.reset.as_slice())?;
        let character = characters.get(..characters.len() / PANEL)?;
        let fits = characters == character.repeat(PANEL) && character.len() <= 3;
        fits.then(|| Look {
            color: color.to_vec(),
            character: character.to_vec(),
        })
    }

    /// The separator of the first two panels in a line of zeros.
    fn inner(&self, line: &[u8]) -> Option<Vec<u8>> {
        let pairs = [b"00".as_slice(); PANEL].join(&b' ');
        let zero = self.bytes.first()?;
        let start = [b" ", zero.color.as_slice(), &pairs].concat();
        let (_, rest) = line.split_at_checked(find(line, &start)? + start.len())?;
        let rest = self.strip(rest, &[&self.reset, b" "])?;
        rest.get(..find(rest, &start)?).map(<[u8]>::to_vec)
    }

    /// The different colours, and the index of the colour of each byte.
    pub(super) fn colors(&self) -> (Vec<&[u8]>, Box<[u8; 256]>) {
        let mut known: Vec<&[u8]> = Vec::new();
        let mut colors = Box::new([0; 256]);
        for (number, look) in colors.iter_mut().zip(&self.bytes) {
            let color = known.iter().position(|color| *color == look.color);
            let color = color.unwrap_or_else(|| {
                known.push(&look.color);
                known.len() - 1
            });
            *number = color as u8;
        }
        (known, colors)
    }

    /// The rest of `text` after all of `parts`; none if it does not start with them.
    fn strip<'t>(&self, text: &'t [u8], parts: &[&[u8]]) -> Option<&'t [u8]> {
        parts
            .iter()
            .try_fold(text, |text, part| text.strip_prefix(*part))
    }
}

/// All character tables. The crate has no list.
pub(in super::super) const CHARACTER_TABLES: [CharacterTable; 5] = [
    CharacterTable::Default,
    CharacterTable::Ascii,
    CharacterTable::CP1047,
    CharacterTable::CP437,
    CharacterTable::Braille,
];

/// The character of every byte in a character table; none if the printer's text is not as expected.
pub(in super::super) fn characters(table: CharacterTable) -> Option<Vec<char>> {
    let options = HexylOptions {
        character_table: table,
        ..HexylOptions::default()
    };
    let tables = Tables::new(options, &Frame::new(options))?;
    let looks = tables.bytes.iter();
    looks
        .map(|look| str::from_utf8(&look.character).ok()?.chars().next())
        .collect()
}
