//! Numbers in lines of a given length, with any offsets, and of several types: a row for each type, aligned as `od`
//! aligns them. Lines of one type that fit a width are in `columns`.

use std::io::Write as _;

use super::super::block::Block;
use super::super::line::{Ending, Lines, Run, Squeeze};
use super::float::Style;
use super::kinds::{columns, types::*, with_type};
use super::number::{Text, WIDTH};
use super::options::{ByteOrder, Offsets, ValueType};
use super::value::{self, Value};

/// The options of the `values` format for several types, or for lines of a given length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowsOptions {
    /// The types of the rows, at least one.
    pub types: Vec<(ValueType, ByteOrder)>,
    /// Bytes in a line, a multiple of the size of each type.
    pub columns: u16,
    /// The base of the offsets.
    pub offsets: Offsets,
    /// Whether repeated lines become one `*`.
    pub squeeze: bool,
}

impl RowsOptions {
    /// The most bytes in a line that fit this many terminal columns, at least one number of the largest type.
    #[must_use]
    pub fn fitting(types: &[(ValueType, ByteOrder)], offsets: Offsets, width: u16) -> u16 {
        let size = largest(types);
        let width_of = |(kind, _): &(ValueType, ByteOrder)| columns(*kind) * size / kind.size();
        let block = types.iter().map(width_of).max().unwrap_or(1);
        let blocks = usize::from(width).saturating_sub(offsets.digits()) / block.max(1);
        u16::try_from(blocks.max(1) * size).unwrap_or(1)
    }
}

/// The size of the largest type. The sizes are powers of two.
#[must_use]
pub fn largest(types: &[(ValueType, ByteOrder)]) -> usize {
    types.iter().map(|(kind, _)| kind.size()).max().unwrap_or(1)
}

/// Lines with these options.
#[derive(Debug)]
pub(in super::super) struct Rows {
    options: RowsOptions,
    /// Columns of all numbers in a row.
    width: usize,
}

impl Rows {
    pub(in super::super) fn new(options: RowsOptions) -> Self {
        let width = |(kind, _): &(ValueType, ByteOrder)| {
            columns(*kind) * usize::from(options.columns) / kind.size()
        };
        let width = options.types.iter().map(width).max().unwrap_or(0);
        Self { options, width }
    }

    /// The least number of digits of an offset.
    fn digits(&self) -> usize {
        self.options.offsets.digits()
    }

    /// Appends the offset.
    fn offset(&self, at: u64, text: &mut Block) {
        // Writing to a block cannot fail.
        let _ = match self.options.offsets {
            Offsets::Decimal => write!(text, "{at:07}"),
            Offsets::Octal => write!(text, "{at:07o}"),
            Offsets::Hexadecimal => write!(text, "{at:06x}"),
            Offsets::None => Ok(()),
        };
    }

    /// Appends the rows of a line, which may be short.
    fn line(&self, at: u64, bytes: &[u8], text: &mut Block) {
        for (place, (kind, order)) in self.options.types.iter().enumerate() {
            if place == 0 {
                self.offset(at, text);
            } else {
                spaces(self.digits(), text);
            }
            with_type!(*kind, self.row(*order, bytes, text));
            text.push(b"\n");
        }
    }

    /// Appends the numbers of a row. Spare columns are spread over the numbers.
    fn row<T: Value<SIZE>, const SIZE: usize>(
        &self,
        order: ByteOrder,
        bytes: &[u8],
        text: &mut Block,
    ) {
        let fields = usize::from(self.options.columns) / SIZE;
        let spare = self.width.saturating_sub(fields * T::COLUMNS);
        let before = |field: usize| spare * field / fields.max(1);
        for (number, bytes) in bytes.chunks(SIZE).enumerate() {
            // The spare columns before the end of the row.
            let left = fields.saturating_sub(number);
            let pad = before(left) - before(left.saturating_sub(1));
            let shown = value::short::<T, SIZE>(bytes, order, Style::Od);
            field(shown, pad + T::COLUMNS, text);
        }
    }
}

/// Appends a number right-aligned in this many columns.
fn field(number: Text, columns: usize, text: &mut Block) {
    let characters = number.0.map(u64::to_le_bytes);
    let characters = characters.as_flattened();
    spaces(columns.saturating_sub(WIDTH), text);
    let hidden = WIDTH.saturating_sub(columns);
    text.push(characters.get(hidden..).unwrap_or_default());
}

/// Appends spaces.
fn spaces(count: usize, text: &mut Block) {
    text.spare(count).fill(b' ');
    text.advance(count);
}

impl Lines for Rows {
    fn bytes_per_line(&self) -> usize {
        self.options.columns.into()
    }

    fn text_per_line(&self) -> usize {
        self.options.types.len() * (WIDTH + self.width + 1)
    }

    fn squeeze(&self) -> Squeeze {
        Squeeze::Repeats.only_if(self.options.squeeze)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    let mut at = at.offset;
                    for bytes in data.chunks(self.bytes_per_line().max(1)) {
                        self.line(at, bytes, text);
                        at = at.wrapping_add(bytes.len() as u64);
                    }
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            self.line(ending.at.offset, ending.tail, text);
        }
        if self.options.offsets != Offsets::None {
            self.offset(ending.end().offset, text);
            text.push(b"\n");
        }
    }
}
