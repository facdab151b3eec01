//! Tables with aligned columns, also for wide characters, that fit the terminal where names allow it. No table of a
//! report is defined here.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr;

use super::theme::Painted;
use super::view::View;
use super::wrap::{self, width};

/// The alignment of the cells of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alignment {
    /// For words.
    Left,
    /// For numbers.
    Right,
}

/// The treatment of a column on a terminal that is too narrow for the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fit {
    /// It is shown as it is.
    Whole,
    /// It is left out.
    Optional,
    /// Its cells continue on the next line.
    Wraps,
}

/// A column: its head, the alignment of its cells, and its treatment on a narrow terminal.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    head: &'static str,
    alignment: Alignment,
    fit: Fit,
    /// Its minimum width.
    width: usize,
}

impl Column {
    /// A column of words.
    #[must_use]
    pub const fn left(head: &'static str) -> Self {
        Self {
            head,
            alignment: Alignment::Left,
            fit: Fit::Whole,
            width: 0,
        }
    }

    /// A column of numbers.
    #[must_use]
    pub const fn right(head: &'static str) -> Self {
        Self {
            alignment: Alignment::Right,
            ..Self::left(head)
        }
    }

    /// A column of lists, which continue on the next line on a narrow terminal. A word that is too wide is not broken.
    #[must_use]
    pub const fn wrapping(head: &'static str) -> Self {
        Self {
            fit: Fit::Wraps,
            ..Self::left(head)
        }
    }

    /// This column, left out on a narrow terminal.
    #[must_use]
    pub const fn optional(self) -> Self {
        Self {
            fit: Fit::Optional,
            ..self
        }
    }

    /// This column with a minimum width, for rows that are written before all are known.
    #[must_use]
    pub const fn at_least(self, width: usize) -> Self {
        Self { width, ..self }
    }

    /// Its minimum width, given its natural width.
    fn least(self, natural: usize) -> usize {
        /// The minimum width of a list.
        const LIST: usize = 20;
        match self.fit {
            Fit::Wraps => natural.min(LIST),
            Fit::Whole | Fit::Optional => natural,
        }
    }
}

/// Rows of cells under heads.
#[derive(Clone, Debug)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

/// The columns that are shown, as indices, with the width of each.
type Layout = Vec<(usize, usize)>;

impl Table {
    /// A table with these columns and no rows.
    #[must_use]
    pub fn new(columns: impl Into<Vec<Column>>) -> Self {
        Self {
            columns: columns.into(),
            rows: Vec::new(),
        }
    }

    /// Adds a row. Cells without a column are not shown, and missing ones are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Makes the columns wide enough for the cells of a row that is added later.
    pub fn fit(&mut self, cells: impl IntoIterator<Item = String>) {
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.width = column.width.max(width(&cell));
        }
    }

    /// The number of columns that the table leaves on a terminal of this width.
    #[must_use]
    pub(super) fn spare(&self, terminal: usize) -> usize {
        let layout = self.layout(Some(terminal));
        terminal.saturating_sub(across(layout.iter().map(|(_, wide)| *wide)))
    }

    /// Whether the column with this head is shown.
    #[must_use]
    pub(super) fn shows(&self, head: &str, view: &View) -> bool {
        let layout = self.layout_on(view);
        let mut heads = layout.iter().filter_map(|(i, _)| self.columns.get(*i));
        heads.any(|column| column.head == head)
    }

    /// Writes the heads and the rows, without blanks at the end of lines. On a terminal that is too narrow, columns are
    /// left out and lists continue below; a line that is still too wide stays whole.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        self.write_heads(out, view)?;
        self.write_rows(out, view)
    }

    /// Writes the heads alone.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write_heads(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let heads: Vec<String> = self.columns.iter().map(|c| c.head.to_owned()).collect();
        let lines = self.lines(&heads, &self.layout_on(view));
        let mut heads = lines
            .into_iter()
            .map(|line| Painted::new(view.theme().heading, line));
        heads.try_for_each(|line| writeln!(out, "{line}"))
    }

    /// Writes the rows alone.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write_rows(&self, out: &mut dyn Write, view: &View) -> io::Result<()> {
        let layout = self.layout_on(view);
        let mut lines = self.rows.iter().flat_map(|row| self.lines(row, &layout));
        lines.try_for_each(|line| writeln!(out, "{line}"))
    }

    /// Writes the rows as fields between tabs, which programs can split.
    ///
    /// # Errors
    /// Errors of the writer only.
    pub fn write_fields(&self, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = self.rows.iter();
        rows.try_for_each(|row| writeln!(out, "{}", row.join("\t")))
    }

    /// Removes the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
    }

    fn layout_on(&self, view: &View) -> Layout {
        self.layout(view.is_terminal().then(|| view.width()))
    }

    /// The natural width of each column.
    fn natural(&self) -> Vec<usize> {
        let width_of = |row: &Vec<String>, i: usize| row.get(i).map_or(0, |cell| width(cell));
        let columns = self.columns.iter().enumerate();
        columns
            .map(|(i, column)| {
                let widest = self.rows.iter().map(|row| width_of(row, i)).max();
                let least = column.head.width().max(column.width);
                least.max(widest.unwrap_or(0))
            })
            .collect()
    }

    fn layout(&self, terminal: Option<usize>) -> Layout {
        let natural = self.natural();
        let mut shown: Vec<usize> = (0..natural.len()).collect();
        let natural_of = |i: usize| natural.get(i).copied().unwrap_or(0);
        let least_of = |i: usize| self.columns.get(i).map_or(0, |c| c.least(natural_of(i)));
        let Some(terminal) = terminal else {
            return shown.into_iter().map(|i| (i, natural_of(i))).collect();
        };
        while across(shown.iter().map(|&i| least_of(i))) > terminal {
            let optional = |&i: &usize| self.columns.get(i).map(|c| c.fit) == Some(Fit::Optional);
            let Some(first) = shown.iter().position(optional) else {
                break;
            };
            shown.remove(first);
        }
        let mut spare = terminal.saturating_sub(across(shown.iter().map(|&i| least_of(i))));
        let mut layout: Layout = shown.into_iter().map(|i| (i, least_of(i))).collect();
        // The columns that need least are served first; the others share the remaining width.
        let mut wanting: Vec<&mut (usize, usize)> = layout.iter_mut().collect();
        wanting.sort_by_key(|(i, width)| natural_of(*i).saturating_sub(*width));
        for left in (1..=wanting.len()).rev() {
            let at = wanting.len() - left;
            if let Some((i, width)) = wanting.get_mut(at) {
                let more = natural_of(*i).saturating_sub(*width).min(spare / left);
                *width += more;
                spare -= more;
            }
        }
        layout
    }

    /// A row, in as many lines as its longest cell needs.
    fn lines(&self, cells: &[String], layout: &Layout) -> Vec<String> {
        let wrapped: Vec<Vec<String>> = layout
            .iter()
            .map(|&(i, wide)| {
                let cell = cells.get(i).map_or("", String::as_str);
                match self.columns.get(i).map(|column| column.fit) {
                    Some(Fit::Wraps) => wrap::at_blanks(cell, wide),
                    _ => vec![cell.to_owned()],
                }
            })
            .collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        (0..height)
            .map(|line| {
                let cells = wrapped.iter().map(|cell| cell.get(line));
                self.line(cells.map(|cell| cell.map_or("", String::as_str)), layout)
            })
            .collect()
    }

    fn line<'a>(&self, cells: impl Iterator<Item = &'a str>, layout: &Layout) -> String {
        let mut line = String::new();
        let mut owed = 0;
        for (&(i, wide), cell) in layout.iter().zip(cells) {
            let blank = wide.saturating_sub(width(cell));
            let (before, after) = match self.columns.get(i).map(|column| column.alignment) {
                Some(Alignment::Right) => (blank, 0),
                _ => (0, blank),
            };
            line.extend(std::iter::repeat_n(' ', owed + before));
            line.push_str(cell);
            owed = after + GAP;
        }
        line.truncate(line.trim_end().len());
        line
    }
}

/// The width of the gap between two columns.
pub(super) const GAP: usize = 2;

/// The width of a table with columns of these widths.
fn across(widths: impl ExactSizeIterator<Item = usize>) -> usize {
    let gaps = widths.len().saturating_sub(1) * GAP;
    widths.sum::<usize>() + gaps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(table: &Table, view: &View) -> String {
        let mut out = Vec::new();
        table.write(&mut out, view).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_aligned_for_characters_of_any_width() {
        let mut table = Table::new([
            Column::right("SIZE"),
            Column::left("NAME"),
            Column::left("X"),
        ]);
        table.row(["1".into(), "日本".into(), "y".into()]);
        table.row(["12345".into(), "\u{1b}[1ma\u{1b}[0m".into(), "z".into()]);
        table.row(["2".into(), "b".into(), String::new()]);
        assert_eq!(
            written(&table, &View::plain()),
            " SIZE  NAME  X\n    1  日本  y\n12345  \u{1b}[1ma\u{1b}[0m     z\n    2  b\n"
        );
    }

    fn wide() -> Table {
        let mut table = Table::new([
            Column::right("SIZE"),
            Column::right("EXTRA").optional(),
            Column::left("MORE").optional(),
            Column::left("NAME"),
            Column::wrapping("USERS"),
        ]);
        let row = [
            "1",
            "2",
            "3",
            "日本語-a-rather-long-name",
            "1 (one), 2 (two)",
        ];
        table.row(row.map(str::to_owned));
        table.row(["4", "5", "6", "b", "none"].map(str::to_owned));
        table
    }

    #[test]
    fn a_pipe_gets_every_cell_whole() {
        let text = "SIZE  EXTRA  MORE  NAME                       USERS\n\
                    \u{20}  1      2  3     日本語-a-rather-long-name  1 (one), 2 (two)\n\
                    \u{20}  4      5  6     b                          none\n";
        assert_eq!(written(&wide(), &View::plain()), text);
        assert_eq!(written(&wide(), &View::terminal(66)), text);
    }

    #[test]
    fn a_narrow_terminal_gets_lists_that_continue_below_and_whole_names() {
        assert_eq!(
            written(&wide(), &View::terminal(60)),
            "SIZE  MORE  NAME                       USERS\n\
             \u{20}  1  3     日本語-a-rather-long-name  1 (one), 2 (two)\n\
             \u{20}  4  6     b                          none\n"
        );
        assert_eq!(
            written(&wide(), &View::terminal(48)),
            "SIZE  NAME                       USERS\n\
             \u{20}  1  日本語-a-rather-long-name  1 (one), 2 (two)\n\
             \u{20}  4  b                          none\n"
        );
        let mut listed = Table::new([Column::left("NAME"), Column::wrapping("USERS")]);
        listed.row(["n", "1 (one), 22 (two), 333 (three)"].map(str::to_owned));
        assert_eq!(
            written(&listed, &View::terminal(26)),
            "NAME  USERS\n\
             n     1 (one), 22 (two),\n\
             \u{20}     333 (three)\n"
        );
    }

    #[test]
    fn optional_columns_are_left_out_from_the_left() {
        let heads = |columns: usize| {
            let text = written(&wide(), &View::terminal(columns));
            let heads = text.lines().next().unwrap_or_default();
            let heads: Vec<&str> = heads.split_whitespace().collect();
            heads.join(" ")
        };
        assert_eq!(heads(62), "SIZE EXTRA MORE NAME USERS");
        assert_eq!(heads(61), "SIZE MORE NAME USERS");
        assert_eq!(heads(54), "SIZE NAME USERS");
        assert!(wide().shows("MORE", &View::terminal(61)));
        assert!(!wide().shows("EXTRA", &View::terminal(61)));
        assert_eq!(wide().spare(54), 5);
    }

    #[test]
    fn a_terminal_that_is_far_too_narrow_gets_longer_lines() {
        let text = written(&wide(), &View::terminal(5));
        assert!(text.contains("日本語-a-rather-long-name"), "{text}");
        assert!(text.starts_with("SIZE  NAME "), "{text}");
    }
}
