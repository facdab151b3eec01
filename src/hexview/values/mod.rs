//! Bytes as numbers: in columns as `od -A d -t …` prints them, or as a JSON array. They are not
//! read back, because the text does not contain their type.

mod columns;
mod float;
mod json;
mod number;
mod options;
mod spread;
mod value;

pub(super) use columns::Columns;
pub(super) use json::Json;
pub use options::{ByteOrder, ValueType, ValuesOptions};
