//! What every report has: its text for people.

use std::io::{self, Write};

use super::view::View;

/// What a person reads of an outcome.
pub trait Human {
    /// Writes it as lines of text, each ended by a line feed.
    ///
    /// # Errors
    /// Only what the writer answers.
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()>;
}
