//! A text with bytes and their offsets, such as a hex dump. This module does not know its formats: the caller provides
//! the parser.

use std::io::BufRead;

use crate::mapping::error::{Error, Result};

/// The caller's parser of a text.
pub struct TextParser(Box<Parse>);

type Parse = dyn FnOnce(&mut dyn BufRead) -> Result<Text>;

impl TextParser {
    /// A parser made of a function.
    #[must_use]
    pub fn new(parse: impl FnOnce(&mut dyn BufRead) -> Result<Text> + 'static) -> Self {
        Self(Box::new(parse))
    }

    /// Parses the text.
    ///
    /// # Errors
    /// Those of the function.
    pub(super) fn parse(self, text: &mut dyn BufRead) -> Result<Text> {
        (self.0)(text)
    }
}

impl std::fmt::Debug for TextParser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TextParser")
    }
}

/// A parsed text.
#[derive(Debug)]
pub struct Text {
    /// The pieces, in the order of the text.
    pub pieces: Vec<Piece>,
    /// The failure to parse the rest of the text. The pieces before it are written nevertheless.
    pub failure: Option<Error>,
}

/// Bytes at an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The offset, from the start of the range to fill.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The length in bytes. The bytes are repeated or truncated to it.
    pub length: u64,
}
