//! Numbers in columns, each line with a decimal offset. The text of a number is made in `value`.

use fearless_simd::{Level, Simd, dispatch};

use super::super::block::Block;
use super::super::line::{Ending, Lines, Run, Squeeze};
use super::super::place::{room, store};
use super::super::vectors::rearrange_at_once;
use super::float::Style;
use super::kinds::{self, types::*, with_type};
use super::number::{self, SPACES, Text, WIDTH};
use super::options::{ValueType, ValuesOptions};
use super::spread::{Spread, VECTOR, shows};
use super::value::{self, BATCH, Texts, Value};

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
        let space = text.spare(lines * self.longest() + VECTOR);
        let length = match self.level {
            Some(level) if rearrange_at_once(level) && shows(T::COLUMNS) => {
                dispatch!(level, simd => self.spread::<_, T, SIZE>(simd, at, values, space))
            }
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
        let mut at = 0;
        for _ in 0..values.len() / per_line {
            at = column.write(space, at);
            for _ in 0..per_line {
                at = field::<T, SIZE>(texts.next::<T>(), space, at);
            }
            at = store([b'\n'], 1, space, at);
            column.step(per_line * SIZE);
        }
        at
    }

    /// Writes full lines with vectors and returns their length.
    #[inline(always)]
    fn spread<S: Simd, T: Value<SIZE>, const SIZE: usize>(
        &self,
        simd: S,
        offset: u64,
        values: &[[u8; SIZE]],
        space: &mut [u8],
    ) -> usize {
        let per_line = self.per_line();
        // Whole lines, if they fit into a batch, keep groups of numbers together.
        let lines = (BATCH / per_line).max(1);
        let spread = Spread::new(simd, T::COLUMNS);
        let mut texts = Texts::new(values, self.options.order, Style::Od);
        let mut column = DecimalColumn::new(offset);
        let mut at = 0;
        let mut left = values.len() / per_line;
        while left > 0 {
            let now = lines.min(left);
            let mut shown = 0;
            let mut ready = 0;
            for line in 1..=now {
                at = column.write(space, at);
                while shown < line * per_line {
                    let behind = now * per_line - shown;
                    if shown == ready {
                        texts.batch::<T>(behind);
                        ready += behind.min(BATCH);
                    }
                    let group = (line * per_line - shown).min(spread.group());
                    spread.write(texts.parts(), shown, space, at);
                    at += group * T::COLUMNS;
                    shown += group;
                }
                at = store([b'\n'], 1, space, at);
                column.step(per_line * SIZE);
            }
            left -= now;
        }
        at
    }

    /// Appends the last, short line.
    fn tail<T: Value<SIZE>, const SIZE: usize>(&self, at: u64, tail: &[u8], text: &mut Block) {
        let space = text.spare(self.longest() + ROOM);
        let mut at = DecimalColumn::new(at).write(space, 0);
        for bytes in tail.chunks(SIZE) {
            let number = value::short::<T, SIZE>(bytes, self.options.order, Style::Od);
            at = field::<T, SIZE>(number, space, at);
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
    /// The number in the last eight characters.
    low: u64,
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
            low: low.into(),
        }
    }

    /// Writes the offset with at least seven digits and returns the place after it.
    #[inline(always)]
    fn write(&self, space: &mut [u8], at: usize) -> usize {
        let low = number::eight_characters(self.low as u32);
        if self.length == 0 {
            let short = usize::from(self.low < number::GROUP / 10);
            return store((low >> (8 * short)).to_le_bytes(), 8 - short, space, at);
        }
        let at = store(self.lead, self.length, space, at);
        store(low.to_le_bytes(), 8, space, at)
    }

    /// Moves to the next line.
    #[inline(always)]
    fn step(&mut self, bytes: usize) {
        self.offset = self.offset.wrapping_add(bytes as u64);
        self.low += bytes as u64;
        if self.low >= number::GROUP {
            *self = Self::new(self.offset);
        }
    }
}

/// Writes a number right-aligned in its columns and returns the place after them.
#[inline(always)]
fn field<T: Value<SIZE>, const SIZE: usize>(number: Text, space: &mut [u8], at: usize) -> usize {
    let end = at + T::COLUMNS;
    let Some(room) = room::<ROOM>(space, at) else {
        return end;
    };
    // Columns wider than 24 start with more spaces. In narrower ones the first part is truncated.
    let [front, middle, back] = number.0;
    let hidden = ROOM - T::COLUMNS;
    for (place, part) in [SPACES, front, middle, back].into_iter().enumerate() {
        let start = (8 * place).max(hidden);
        let lost = start - 8 * place;
        if lost < 8 {
            let start = start - hidden;
            room[start..start + 8].copy_from_slice(&(part >> (8 * lost)).to_le_bytes());
        }
    }
    end
}
