//! The result of reading a dump: records, or the reason for refusing the text.

use crate::hexview::choices::choices;
use std::io;

choices! {
    /// The formats of text that can be read back.
    pub enum HexFormat {
        /// The format of hexyl: panels and colours
        ///
        /// Any base, border, number of panels and group size, with or without colour. The
        /// characters show whether groups are big-endian or little-endian. An ambiguous text is
        /// refused.
        Hexyl = "hexyl",
        /// The format of xxd
        ///
        /// Any number of columns and any group size. Binary digits (-b), little-endian groups (-e)
        /// and decimal offsets (-d) are recognised by the characters and by offsets that continue.
        /// An ambiguous text is refused.
        Xxd = "xxd",
        /// The format of hexdump -C
        Canonical = "canonical",
        /// The format of xxd -p: hexadecimal digits only
        ///
        /// Any spaces and line ends between bytes.
        Plain = "plain",
        /// The format of xxd -i: a C array
        ///
        /// With or without the declarations. Hexadecimal or binary elements.
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

/// The reason why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// A line does not have the format.
    #[error("line {line}: {what}")]
    Malformed {
        /// The number of the line; the first line is 1.
        line: u64,
        /// The reason.
        what: String,
        /// Whether the text seems to have none of the formats. Earlier records are then wrong too.
        foreign: bool,
    },
    /// The text could not be read.
    #[error("cannot read the text: {0}")]
    Read(#[from] io::Error),
}
