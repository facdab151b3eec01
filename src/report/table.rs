//! Tables whose columns line up, wide characters included.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::console::View;
use super::theme::Painted;

/// To which side of its column a cell goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// A column: its head and where its cells go.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    head: &'static str,
    alignment: Alignment,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn left(head: &'static str) -> Self {
        Self {
            head,
            alignment: Alignment::Left,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn right(head: &'static str) -> Self {
        Self {
            head,
            alignment: Alignment::Right,
        }
    }
}

/// Rows of cells under heads.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    #[must_use]
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row; a cell too many is not shown, one too few is empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Writes the heads and the rows, without blanks at the ends of lines.
    ///
    /// # Errors
    /// Only what the writer answers.
    pub fn write(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let heads: Vec<String> = self.columns.iter().map(|c| c.head.to_owned()).collect();
        let widths = self.widths(&heads);
        let head = self.line(&heads, &widths);
        writeln!(out, "{}", Painted::new(view.theme().heading, head))?;
        for row in &self.rows {
            writeln!(out, "{}", self.line(row, &widths))?;
        }
        Ok(())
    }

    fn widths(&self, heads: &[String]) -> Vec<usize> {
        let width_of = |row: &Vec<String>, i: usize| row.get(i).map_or(0, |cell| cell.width());
        heads
            .iter()
            .enumerate()
            .map(|(i, head)| {
                let widest = self.rows.iter().map(|row| width_of(row, i)).max();
                head.width().max(widest.unwrap_or(0))
            })
            .collect()
    }

    fn line(&self, cells: &[String], widths: &[usize]) -> String {
        let mut line = String::new();
        let mut owed = 0;
        for ((column, width), cell) in self.columns.iter().zip(widths).zip(cells) {
            let blank = width.saturating_sub(cell.width());
            let (before, after) = match column.alignment {
                Alignment::Left => (0, blank),
                Alignment::Right => (blank, 0),
            };
            line.extend(std::iter::repeat_n(' ', owed + before));
            line.push_str(cell);
            owed = after + 2;
        }
        line.truncate(line.trim_end().len());
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_the_width_of_characters() {
        let mut table = Table::new([
            Column::right("SIZE"),
            Column::left("NAME"),
            Column::left("X"),
        ]);
        table.row(["1".into(), "日本".into(), "y".into()]);
        table.row(["12345".into(), "a".into(), String::new()]);
        let mut out = Vec::new();
        table.write(&mut out, &View::plain()).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, " SIZE  NAME  X\n    1  日本  y\n12345  a\n");
    }
}
