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
        /// 8 bits, hexadecimal
        X8 = "x8",
        /// 16 bits, hexadecimal
        X16 = "x16",
        /// 32 bits, hexadecimal
        X32 = "x32",
        /// 64 bits, hexadecimal
        X64 = "x64",
        /// 8 bits, octal
        O8 = "o8",
        /// 16 bits, octal
        O16 = "o16",
        /// 32 bits, octal
        O32 = "o32",
        /// 64 bits, octal
        O64 = "o64",
        /// A character
        Char = "char" | "c",
        /// 16 bits, floating point
        F16 = "f16",
        /// 16 bits, floating point with the exponent of 32 bits
        BF16 = "bf16",
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
            Self::U8 | Self::I8 | Self::X8 | Self::O8 | Self::Char => 1,
            Self::U16 | Self::I16 | Self::X16 | Self::O16 | Self::F16 | Self::BF16 => 2,
            Self::U32 | Self::I32 | Self::X32 | Self::O32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::X64 | Self::O64 | Self::F64 => 8,
        }
    }

    /// Whether its text is a number in JSON.
    #[must_use]
    pub fn is_decimal(self) -> bool {
        use ValueType::{Char, O8, O16, O32, O64, X8, X16, X32, X64};
        !matches!(self, X8 | X16 | X32 | X64 | O8 | O16 | O32 | O64 | Char)
    }
}

choices! {
    /// The base of the offsets.
    #[derive(Default)]
    pub enum Offsets {
        /// At least seven decimal digits
        #[default]
        Decimal = "decimal" | "d",
        /// At least six hexadecimal digits
        Hexadecimal = "hexadecimal" | "x" | "hex",
        /// At least seven octal digits
        Octal = "octal" | "o",
        /// No offsets
        None = "none" | "n",
    }
}

impl Offsets {
    /// The least number of digits.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::Decimal | Self::Octal => 7,
            Self::Hexadecimal => 6,
            Self::None => 0,
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
