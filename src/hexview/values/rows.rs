//! Numbers in lines of a given length, with any offsets, and of several types: a row for each type, aligned as `od`
//! aligns them. Lines of one type that fit a width are in `columns`.

use std::io::Write;

use fearless_simd::{Level, dispatch};

use super::super::block::Block;
use super::super::line::{Ending, Lines, Run, Squeeze};
use super::float::Style;
use super::kinds::{columns, types::*, with_type};
use super::number::{Text, WIDTH};
use super::options::{ByteOrder, Offsets, ValueType};
use super::value::{self, Texts, Value};

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

/// Full lines made at a time: enough for whole batches of numbers.
const LINES: usize = 64;

/// Lines with these options.
#[derive(Debug)]
pub(in super::super) struct Rows {
    options: RowsOptions,
    /// Columns of all numbers in a row.
    width: usize,
    /// The columns of each number of each row. Spare columns are spread over the numbers.
    fields: Vec<Vec<usize>>,
    /// The vectors to use.
    level: Option<Level>,
}

impl Rows {
    pub(in super::super) fn new(options: RowsOptions, level: Option<Level>) -> Self {
        let bytes = usize::from(options.columns);
        let kinds = || options.types.iter().map(|(kind, _)| *kind);
        let width = |kind: ValueType| columns(kind) * bytes / kind.size();
        let width = kinds().map(width).max().unwrap_or(0);
        let fields = |kind: ValueType| {
            let count = bytes / kind.size();
            let spare = width.saturating_sub(count * columns(kind));
            // The spare columns before the end of the row.
            let before = |field: usize| spare * field / count.max(1);
            let pad = |field: usize| before(count - field) - before(count - field - 1);
            (0..count).map(|field| pad(field) + columns(kind)).collect()
        };
        Self {
            width,
            fields: kinds().map(fields).collect(),
            options,
            level,
        }
    }

    /// The least number of digits of an offset.
    fn digits(&self) -> usize {
        self.options.offsets.digits()
    }

    /// Appends the offset.
    fn offset(&self, at: u64, text: &mut impl Write) {
        // Writing to a block, or to enough memory, cannot fail.
        let _ = match self.options.offsets {
            Offsets::Decimal => write!(text, "{at:07}"),
            Offsets::Octal => write!(text, "{at:07o}"),
            Offsets::Hexadecimal => write!(text, "{at:06x}"),
            Offsets::None => Ok(()),
        };
    }

    /// The number of digits of an offset.
    fn length(&self, at: u64) -> usize {
        let digits = match self.options.offsets {
            Offsets::Decimal => at.checked_ilog10(),
            Offsets::Octal => at.checked_ilog2().map(|bit| bit / 3),
            Offsets::Hexadecimal => at.checked_ilog2().map(|bit| bit / 4),
            Offsets::None => return 0,
        };
        self.digits()
            .max(digits.map_or(1, |last| last as usize + 1))
    }

    /// Appends full lines whose offsets have the same number of digits.
    fn lines(&self, at: u64, data: &[u8], text: &mut Block) {
        let bytes = self.bytes_per_line();
        let (count, lead) = (data.len() / bytes, self.length(at));
        let (first, later) = (lead + self.width + 1, self.digits() + self.width + 1);
        let line = first + later * self.options.types.len().saturating_sub(1);
        let space = text.spare(count * line);
        space.fill(b' ');
        let mut at = at;
        for mut line in space.chunks_exact_mut(line) {
            self.offset(at, &mut line);
            at = at.wrapping_add(bytes as u64);
        }
        let types = self.options.types.iter().zip(&self.fields);
        let mut end = first - 1;
        for ((kind, order), fields) in types {
            let numbers = end - self.width;
            let place = Place { line, numbers, end };
            match self.level {
                Some(level) => dispatch!(level, _simd => {
                    with_type!(*kind, row(*order, fields, data, place, space))
                }),
                None => with_type!(*kind, row(*order, fields, data, place, space)),
            }
            end += later;
        }
        text.advance(count * line);
    }

    /// Appends the rows of the last line, which is short.
    fn short_line(&self, at: u64, bytes: &[u8], text: &mut Block) {
        for (place, ((kind, order), fields)) in
            self.options.types.iter().zip(&self.fields).enumerate()
        {
            match place {
                0 => self.offset(at, text),
                _ => spaces(self.digits(), text),
            }
            with_type!(*kind, short_row(*order, fields, bytes, text));
            text.push(b"\n");
        }
    }
}

/// Where the numbers of a row are in each line.
#[derive(Clone, Copy)]
struct Place {
    /// The length of a line with all its rows.
    line: usize,
    /// The first place of the numbers.
    numbers: usize,
    /// The place of the newline.
    end: usize,
}

/// Writes the numbers of the same row of several lines over spaces.
#[inline(always)]
fn row<T: Value<SIZE>, const SIZE: usize>(
    order: ByteOrder,
    fields: &[usize],
    data: &[u8],
    place: Place,
    space: &mut [u8],
) {
    let (values, _) = data.as_chunks::<SIZE>();
    let mut texts = Texts::new(values, order, Style::Od);
    let shown = T::COLUMNS.min(WIDTH);
    for line in space.chunks_exact_mut(place.line) {
        let mut end = place.numbers;
        for columns in fields {
            end += columns;
            let characters = texts.next::<T>().characters();
            if let Some(room) = line.get_mut(end - shown..end) {
                room.copy_from_slice(characters.get(WIDTH - shown..).unwrap_or_default());
            }
        }
        if let Some(newline) = line.get_mut(place.end) {
            *newline = b'\n';
        }
    }
}

/// Appends the numbers of a row of the last line.
fn short_row<T: Value<SIZE>, const SIZE: usize>(
    order: ByteOrder,
    fields: &[usize],
    bytes: &[u8],
    text: &mut Block,
) {
    for (bytes, columns) in bytes.chunks(SIZE).zip(fields) {
        let shown = value::short::<T, SIZE>(bytes, order, Style::Od);
        field(shown, *columns, text);
    }
}

/// Appends a number right-aligned in this many columns.
fn field(number: Text, columns: usize, text: &mut Block) {
    let characters = number.characters();
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
        usize::from(self.options.columns).max(1)
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
                    let bytes = self.bytes_per_line();
                    for lines in data.chunks(LINES * bytes) {
                        let last = at.wrapping_add((lines.len() - bytes) as u64);
                        let same = self.length(at) == self.length(last);
                        for lines in lines.chunks(if same { LINES } else { 1 } * bytes) {
                            self.lines(at, lines, text);
                            at = at.wrapping_add(lines.len() as u64);
                        }
                    }
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            self.short_line(ending.at.offset, ending.tail, text);
        }
        if self.options.offsets != Offsets::None {
            self.offset(ending.end().offset, text);
            text.push(b"\n");
        }
    }
}
