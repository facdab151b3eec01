//! A number with its notation.

use std::fmt;

use serde::{Serialize, Serializer};

use super::json::text_schema;

/// A number in the notation of the input: a JSON number, or a string such as `"0x1000"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity {
    /// The number.
    pub value: u64,
    /// Whether it is written in hexadecimal.
    pub hexadecimal: bool,
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hexadecimal {
            true => write!(f, "{:#x}", self.value),
            false => self.value.fmt(f),
        }
    }
}

text_schema!(Quantity, { "type": ["integer", "string"] });

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.hexadecimal {
            true => serializer.collect_str(self),
            false => serializer.serialize_u64(self.value),
        }
    }
}
