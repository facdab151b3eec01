//! The types of numbers and their text, in batches. Where the text goes is up to the formats.

use std::ops::Range;

use super::float::{self, Style};
use super::number::{self, GROUPS, Text};
use super::options::ByteOrder;

/// Numbers converted to text at once.
pub(super) const BATCH: usize = 64;

/// The groups of characters of a batch of texts.
pub(super) type Batch = [[u32; BATCH]; GROUPS];

/// A type of numbers of `SIZE` bytes.
pub(super) trait Value<const SIZE: usize> {
    /// The columns of a number and the space before it, as `od` counts them.
    const COLUMNS: usize;

    /// The text of the number in `bytes`, the least significant byte first.
    fn text(bytes: [u8; SIZE], style: Style) -> Text;

    /// The texts of many numbers.
    #[inline(always)]
    fn texts(values: &[[u8; SIZE]; BATCH], style: Style, texts: &mut Batch) {
        let [a, b, c, d, e, f] = texts;
        for (number, bytes) in values.iter().enumerate() {
            let text = Self::text(*bytes, style).0;
            [
                a[number], b[number], c[number], d[number], e[number], f[number],
            ] = text;
        }
    }
}

/// Implements [`Value`] for an integer of at most 32 bits. [`Text`] has a constructor for it.
macro_rules! integer {
    ($type:ident, $size:literal, $columns:literal, $text:ident) => {
        impl Value<$size> for $type {
            const COLUMNS: usize = $columns;

            #[inline(always)]
            fn text(bytes: [u8; $size], _style: Style) -> Text {
                let value = $type::from_le_bytes(bytes);
                Text::$text(value.abs_diff(0).into(), value.cmp(&0).is_lt())
            }
        }
    };
}

integer!(u8, 1, 4, short);
integer!(u16, 2, 6, short);
integer!(u32, 4, 11, medium);
integer!(i8, 1, 5, short);
integer!(i16, 2, 7, short);
integer!(i32, 4, 12, medium);

/// Implements [`Value`] for an integer of 64 bits.
macro_rules! long_integer {
    ($type:ident) => {
        impl Value<8> for $type {
            const COLUMNS: usize = 21;

            #[inline(always)]
            fn text(bytes: [u8; 8], _style: Style) -> Text {
                let value = $type::from_le_bytes(bytes);
                Text::long(number::split(value.abs_diff(0)), value.cmp(&0).is_lt())
            }

            #[inline(always)]
            fn texts(values: &[[u8; 8]; BATCH], _style: Style, texts: &mut Batch) {
                // Vectors cannot divide 64-bit numbers, so all divisions come first.
                let [mut high, mut middle, mut low] = [[0; BATCH]; 3];
                let mut negative = [0; BATCH];
                for (number, bytes) in values.iter().enumerate() {
                    let value = $type::from_le_bytes(*bytes);
                    negative[number] = u32::from(value.cmp(&0).is_lt());
                    [high[number], middle[number], low[number]] = number::split(value.abs_diff(0));
                }
                let [a, b, c, d, e, f] = texts;
                for number in 0..BATCH {
                    let groups = [high[number], middle[number], low[number]];
                    let text = Text::long(groups, negative[number] == 1).0;
                    [
                        a[number], b[number], c[number], d[number], e[number], f[number],
                    ] = text;
                }
            }
        }
    };
}

long_integer!(u64);
long_integer!(i64);

macro_rules! float {
    ($type:ident, $size:literal, $columns:literal, $precision:literal) => {
        impl Value<$size> for $type {
            const COLUMNS: usize = $columns;

            fn text(bytes: [u8; $size], style: Style) -> Text {
                let value = $type::from_le_bytes(bytes);
                float::text(style, value, value.into(), $precision)
            }
        }
    };
}

float!(f32, 4, 16, 6);
float!(f64, 8, 25, 15);

/// The texts of consecutive numbers, made in batches.
pub(super) struct Texts<'a, const SIZE: usize> {
    values: &'a [[u8; SIZE]],
    order: ByteOrder,
    style: Style,
    batch: Batch,
    next: usize,
}

impl<'a, const SIZE: usize> Texts<'a, SIZE> {
    /// The texts of `values`.
    #[inline(always)]
    pub(super) fn new(values: &'a [[u8; SIZE]], order: ByteOrder, style: Style) -> Self {
        Self {
            values,
            order,
            style,
            batch: [[0; BATCH]; GROUPS],
            next: BATCH,
        }
    }

    /// The text of the next number.
    #[inline(always)]
    pub(super) fn next<T: Value<SIZE>>(&mut self) -> Text {
        let ready = self.ready::<T>(1);
        self.text(ready.start)
    }

    /// The places of the next texts: at least one and at most `most`, which count as taken.
    #[inline(always)]
    pub(super) fn ready<T: Value<SIZE>>(&mut self, most: usize) -> Range<usize> {
        if self.next >= BATCH {
            self.batch::<T>();
        }
        let start = self.next;
        self.next = BATCH.min(start + most);
        start..self.next
    }

    /// The text at a place.
    #[inline(always)]
    pub(super) fn text(&self, place: usize) -> Text {
        Text(self.batch.each_ref().map(|groups| groups[place % BATCH]))
    }

    /// Converts the next numbers, at most [`BATCH`].
    #[inline(always)]
    fn batch<T: Value<SIZE>>(&mut self) {
        self.next = 0;
        if let (Some((now, later)), ByteOrder::Little) =
            (self.values.split_first_chunk(), self.order)
        {
            self.values = later;
            return T::texts(now, self.style, &mut self.batch);
        }
        let (now, later) = self.values.split_at(BATCH.min(self.values.len()));
        self.values = later;
        let mut values = [[0; SIZE]; BATCH];
        for (place, value) in values.iter_mut().zip(now) {
            *place = *value;
        }
        if self.order == ByteOrder::Big {
            values.iter_mut().for_each(|value| value.reverse());
        }
        T::texts(&values, self.style, &mut self.batch);
    }
}

/// The text of the number that starts with `bytes`. Missing bytes are zeros.
pub(super) fn short<T: Value<SIZE>, const SIZE: usize>(
    bytes: &[u8],
    order: ByteOrder,
    style: Style,
) -> Text {
    let mut raw = [0; SIZE];
    for (place, byte) in raw.iter_mut().zip(bytes) {
        *place = *byte;
    }
    Texts::new(&[raw], order, style).next::<T>()
}
