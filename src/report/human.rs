//! The trait of reports that have a text for people.

use std::io::{self, Write};

use super::view::View;

/// A report that has a text for people.
pub trait Human {
    /// Writes the text: lines that each end with a line feed.
    ///
    /// # Errors
    /// Errors of the writer only.
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()>;
}
