//! The trait of reports that have a text for people.

use std::io::{self, Write};

use serde::Serialize;

use super::view::View;

/// A report that has a text for people.
pub trait Human {
    /// Writes the text: lines that each end with a line feed.
    ///
    /// # Errors
    /// Errors of the writer only.
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()>;
}

/// A report with a text and a JSON object.
pub trait Reportable: Human + Serialize {}

impl<T: Human + Serialize> Reportable for T {}
