//! The report of `snapshot`.

use std::io::{self, Write};

use super::human::Human;
use super::total::TotalReport;
use super::view::View;
use crate::mapping::cache::snapshot::SavedSum;
use crate::mapping::types::count_text;

impl Human for TotalReport<'_, SavedSum> {
    fn write_human(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let ranges = count_text(self.sum.ranges, "range");
        let saved = format!("{} in {ranges}", view.size(self.sum.bytes));
        self.write_line(out, &saved, self.sum.files, &[])
    }
}
