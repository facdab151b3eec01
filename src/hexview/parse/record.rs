//! What reading a dump gives: records, or the reason why the text is refused.

use crate::hexview::choices::choices;
use std::io;

choices! {
    /// The formats of text that can be read back.
    pub enum HexFormat {
        /// Panels with colours, as hexyl shows them
        ///
        /// `hexyl` in hexadecimal: any border, panels and group size, with colour or without. Whether
        /// groups are big-endian or little-endian is seen by their characters; a text in which nothing
        /// tells it is refused.
        Hexyl = "hexyl",
        /// As xxd shows them
        ///
        /// With any number of columns and any group size.
        Xxd = "xxd",
        /// As hexdump -C shows them
        Canonical = "canonical",
        /// Only hexadecimal digits, as xxd -p shows them
        ///
        /// With any spaces and line ends between bytes.
        Plain = "plain",
        /// An array in C, as xxd -i writes it
        ///
        /// With or without the declarations.
        C = "c",
    }
}

/// A part of the contents of a dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Bytes.
    Bytes {
        /// The offset of the first byte.
        offset: u64,
        /// The bytes, at least one.
        bytes: Vec<u8>,
    },
    /// The bytes of lines that were left out: one line, repeated.
    Run {
        /// The offset of the first byte.
        offset: u64,
        /// The bytes of a line, at least one.
        pattern: Vec<u8>,
        /// The length of the run in bytes, a multiple of the length of the pattern.
        length: u64,
    },
}

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// A line does not have the format.
    #[error("line {line}: {what}")]
    Malformed {
        /// The number of the line; the first line is 1.
        line: u64,
        /// What is wrong.
        what: String,
        /// Whether the text seems to have none of the formats. The records before the line are
        /// wrong then, too.
        foreign: bool,
    },
    /// The text could not be read.
    #[error("cannot read the text: {0}")]
    Read(#[from] io::Error),
}
