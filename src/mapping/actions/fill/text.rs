//! A text that says which bytes go where, such as a hex dump.

use std::io::BufRead;

use crate::mapping::error::{Error, Result};

/// Parses a text. The formats are the caller's business.
pub struct TextParser(Box<Parse>);

type Parse = dyn FnOnce(&mut dyn BufRead) -> Result<Text>;

impl TextParser {
    /// A parser that is this function.
    #[must_use]
    pub fn new(parse: impl FnOnce(&mut dyn BufRead) -> Result<Text> + 'static) -> Self {
        Self(Box::new(parse))
    }

    /// Parses the text.
    ///
    /// # Errors
    /// What the function answers.
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
    /// Why the rest of the text could not be parsed, when the pieces before it are to be written all the same.
    pub failure: Option<Error>,
}

/// Bytes at an offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The offset, from the start of the range to fill.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// The length to which the bytes are repeated or cut.
    pub length: u64,
}
