//! Bytes to text and back: the dump formats over any [`std::io::Write`], and the parsers that
//! read their output. Pure: no files, no mappings, no terminals, no clap.
//!
//! [`dump()`] takes bytes from an [`Input`] and writes them in a [`Format`]. A format describes one
//! line (the crate-private `Lines` trait); chunks, holes, squeezed runs, threads and writing are
//! the same for all of them.

mod c;
mod canonical;
mod chunk;
mod dump;
mod hex;
mod hexyl;
mod input;
mod line;
mod offset;
mod output;
mod parse;
mod pipeline;
mod plain;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod vectors;
mod xxd;

pub use c::c_identifier;
pub use dump::{Control, DumpError, Format, Summary, dump};
pub use hexyl::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, GroupSize, HexylOptions,
};
pub use input::{Input, Piece, SliceInput};
pub use output::{Parcel, Parcels};
pub use parse::{HexFormat, HexReader, ParseError, Record};
pub use values::{ByteOrder, ValueType, ValuesOptions};
