//! Converts the text of a dump back to bytes with their printed offsets. Each format has a file
//! that reads its lines; `reader` does the rest for all formats. Numbers (`values`) are not read,
//! because the text does not contain their type.

mod c;
mod canonical;
mod detect;
mod digits;
mod hexyl;
mod line;
mod order;
mod plain;
mod radix;
mod reader;
mod record;
mod xxd;

pub use reader::HexReader;
pub use record::{HexFormat, ParseError, Record};
