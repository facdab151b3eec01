//! Bytes as numbers: in columns as `od -A d -t …` prints them, or as a JSON array. They are not
//! read back, because the text does not contain their type.

mod columns;
mod digits;
mod float;
mod json;
mod kinds;
mod number;
mod options;
mod rows;
mod value;

pub(super) use columns::Columns;
pub(super) use json::Json;
pub(super) use number::eight_digits;
pub use options::{ByteOrder, Offsets, ValueType, ValuesOptions};
pub(super) use rows::Rows;
pub use rows::{RowsOptions, largest};
