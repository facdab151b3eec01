//! The whole terminal, redrawn in place.

use std::io::{self, Write};
use std::time::Duration;

use super::console::{Console, output_failure};
use super::theme::Painted;
use super::view::View;
use crate::mapping::error::Result;

/// Shows the other screen of the terminal, hides the cursor, and cuts lines at the right edge.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
/// Undoes [`ENTER`].
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";

impl Console {
    /// Whether stdout is a terminal that can be redrawn, and text is wanted.
    #[must_use]
    pub fn has_screen(&self) -> bool {
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        self.view().is_terminal() && !self.json() && !dumb
    }

    /// Takes the whole terminal. [`Console::leave_screen`] shows what was there before.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn enter_screen(&mut self) -> Result<()> {
        self.write_text(|out, _| out.write_all(ENTER.as_bytes()))?;
        self.flush()
    }

    /// Gives the terminal back.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn leave_screen(&mut self) -> Result<()> {
        self.write_text(|out, _| out.write_all(LEAVE.as_bytes()))?;
        self.flush()
    }

    /// Draws text that `write` makes for this number of lines. Further lines are left out.
    ///
    /// # Errors
    /// As [`Console::report`].
    pub fn draw(
        &mut self,
        write: impl FnOnce(usize, &mut dyn Write, &View) -> io::Result<()>,
    ) -> Result<()> {
        let view = self.view().measured();
        let rows = view.height();
        let mut text = Vec::new();
        write(rows, &mut text, &view).map_err(|e| output_failure(&e))?;
        self.write_text(|out, _| out.write_all(&frame(&text, rows)))?;
        self.flush()
    }
}

/// Writes the first line of a look at something: how often, the number of the look, and how to end.
pub(super) fn write_first(
    interval: Duration,
    number: u64,
    out: &mut dyn Write,
    view: &View,
) -> io::Result<()> {
    let interval = humantime::format_duration(interval);
    let first = format!("Every {interval}, look {number}; q quits");
    writeln!(out, "{}", Painted::new(view.theme().faint, first))
}

/// Writes the number of rows that do not fit on the screen; nothing for none.
pub(super) fn write_more(rows: usize, out: &mut dyn Write) -> io::Result<()> {
    match rows {
        0 => Ok(()),
        1 => writeln!(out, "1 more row"),
        more => writeln!(out, "{more} more rows"),
    }
}

/// The number of rows that are shown on a screen with room for `room` of them: one line tells of the others.
pub(super) fn fitting(rows: usize, room: usize) -> usize {
    let room = room.max(1);
    match rows <= room {
        true => rows,
        false => room.saturating_sub(1),
    }
}

/// The bytes that replace the contents of a screen by these lines.
fn frame(text: &[u8], rows: usize) -> Vec<u8> {
    /// A line is erased before it is written: afterwards, the cursor may be on its last character.
    const ERASE_LINE: &[u8] = b"\x1b[2K";
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let mut frame = b"\x1b[H".to_vec();
    let mut left = rows;
    for line in text.split(|byte| *byte == b'\n').take(rows) {
        if left < rows {
            frame.extend_from_slice(b"\r\n");
        }
        frame.extend_from_slice(ERASE_LINE);
        frame.extend_from_slice(line);
        left -= 1;
    }
    if left > 0 {
        frame.extend_from_slice(b"\r\n\x1b[J");
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_no_more_lines_than_the_screen() {
        let shown = |text: &str, rows| {
            let frame = String::from_utf8(frame(text.as_bytes(), rows)).unwrap();
            frame.replace('\x1b', "^").replace("\r\n", "/")
        };
        assert_eq!(shown("a\nb\n", 3), "^[H^[2Ka/^[2Kb/^[J");
        assert_eq!(shown("a\nb\n", 2), "^[H^[2Ka/^[2Kb");
        assert_eq!(shown("a\nb\nc\n", 2), "^[H^[2Ka/^[2Kb");
        assert_eq!(shown("", 2), "^[H^[2K/^[J");
        assert_eq!(shown("a", 0), "^[H");
    }
}
