//! Numbers in columns, each line with a decimal offset. The text of a number is made in `value`.

use fearless_simd::{Level, dispatch};

use super::super::block::Block;
use super::super::line::{Ending, Lines, Run, Squeeze};
use super::super::place::store;
use super::float::Style;
use super::kinds::{self, types::*, with_type};
use super::number::{self, SPACES, Text, WIDTH};
use super::options::{ValueType, ValuesOptions};
use super::value::{self, Texts, Value};

/// Digits of the offset column, at least.
const OFFSET_DIGITS: usize = 7;
/// Space written for a number, at least as much as any number takes.
const ROOM: usize = 32;

/// Numbers in columns, as `od -A d -t …` prints them.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Columns {
    pub(in super::super) options: ValuesOptions,
    /// The vectors to use.
    pub(in super::super) level: Option<Level>,
}

impl Columns {
    /// Columns of one number.
    fn columns(&self) -> usize {
        kinds::columns(self.options.kind)
    }

    /// Numbers in a line.
    fn per_line(&self) -> usize {
        let width = usize::from(self.options.width).saturating_sub(OFFSET_DIGITS);
        (width / self.columns()).max(1)
    }

    /// Appends full lines from `at` on.
    fn lines<T: Value<SIZE>, const SIZE: usize>(&self, at: u64, data: &[u8], text: &mut Block) {
        let (values, _) = data.as_chunks::<SIZE>();
        let lines = values.len() / self.per_line();
        let space = text.spare(lines * self.longest() + ROOM);
        let length = match self.level {
            Some(level) => dispatch!(level, _simd => self.fill::<T, SIZE>(at, values, space)),
            None => self.fill::<T, SIZE>(at, values, space),
        };
        text.advance(length);
    }

    /// Writes full lines and returns their length.
    #[inline(always)]
    fn fill<T: Value<SIZE>, const SIZE: usize>(
        &self,
        offset: u64,
        values: &[[u8; SIZE]],
        space: &mut [u8],
    ) -> usize {
        let per_line = self.per_line();
        let mut texts = Texts::new(values, self.options.order, Style::Od);
        let mut column = DecimalColumn::new(offset);
        let step = Step::new(per_line * SIZE);
        let mut at = 0;
        for _ in 0..values.len() / per_line {
            at = column.write(space, at);
            let length = per_line * T::COLUMNS;
            let line = space.get_mut(at..at + length).unwrap_or_default();
            let mut fields = line.chunks_exact_mut(T::COLUMNS);
            while fields.len() > 0 {
                for (number, field) in texts.ready::<T>(fields.len()).zip(&mut fields) {
                    write::<T, SIZE>(texts.text(number), field);
                }
            }
            at = store([b'\n'], 1, space, at + length);
            column.step(step);
        }
        at
    }

    /// Appends the last, short line.
    fn tail<T: Value<SIZE>, const SIZE: usize>(&self, at: u64, tail: &[u8], text: &mut Block) {
        let space = text.spare(self.longest() + ROOM);
        let mut at = DecimalColumn::new(at).write(space, 0);
        for bytes in tail.chunks(SIZE) {
            let number = value::short::<T, SIZE>(bytes, self.options.order, Style::Od);
            let end = at + T::COLUMNS;
            write::<T, SIZE>(number, space.get_mut(at..end).unwrap_or_default());
            at = end;
        }
        at = store([b'\n'], 1, space, at);
        text.advance(at);
    }

    /// The length of a line with the longest offset.
    fn longest(&self) -> usize {
        WIDTH + self.per_line() * self.columns() + 1
    }
}

impl Lines for Columns {
    fn bytes_per_line(&self) -> usize {
        self.per_line() * self.options.kind.size()
    }

    fn text_per_line(&self) -> usize {
        OFFSET_DIGITS + self.per_line() * self.columns() + 1
    }

    fn squeeze(&self) -> Squeeze {
        Squeeze::Repeats.only_if(self.options.squeeze)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    with_type!(self.options.kind, self.lines(at.offset, data, text))
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            with_type!(
                self.options.kind,
                self.tail(ending.at.offset, ending.tail, text)
            );
        }
        let length = DecimalColumn::new(ending.end().offset).write(text.spare(2 * ROOM), 0);
        text.advance(length);
        text.push(b"\n");
    }
}

/// The offset column of consecutive lines.
#[derive(Clone, Copy, Debug)]
struct DecimalColumn {
    /// The characters before the last eight.
    lead: [u8; 16],
    length: usize,
    offset: u64,
    /// The last eight digits, the last one in the lowest byte.
    low: u64,
}

/// The distance between two lines.
#[derive(Clone, Copy)]
struct Step {
    bytes: u64,
    /// Its eight digits, the last one in the lowest byte.
    digits: u64,
}

impl Step {
    fn new(bytes: usize) -> Self {
        let bytes = bytes as u64;
        let digits = number::eight_digits((bytes % number::GROUP) as u32).swap_bytes();
        Self { bytes, digits }
    }
}

impl DecimalColumn {
    /// The column of a line at `offset`.
    fn new(offset: u64) -> Self {
        let [high, middle, low] = number::split(offset);
        let all = u64::from(high) * number::GROUP + u64::from(middle);
        let text = if all > 0 {
            all.to_string()
        } else {
            String::new()
        };
        let mut lead = [0; 16];
        for (place, byte) in lead.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        Self {
            lead,
            length: text.len(),
            offset,
            low: number::eight_digits(low).swap_bytes(),
        }
    }

    /// Writes the offset with at least seven digits and returns the place after it.
    #[inline(always)]
    fn write(&self, space: &mut [u8], at: usize) -> usize {
        let low = (self.low | u64::from_le_bytes([b'0'; 8])).swap_bytes();
        if self.length == 0 {
            let short = usize::from(self.low >> 56 == 0);
            return store((low >> (8 * short)).to_le_bytes(), 8 - short, space, at);
        }
        let at = store(self.lead, self.length, space, at);
        store(low.to_le_bytes(), 8, space, at)
    }

    /// Moves to the next line.
    #[inline(always)]
    fn step(&mut self, step: Step) {
        // With ten less than it can hold in each byte, the carry of a digit becomes that of its byte.
        const CARRY: u64 = u64::from_le_bytes([0xf6; 8]);
        const DIGIT: u64 = u64::from_le_bytes([0x0f; 8]);
        const REST: u64 = u64::from_le_bytes([0x06; 8]);
        self.offset = self.offset.wrapping_add(step.bytes);
        let (sum, carry) = (self.low + CARRY).overflowing_add(step.digits);
        self.low = (sum & DIGIT) - (sum >> 4 & REST);
        if carry {
            *self = Self::new(self.offset);
        }
    }
}

/// Writes a number right-aligned in its columns.
#[inline(always)]
fn write<T: Value<SIZE>, const SIZE: usize>(number: Text, field: &mut [u8]) {
    let Some(field) = field.get_mut(..T::COLUMNS) else {
        return;
    };
    // Columns wider than 24 start with more spaces. In narrower ones the first group is truncated.
    let hidden = ROOM - T::COLUMNS;
    let [a, b, c, d, e, f] = number.0;
    for (place, group) in [SPACES, SPACES, a, b, c, d, e, f].into_iter().enumerate() {
        let start = (4 * place).max(hidden);
        let lost = start - 4 * place;
        if lost < 4 {
            let start = start - hidden;
            let end = T::COLUMNS.min(start + 4);
            let group = (group >> (8 * lost)).to_le_bytes();
            field[start..end].copy_from_slice(&group[..end - start]);
        }
    }
}
