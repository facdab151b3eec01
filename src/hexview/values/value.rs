//! The types of numbers and their text, in batches. Where the text goes is up to the formats.

use super::float::{self, Style};
use super::number::{self, Text};
use super::options::ByteOrder;

/// Numbers converted to text at once.
pub(super) const BATCH: usize = 64;

/// The parts of a batch of texts, and of some more without meaning: texts are read in groups.
pub(super) type Batch = [[u64; BATCH + GROUP]; 3];

/// The limit of texts in a group.
pub(super) const GROUP: usize = 8;

/// A type of numbers of `SIZE` bytes.
pub(super) trait Value<const SIZE: usize> {
    /// The columns of a number and the space before it, as `od` counts them.
    const COLUMNS: usize;
    /// A number prepared for its conversion to text.
    type Parts: Copy;

    /// Prepares the number in `bytes`, the least significant byte first.
    fn parts(bytes: [u8; SIZE]) -> Self::Parts;

    /// The text of a prepared number.
    fn text(parts: Self::Parts, style: Style) -> Text;

    /// The texts of many numbers.
    #[inline(always)]
    fn texts(values: &[[u8; SIZE]; BATCH], style: Style, texts: &mut Batch) {
        let [front, middle, back] = texts;
        let places = front.iter_mut().zip(middle).zip(back);
        if SIZE == 8 {
            // Vectors cannot divide 64-bit numbers, so all divisions come first.
            for (((front, middle), back), parts) in places.zip(values.map(Self::parts)) {
                [*front, *middle, *back] = Self::text(parts, style).0;
            }
        } else {
            for (((front, middle), back), bytes) in places.zip(values) {
                [*front, *middle, *back] = Self::text(Self::parts(*bytes), style).0;
            }
        }
    }
}

/// Implements [`Value`] for an integer: `split` makes the prepared `parts` of its magnitude, and
/// [`Text`] has a constructor for those.
macro_rules! integer {
    ($type:ident, $size:literal, $columns:literal, $split:path => $parts:ty, $text:ident) => {
        impl Value<$size> for $type {
            const COLUMNS: usize = $columns;
            type Parts = ($parts, bool);

            #[inline(always)]
            fn parts(bytes: [u8; $size]) -> Self::Parts {
                let value = $type::from_le_bytes(bytes);
                ($split(value.abs_diff(0)), value.cmp(&0).is_lt())
            }

            #[inline(always)]
            fn text((number, negative): Self::Parts, _style: Style) -> Text {
                Text::$text(number, negative)
            }
        }
    };
}

integer!(u8, 1, 4, u32::from => u32, short);
integer!(u16, 2, 6, u32::from => u32, short);
integer!(u32, 4, 11, u32::from => u32, medium);
integer!(u64, 8, 21, number::split => [u32; 3], long);
integer!(i8, 1, 5, u32::from => u32, short);
integer!(i16, 2, 7, u32::from => u32, short);
integer!(i32, 4, 12, u32::from => u32, medium);
integer!(i64, 8, 21, number::split => [u32; 3], long);

macro_rules! float {
    ($type:ident, $size:literal, $columns:literal, $precision:literal) => {
        impl Value<$size> for $type {
            const COLUMNS: usize = $columns;
            type Parts = $type;

            fn parts(bytes: [u8; $size]) -> $type {
                $type::from_le_bytes(bytes)
            }

            fn text(value: $type, style: Style) -> Text {
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
            batch: [[0; BATCH + GROUP]; 3],
            next: BATCH,
        }
    }

    /// The text of the next number.
    #[inline(always)]
    pub(super) fn next<T: Value<SIZE>>(&mut self) -> Text {
        if self.next >= BATCH {
            self.batch::<T>(BATCH);
        }
        let text = Text(self.batch.each_ref().map(|parts| parts[self.next % BATCH]));
        self.next += 1;
        text
    }

    /// Converts the next `count` numbers, at most [`BATCH`].
    #[inline(always)]
    pub(super) fn batch<T: Value<SIZE>>(&mut self, count: usize) {
        let count = count.min(BATCH).min(self.values.len());
        let (now, later) = self.values.split_at(count);
        let mut values = [[0; SIZE]; BATCH];
        for (place, value) in values.iter_mut().zip(now) {
            *place = *value;
        }
        if self.order == ByteOrder::Big {
            values.iter_mut().for_each(|value| value.reverse());
        }
        T::texts(&values, self.style, &mut self.batch);
        self.values = later;
        self.next = 0;
    }

    /// The texts of the last [`Texts::batch`].
    #[inline(always)]
    pub(super) fn parts(&self) -> &Batch {
        &self.batch
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
