//! What the hexyl crate's printer makes of every byte, taken from its own output.
//!
//! The printer is run once over 256 lines, each made of one byte value, and once over two lines of
//! zeros; everything the fast path needs is cut out of that text. Cutting checks what it expects
//! to find, and a printer that prints something else has no tables: then it prints every line
//! itself.

use ::hexyl::{COLOR_OFFSET, COLOR_RESET};

use super::super::block::Block;
use super::super::hex;
use super::options::HexylOptions;
use super::printer::{Frame, find, print};

/// Bytes in a panel.
pub(super) const PANEL: usize = 8;

/// How one byte looks.
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
    /// What comes before the offset.
    pub(super) lead: Vec<u8>,
    /// What ends a colour; empty without colour.
    pub(super) reset: Vec<u8>,
    /// What comes between offset, bytes and characters, and at the end.
    pub(super) outer: Vec<u8>,
    /// What comes between two panels of bytes or of characters.
    pub(super) inner: Vec<u8>,
    /// All 256 bytes.
    pub(super) bytes: Vec<Look>,
}

impl Tables {
    /// The tables for `options`, which must be those of whole lines in hexadecimal. None when the
    /// printer's text is not as expected.
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

        let color_of_offset = if options.color {
            COLOR_OFFSET.as_bytes()
        } else {
            b""
        };
        let reset = if options.color {
            COLOR_RESET.as_bytes()
        } else {
            b""
        };
        let first = lines.clone().next()?;
        let lead = first.get(..find(first, b"00000000")?)?;
        let outer = lead.strip_suffix(color_of_offset)?;
        let mut tables = Self {
            lead: lead.to_vec(),
            reset: reset.to_vec(),
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

    /// How `value` looks on a line of one panel that has no other bytes.
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

    /// What separates the first two panels of a line of zeros.
    fn inner(&self, line: &[u8]) -> Option<Vec<u8>> {
        let pairs = [b"00".as_slice(); PANEL].join(&b' ');
        let zero = self.bytes.first()?;
        let start = [b" ", zero.color.as_slice(), &pairs].concat();
        let (_, rest) = line.split_at_checked(find(line, &start)? + start.len())?;
        let rest = self.strip(rest, &[&self.reset, b" "])?;
        rest.get(..find(rest, &start)?).map(<[u8]>::to_vec)
    }

    /// What is left of `text` when it starts with all of `parts`.
    fn strip<'t>(&self, text: &'t [u8], parts: &[&[u8]]) -> Option<&'t [u8]> {
        parts
            .iter()
            .try_fold(text, |text, part| text.strip_prefix(*part))
    }
}
