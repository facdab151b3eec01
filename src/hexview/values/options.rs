//! The options of numbers. Their text is built in the other modules.

use crate::hexview::choices::choices;

choices! {
    /// The type of the numbers.
    pub enum ValueType {
        /// 8 bits, unsigned
        U8 = "u8",
        /// 16 bits, unsigned
        U16 = "u16",
        /// 32 bits, unsigned
        U32 = "u32",
        /// 64 bits, unsigned
        U64 = "u64",
        /// 8 bits, signed
        I8 = "i8",
        /// 16 bits, signed
        I16 = "i16",
        /// 32 bits, signed
        I32 = "i32",
        /// 64 bits, signed
        I64 = "i64",
        /// 32 bits, floating point
        F32 = "f32",
        /// 64 bits, floating point
        F64 = "f64",
    }
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
}

choices! {
    /// The byte order of the numbers.
    #[derive(Default)]
    pub enum ByteOrder {
        /// Least significant byte first
        #[default]
        Little = "le",
        /// Most significant byte first
        Big = "be",
    }
}

/// The options of the `values` format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValuesOptions {
    /// The type of the numbers.
    pub kind: ValueType,
    /// The byte order of the numbers.
    pub order: ByteOrder,
    /// The limit of terminal columns in a line. A line has at least one number. The offset counts
    /// as seven digits.
    pub width: u16,
    /// Whether repeated lines become one `*`.
    pub squeeze: bool,
}
