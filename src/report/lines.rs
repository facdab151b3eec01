//! The lines of a report: a heading with the name of the source, and lines of a label and a text. On a terminal, long
//! text continues below its start.

use std::io::{self, Write};

use super::name::Name;
use super::theme::Painted;
use super::view::View;
use super::wrap;
use crate::mapping::types::SourceName;

/// The width of the labels in columns.
const LABEL: usize = 12;

/// The column at which the texts start.
pub(super) const INDENT: usize = LABEL + 2;

/// The minimum width of texts in columns. A narrower terminal breaks the lines itself.
const FEWEST: usize = 20;

/// A report that is being written.
pub(super) struct Lines<'a> {
    pub(super) out: &'a mut dyn Write,
    pub(super) view: &'a View,
}

impl<'a> Lines<'a> {
    /// A report on this writer.
    pub(super) fn new(out: &'a mut dyn Write, view: &'a View) -> Self {
        Self { out, view }
    }

    /// The first line: the name of the source and the most important fact. It is never broken, because people copy the
    /// name.
    pub(super) fn heading(&mut self, name: &SourceName, text: &str) -> io::Result<()> {
        let text = Painted::new(self.view.theme().heading, text);
        writeln!(self.out, "{}: {text}", Name(name))
    }

    /// A label and its text.
    pub(super) fn line(&mut self, label: &str, text: &str) -> io::Result<()> {
        let room = self.view.width().saturating_sub(INDENT).max(FEWEST);
        let mut lines = if self.view.is_terminal() {
            wrap::at_blanks(text, room)
        } else {
            vec![text.to_owned()]
        }
        .into_iter();
        let first = lines.next().unwrap_or_default();
        writeln!(self.out, "  {label:<LABEL$}{first}")?;
        lines.try_for_each(|line| writeln!(self.out, "{:INDENT$}{line}", ""))
    }

    /// A line without a label.
    pub(super) fn more(&mut self, text: &str) -> io::Result<()> {
        self.line("", text)
    }
}

/// "<0.001 ms", "0.017 ms", "79 ms", "1.28 s", "12.3 s".
pub(super) fn duration(nanoseconds: u64) -> String {
    let micros = nanoseconds / 1000;
    let millis = micros / 1000;
    match micros {
        0 => "<0.001 ms".to_owned(),
        1..10_000 => format!("{millis}.{:03} ms", micros % 1000),
        10_000..1_000_000 => format!("{millis} ms"),
        1_000_000..10_000_000 => format!("{}.{:02} s", millis / 1000, millis % 1000 / 10),
        _ => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
    }
}

/// A time in its two largest units: "3h 12m".
pub(super) fn span(seconds: u64) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let (mut left, mut words) = (seconds, Vec::new());
    for (unit, letter) in UNITS {
        if left >= unit && words.len() < 2 {
            words.push(format!("{}{letter}", left / unit));
            left %= unit;
        }
    }
    if words.is_empty() {
        words.push("0s".to_owned());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(view: &View) -> String {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out, view);
        lines.line("effect", &"word ".repeat(20)).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn long_lines_continue_below_their_start_on_a_terminal_only() {
        let text = written(&View::terminal(60));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert!(lines.iter().all(|line| line.len() <= 60), "{text}");
        assert!(lines[1].starts_with("              word"), "{text}");
        assert_eq!(written(&View::plain()).lines().count(), 1);
        assert_eq!(written(&View::terminal(200)).lines().count(), 1);
    }

    #[test]
    fn a_span_has_its_two_largest_units() {
        assert_eq!(span(0), "0s");
        assert_eq!(span(61), "1m 1s");
        assert_eq!(span(3600), "1h");
        assert_eq!(span(400 * 86_400 + 59), "400d 59s");
        assert_eq!(span(3 * 3600 + 12 * 60 + 9), "3h 12m");
        assert_eq!(span(90_000), "1d 1h");
    }

    #[test]
    fn durations_have_significant_digits() {
        assert_eq!(duration(999), "<0.001 ms");
        assert_eq!(duration(21_999), "0.021 ms");
        assert_eq!(duration(9_999_999), "9.999 ms");
        assert_eq!(duration(10_000_000), "10 ms");
        assert_eq!(duration(999_999_999), "999 ms");
        assert_eq!(duration(3_009_000_000), "3.00 s");
        assert_eq!(duration(12_345_678_901), "12.3 s");
    }
}
