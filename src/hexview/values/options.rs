//! The options of numbers. How numbers look is in the other modules.

/// The type of the numbers.
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

/// The byte order of the numbers.
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
