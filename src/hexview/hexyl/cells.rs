//! The place of each byte in a line, found in lines that the printer prints. Lines are built
//! elsewhere.

use super::super::block::Block;
use super::options::HexylOptions;
use super::printer::{Frame, column, print};

/// Digits of the offset of a line below 4 GiB.
const DIGITS: usize = 8;

/// Bytes that differ from zero in every digit or in their character, in each base and character
/// table.
const VALUES: [u8; 3] = [0xff, b'A', 0xc1];

/// A column of a line.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// The byte that has a digit or its character here.
    byte: Option<usize>,
    /// The character here in a line without bytes.
    blank: char,
}

/// The columns of a line.
#[derive(Clone, Debug)]
pub(in super::super) struct Cells {
    cells: Vec<Cell>,
    /// The column of the first digit of the offset, if there is one.
    lead: Option<usize>,
}

impl Cells {
    /// The columns of a line of `length` bytes, at least one.
    ///
    /// In a line for each binary digit of the index of a byte, the bytes whose index has it are
    /// different from zero. The lines in which a column differs tell the index of its byte.
    pub(in super::super) fn new(options: HexylOptions, length: usize) -> Self {
        let options = HexylOptions {
            color: false,
            ..options
        };
        let frame = Frame::new(options);
        let line = |value: u8, has: &dyn Fn(usize) -> bool| -> Vec<char> {
            let byte = |index| if has(index) { value } else { 0 };
            let bytes: Vec<u8> = (0..length).map(byte).collect();
            let mut printed = Block::default();
            print(options, false, 0, &bytes, &mut printed);
            let text = String::from_utf8_lossy(frame.inside(&printed));
            text.trim_end_matches('\n').chars().collect()
        };
        let zeros = line(0, &|_| false);
        let bits = usize::BITS - length.leading_zeros();
        let values = VALUES.map(|value| {
            let bit = |bit| line(value, &|index| index >> bit & 1 == 1);
            (
                line(value, &|_| true),
                (0..bits).map(bit).collect::<Vec<_>>(),
            )
        });
        let index = |column: usize| {
            let differs = |line: &Vec<char>| line.get(column) != zeros.get(column);
            let (_, lines) = values.iter().find(|(all, _)| differs(all))?;
            let bit = |(bit, line)| usize::from(differs(line)) << bit;
            Some(lines.iter().enumerate().map(bit).sum())
        };
        let lead = frame.lead_columns();
        let is_offset = |column| lead.is_some_and(|lead| (lead..lead + DIGITS).contains(&column));
        let cell = |(column, blank): (usize, &char)| {
            let byte = index(column).filter(|_| !is_offset(column));
            let covered = byte.is_some() || is_offset(column);
            let blank = if covered { ' ' } else { *blank };
            Cell { byte, blank }
        };
        Self {
            cells: zeros.iter().enumerate().map(cell).collect(),
            lead,
        }
    }

    /// The bytes in the columns of a line at `offset`, which may have more digits.
    pub(in super::super) fn bytes(&self, offset: u64) -> impl Iterator<Item = Option<usize>> {
        self.at(offset).map(|cell| cell.byte)
    }

    /// Appends a line without bytes, with carets in the columns of those for which `is_marked` is
    /// true. It has room for `offset`, and no end.
    pub(in super::super) fn carets(
        &self,
        offset: u64,
        is_marked: impl Fn(usize) -> bool,
        text: &mut Block,
    ) {
        for cell in self.at(offset) {
            let marked = cell.byte.is_some_and(&is_marked);
            let shown = if marked { '^' } else { cell.blank };
            text.push(shown.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    fn at(&self, offset: u64) -> impl Iterator<Item = Cell> {
        let more = self.lead.map_or(0, |_| column(offset).lead().len());
        let (before, after) = self.cells.split_at(self.lead.unwrap_or(0));
        let digit = Cell {
            byte: None,
            blank: ' ',
        };
        let digits = std::iter::repeat_n(digit, more);
        before
            .iter()
            .copied()
            .chain(digits)
            .chain(after.iter().copied())
    }
}
