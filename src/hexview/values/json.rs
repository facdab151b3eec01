//! Numbers as one JSON array. The text of a number is made in `value`.

use fearless_simd::{Level, dispatch};

use super::super::block::Block;
use super::super::line::{Ending, Lines, Position, Run};
use super::super::place::store;
use super::float::Style;
use super::kinds::{self, types::*, with_type};
use super::number::{Text, WIDTH};
use super::options::{ByteOrder, ValueType};
use super::value::{self, Texts, Value};

/// Numbers as a JSON array.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Json {
    /// The type of the numbers.
    pub(in super::super) kind: ValueType,
    /// The byte order of the numbers.
    pub(in super::super) order: ByteOrder,
    /// The vectors to use.
    pub(in super::super) level: Option<Level>,
}

impl Json {
    /// Appends whole numbers.
    fn values<T: Value<SIZE>, const SIZE: usize>(
        &self,
        at: Position,
        data: &[u8],
        text: &mut Block,
    ) {
        let (values, _) = data.as_chunks::<SIZE>();
        let space = text.spare(values.len() * (WIDTH + 1) + WIDTH);
        let length = match self.level {
            Some(level) => dispatch!(level, _simd => self.fill::<T, SIZE>(at, values, space)),
            None => self.fill::<T, SIZE>(at, values, space),
        };
        text.advance(length);
    }

    /// Writes whole numbers and returns the length of their text.
    #[inline(always)]
    fn fill<T: Value<SIZE>, const SIZE: usize>(
        &self,
        place: Position,
        values: &[[u8; SIZE]],
        space: &mut [u8],
    ) -> usize {
        let mut texts = Texts::new(values, self.order, Style::Json);
        let mut at = 0;
        for number in 0..values.len() {
            if place.index > 0 || number > 0 {
                at = store([b','], 1, space, at);
            }
            at = element(texts.next::<T>(), space, at);
        }
        at
    }

    /// Appends an incomplete last number.
    fn tail<T: Value<SIZE>, const SIZE: usize>(&self, at: Position, tail: &[u8], text: &mut Block) {
        if at.index > 0 {
            text.push(b",");
        }
        let number = value::short::<T, SIZE>(tail, self.order, Style::Json);
        let length = element(number, text.spare(2 * WIDTH), 0);
        text.advance(length);
    }
}

/// Writes a number without leading spaces and returns the place after it.
#[inline(always)]
fn element(number: Text, space: &mut [u8], at: usize) -> usize {
    let length = number.length();
    let mut padded = [0; 2 * WIDTH];
    padded[..WIDTH].copy_from_slice(&number.characters());
    let shown = padded.get(WIDTH - length..).and_then(<[u8]>::first_chunk);
    store::<WIDTH>(*shown.unwrap_or(&[0; WIDTH]), length, space, at)
}

impl Lines for Json {
    fn bytes_per_line(&self) -> usize {
        self.kind.size()
    }

    fn text_per_line(&self) -> usize {
        kinds::columns(self.kind)
    }

    fn room_per_line(&self) -> usize {
        WIDTH + 1
    }

    fn begin(&self, text: &mut Block) {
        text.push(b"[");
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(at, data) = run {
                with_type!(self.kind, self.values(at, data, text));
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            with_type!(self.kind, self.tail(ending.at, ending.tail, text));
        }
        text.push(b"]");
    }
}
