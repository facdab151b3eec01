//! The types of numbers.

use super::ByteOrder;
use super::float::{self, Style};
use super::number::{self, Text};

/// How many numbers are made into text at once.
pub(super) const BATCH: usize = 64;

/// The parts of so many texts, and of some more that mean nothing: texts are looked at in groups.
pub(super) type Batch = [[u64; BATCH + GROUP]; 3];

/// Texts that are looked at together, at most.
pub(super) const GROUP: usize = 8;

/// A type of number of `SIZE` bytes.
pub(super) trait Value<const SIZE: usize> {
    /// Columns it takes, with the space before it, as `od` counts them.
    const COLUMNS: usize;
    /// The text of the number in `bytes`, the least significant first.
    fn text(bytes: [u8; SIZE], style: Style) -> Text;

    /// The texts of many numbers.
    #[inline(always)]
    fn texts(values: &[[u8; SIZE]; BATCH], style: Style, texts: &mut Batch) {
        let [front, middle, back] = texts;
        for (((value, front), middle), back) in values.iter().zip(front).zip(middle).zip(back) {
            let Text(parts) = Self::text(*value, style);
            [*front, *middle, *back] = parts;
        }
    }
}

macro_rules! unsigned {
    ($type:ident, $size:literal, $columns:literal, $digits:ident) => {
        impl Value<$size> for $type {
            const COLUMNS: usize = $columns;

            #[inline(always)]
            fn text(bytes: [u8; $size], _style: Style) -> Text {
                Text::$digits($type::from_le_bytes(bytes).into(), false)
            }
        }
    };
}

macro_rules! signed {
    ($type:ident, $size:literal, $columns:literal, $digits:ident) => {
        impl Value<$size> for $type {
            const COLUMNS: usize = $columns;

            #[inline(always)]
            fn text(bytes: [u8; $size], _style: Style) -> Text {
                let value = $type::from_le_bytes(bytes);
                Text::$digits(value.unsigned_abs().into(), value < 0)
            }
        }
    };
}

macro_rules! long {
    ($type:ident, |$value:ident| $number:expr) => {
        impl Value<8> for $type {
            const COLUMNS: usize = 21;

            #[inline(always)]
            fn text(bytes: [u8; 8], _style: Style) -> Text {
                let $value = $type::from_le_bytes(bytes);
                let (number, negative) = $number;
                Text::long(number::split(number), negative)
            }

            #[inline(always)]
            fn texts(values: &[[u8; 8]; BATCH], _style: Style, texts: &mut Batch) {
                // Vectors cannot divide 64-bit numbers, so that this is done before them.
                let split = values.map(
                    #[inline(always)]
                    |bytes| {
                        let $value = $type::from_le_bytes(bytes);
                        let (number, negative) = $number;
                        (number::split(number), negative)
                    },
                );
                let [front, middle, back] = texts;
                for (((split, front), middle), back) in
                    split.into_iter().zip(front).zip(middle).zip(back)
                {
                    let (groups, negative) = split;
                    [*front, *middle, *back] = Text::long(groups, negative).0;
                }
            }
        }
    };
}

unsigned!(u8, 1, 4, short);
unsigned!(u16, 2, 6, short);
unsigned!(u32, 4, 11, medium);
signed!(i8, 1, 5, short);
signed!(i16, 2, 7, short);
signed!(i32, 4, 12, medium);
long!(u64, |value| (value, false));
long!(i64, |value| (value.unsigned_abs(), value < 0));

impl Value<4> for f32 {
    const COLUMNS: usize = 16;

    fn text(bytes: [u8; 4], style: Style) -> Text {
        let value = Self::from_le_bytes(bytes);
        float::text(style, value, value.into(), 6)
    }
}

impl Value<8> for f64 {
    const COLUMNS: usize = 25;

    fn text(bytes: [u8; 8], style: Style) -> Text {
        let value = Self::from_le_bytes(bytes);
        float::text(style, value, value, 15)
    }
}

/// Calls a function or method as `f::<type, size>(arguments)` for a [`ValueType`](super::ValueType).
macro_rules! with_type {
    (@call $type:ident, $size:literal, $object:ident . $do:ident $arguments:tt) => {
        $object.$do::<$type, $size> $arguments
    };
    (@call $type:ident, $size:literal, $do:ident $arguments:tt) => {
        $do::<$type, $size> $arguments
    };
    ($kind:expr, $($call:tt)+) => {
        match $kind {
            ValueType::U8 => with_type!(@call u8, 1, $($call)+),
            ValueType::U16 => with_type!(@call u16, 2, $($call)+),
            ValueType::U32 => with_type!(@call u32, 4, $($call)+),
            ValueType::U64 => with_type!(@call u64, 8, $($call)+),
            ValueType::I8 => with_type!(@call i8, 1, $($call)+),
            ValueType::I16 => with_type!(@call i16, 2, $($call)+),
            ValueType::I32 => with_type!(@call i32, 4, $($call)+),
            ValueType::I64 => with_type!(@call i64, 8, $($call)+),
            ValueType::F32 => with_type!(@call f32, 4, $($call)+),
            ValueType::F64 => with_type!(@call f64, 8, $($call)+),
        }
    };
}
pub(super) use with_type;

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
            self.fill::<T>(BATCH);
        }
        let text = Text(self.batch.each_ref().map(|parts| parts[self.next % BATCH]));
        self.next += 1;
        text
    }

    /// The texts of the next `count` numbers, at most [`BATCH`], instead of one after the other.
    #[inline(always)]
    pub(super) fn batch<T: Value<SIZE>>(&mut self, count: usize) {
        self.fill::<T>(count);
    }

    /// The texts that [`Texts::batch`] has made.
    #[inline(always)]
    pub(super) fn parts(&self) -> &Batch {
        &self.batch
    }

    #[inline(always)]
    fn fill<T: Value<SIZE>>(&mut self, count: usize) {
        let (now, later) = self
            .values
            .split_at(count.min(BATCH).min(self.values.len()));
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
}

/// The text of the number that starts with `bytes`; missing bytes are zeros.
pub(super) fn short<T: Value<SIZE>, const SIZE: usize>(
    bytes: &[u8],
    order: ByteOrder,
    style: Style,
) -> Text {
    let mut raw = [0; SIZE];
    for (place, byte) in raw.iter_mut().zip(bytes) {
        *place = *byte;
    }
    if order == ByteOrder::Big {
        raw.reverse();
    }
    T::text(raw, style)
}
