//! The report on an empty file among several sources.

use std::io::{self, Write};

use super::human::Human;
use super::lines::Lines;
use super::outcome::Report;
use super::view::View;
use crate::mapping::actions::empty::EmptyFile;

impl Human for Report<'_, EmptyFile> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        Lines::new(out, view).heading(self.source.0, "empty")
    }
}
