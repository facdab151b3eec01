//! Bytes to text and back: the dump formats over any [`std::io::Write`], and the parsers that read
//! their output. No files, mappings, terminals or command lines here.
//!
//! [`dump()`] takes bytes from an [`Input`] and writes them in a [`Format`]. A format describes one
//! line (the crate-private `Lines` trait). Chunks, holes, repeated lines, threads and writing are
//! the same for all formats. [`HexReader`] reads a dump back. [`Pairs`] draws the differences of two
//! sequences of bytes in the look of a dump.

mod block;
mod c;
mod canonical;
mod characters;
mod choices;
mod chunk;
mod control;
mod deferred;
mod dump;
mod error;
mod format;
mod hex;
mod hexyl;
mod input;
mod line;
mod offset;
mod output;
mod pairs;
mod panels;
mod parse;
mod pipeline;
mod place;
mod plain;
mod strings;
mod template;
#[cfg(test)]
mod tests;
mod values;
mod vectors;
mod xxd;

pub use block::{Parcel, Parcels};
pub use c::{COptions, c_identifier};
pub use control::Control;
pub use dump::dump;
pub use error::{DumpError, Summary};
pub use format::Format;
pub use hexyl::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, GroupSize, HexylOptions, Mark,
    MarkedPanels, marked,
};
pub use input::{Input, Later, Piece, SliceInput};
pub use pairs::{ByteList, PairOptions, Pairs, byte_list_width};
pub use parse::{HexFormat, HexReader, ParseError, Record};
pub use plain::PlainOptions;
pub use strings::strings;
pub use values::{ByteOrder, Offsets, RowsOptions, ValueType, ValuesOptions, largest};
pub use xxd::XxdOptions;
