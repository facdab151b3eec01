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

/// The columns of a line.
#[derive(Clone, Debug)]
pub(in super::super) struct Cells {
    /// For each column, the byte that has a digit or its character there.
    columns: Vec<Option<usize>>,
    /// A line without bytes or an offset.
    blank: String,
    /// For each of these columns, its place in the blank line.
    places: Vec<(usize, usize)>,
    /// The column of the first digit of the offset, and its place in the blank line; none if there
    /// is no offset column.
    lead: Option<(usize, usize)>,
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
        let lead = frame.lead();
        let is_offset =
            |column| lead.is_some_and(|(lead, _)| (lead..lead + DIGITS).contains(&column));
        let byte = |column| index(column).filter(|_| !is_offset(column));
        let columns: Vec<Option<usize>> = (0..zeros.len()).map(byte).collect();
        let mut blank = String::new();
        let mut places = Vec::new();
        for ((column, byte), shown) in columns.iter().enumerate().zip(&zeros) {
            places.extend(byte.map(|byte| (byte, blank.len())));
            let covered = byte.is_some() || is_offset(column);
            blank.push(if covered { ' ' } else { *shown });
        }
        Self {
            columns,
            blank,
            places,
            lead,
        }
    }

    /// The bytes in the columns of a line at `offset`, which may have more digits.
    pub(in super::super) fn bytes(&self, offset: u64) -> impl Iterator<Item = Option<usize>> {
        let lead = self.lead.map_or(0, |(column, _)| column);
        let (before, after) = self.columns.split_at(lead);
        let digits = std::iter::repeat_n(None, self.more_digits(offset));
        before
            .iter()
            .copied()
            .chain(digits)
            .chain(after.iter().copied())
    }

    /// Appends a line without bytes, with carets in the columns of those for which `is_marked` is
    /// true. It has room for `offset`, and no end.
    pub(in super::super) fn carets(
        &self,
        offset: u64,
        is_marked: impl Fn(usize) -> bool,
        text: &mut Block,
    ) {
        let lead = self.lead.map_or(0, |(_, place)| place);
        let (before, after) = self.blank.as_bytes().split_at(lead);
        text.push(before);
        for _ in 0..self.more_digits(offset) {
            text.push(b" ");
        }
        let space = text.spare(after.len());
        space.copy_from_slice(after);
        for (byte, place) in &self.places {
            if let Some(shown) = space.get_mut(place.wrapping_sub(lead))
                && is_marked(*byte)
            {
                *shown = b'^';
            }
        }
        text.advance(after.len());
    }

    /// The number of digits of `offset` beyond eight, if it has a column.
    fn more_digits(&self, offset: u64) -> usize {
        self.lead.map_or(0, |_| column(offset).lead().len())
    }
}
