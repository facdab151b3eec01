//! The region as numbers: in columns as `od -A d -t …` shows them, or as an array in JSON.

mod columns;
mod float;
mod json;
mod number;
mod spread;
mod value;

pub(super) use columns::Columns;
pub(super) use json::Json;
use value::{Value, with_type};

/// What the bytes are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of Rust's own types")]
pub enum ValueType {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
}

/// The options of the `values` format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValuesOptions {
    /// What the bytes are read as.
    pub kind: ValueType,
    /// The order of the bytes of a number.
    pub order: ByteOrder,
    /// How many terminal columns a line may take. A line has at least one value, and the columns
    /// are counted with an offset of seven digits.
    pub width: u16,
    /// Whether repeated lines become one `*`.
    pub squeeze: bool,
}

impl ValueType {
    /// Bytes of one number.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Columns of one number, with the space before it, as `od` counts them.
    fn columns(self) -> usize {
        fn columns<T: Value<SIZE>, const SIZE: usize>() -> usize {
            T::COLUMNS
        }
        with_type!(self, columns())
    }
}

/// Stores all of `text` at `at`, of which `length` bytes count; returns the place behind those.
#[inline(always)]
fn store<const N: usize>(text: [u8; N], length: usize, space: &mut [u8], at: usize) -> usize {
    if let Some(place) = space.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *place = text;
    }
    at + length
}
