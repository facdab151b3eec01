//! Lines of `hexyl`: an offset, panels of bytes, panels of characters, between borders or spaces.
//!
//! With borders the panels are cut at these. A panel of bytes is always wider than the eight
//! characters of the others, which is how the first panel of characters is known. Without borders
//! the panels can only be told apart by their width, and how many there are follows from the width
//! of the first line.

use super::line::{Malformed, Parse, Parsed, number, pairs};

/// Characters in an offset of up to 4 GiB, and in a panel of characters.
const NARROW: usize = 8;
/// Bytes in a panel.
const PANEL: usize = 8;

/// What stands at the start of a line and between panels.
const UNICODE: (char, [char; 2]) = ('│', ['│', '┊']);
const ASCII: (char, [char; 2]) = ('|', ['|', '|']);

/// Reads `hexyl`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hexyl {
    /// The layout of lines without borders, once it is known.
    layout: Option<Layout>,
}

/// Whether `line` can be the first one.
pub(super) fn starts(line: &[u8]) -> bool {
    let borders = ["┌─", "│", "+-", "|"];
    borders
        .iter()
        .any(|border| line.starts_with(border.as_bytes()))
        || line.starts_with(b" ")
}

impl Parse for Hexyl {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let Ok(line) = str::from_utf8(line) else {
            return Err("not UTF-8".into());
        };
        if ["┌─", "└─", "+-"]
            .iter()
            .any(|border| line.starts_with(border))
        {
            return Ok(Parsed::Nothing);
        }
        for (outer, separators) in [UNICODE, ASCII] {
            if let Some(rest) = line.strip_prefix(outer) {
                return bordered(rest, separators, bytes);
            }
        }
        match line.strip_prefix(' ') {
            Some(rest) => self.borderless(rest, bytes),
            None => Err("neither a border nor a space at the start".into()),
        }
    }
}

/// A line with borders, behind the first one.
fn bordered(line: &str, separators: [char; 2], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
    let (first, rest) = line.split_once(separators).unwrap_or((line, ""));
    // Without an offset the first panel is one of bytes, with a space before the first.
    let has_offset = !first.starts_with(' ') || first.trim().is_empty() && is_narrow(first);
    let offset = if has_offset { first.trim() } else { "" };
    if offset == "*" {
        return Ok(Parsed::Squeezed);
    }
    let panels = if has_offset { rest } else { line };
    if panels.trim_start().starts_with("No content") {
        return Ok(Parsed::Nothing);
    }
    let panels = panels
        .split(separators)
        .take_while(|panel| !is_narrow(panel));
    let mut short = false;
    for panel in panels {
        let before = bytes.len();
        for group in panel.split_ascii_whitespace() {
            pairs(group.as_bytes(), bytes)?;
        }
        let shown = bytes.len() - before;
        if shown > PANEL {
            return Err("more than eight bytes in a panel: not in hexadecimal".into());
        }
        if short && shown > 0 {
            return Err("bytes are missing before others".into());
        }
        short = shown < PANEL;
    }
    place(has_offset.then_some(offset), bytes)
}

/// Whether this is too narrow to be a panel of bytes.
fn is_narrow(panel: &str) -> bool {
    panel.chars().count() <= NARROW
}

/// What a line with such an offset and such bytes says.
fn place(offset: Option<&str>, bytes: &[u8]) -> Result<Parsed, Malformed> {
    let offset = offset.map(|offset| number(offset.as_bytes())).transpose()?;
    match (offset, bytes.is_empty()) {
        (offset, false) => Ok(Parsed::Bytes(offset)),
        (Some(end), true) => Ok(Parsed::End(end)),
        (None, true) => Err("no bytes".into()),
    }
}

/// How the panels of a line without borders follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Layout {
    has_offset: bool,
    panels: usize,
    group: usize,
}

impl Layout {
    /// Columns of a panel of bytes, with what is behind it.
    fn width(group: usize) -> usize {
        1 + (PANEL / group) * (2 * group + 1) + 1
    }

    /// The bytes of a line whose panels start at `line`, when it has this layout.
    fn bytes(&self, line: &[char]) -> Option<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut ended = false;
        let cell = |place: usize| line.get(place).copied().unwrap_or(' ');
        for panel in 0..self.panels {
            let start = panel * Self::width(self.group);
            for byte in 0..PANEL {
                let place = start + 1 + byte * 2 + byte / self.group;
                if byte.is_multiple_of(self.group) && cell(place - 1) != ' ' {
                    return None;
                }
                match (cell(place), cell(place + 1)) {
                    (' ', ' ') => ended = true,
                    (high, low) if !ended => {
                        let byte = high.to_digit(16)? << 4 | low.to_digit(16)?;
                        bytes.push(u8::try_from(byte).ok()?);
                    }
                    _ => return None,
                }
            }
            let end = start + Self::width(self.group);
            if cell(end - 2) != ' ' || cell(end - 1) != ' ' {
                return None;
            }
        }
        Some(bytes)
    }
}

impl Hexyl {
    /// A line without borders, behind the space it starts with.
    fn borderless(&mut self, line: &str, bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let characters: Vec<char> = line.chars().collect();
        let digits = characters
            .iter()
            .take_while(|digit| digit.is_ascii_hexdigit())
            .count();
        let (offset, panels) = match characters.first() {
            Some('*') => return Ok(Parsed::Squeezed),
            Some(' ') => (None, characters.as_slice()),
            _ => {
                let offset: String = characters.iter().take(digits).collect();
                (
                    Some(offset),
                    characters.get(digits + 1..).unwrap_or_default(),
                )
            }
        };
        let known = self
            .layout
            .filter(|layout| layout.has_offset == offset.is_some());
        let read = match known {
            Some(layout) => layout.bytes(panels).map(|bytes| (layout, bytes)),
            None => find_layout(offset.is_some(), panels),
        };
        let Some((layout, read)) = read else {
            return Err("the panels are not as wide as panels of bytes in hexadecimal".into());
        };
        self.layout = Some(layout);
        bytes.extend(read);
        place(offset.as_deref(), bytes)
    }
}

/// The layout of a line and its bytes, from the line's width.
fn find_layout(has_offset: bool, line: &[char]) -> Option<(Layout, Vec<u8>)> {
    // The last column is a space, which may have been lost.
    for width in [line.len(), line.len() + 1] {
        for group in [1, 2, 4, 8] {
            // Bytes up to the end first: characters look like bytes less often than the other way
            // round, and only widths of hundreds of columns can be both.
            for characters in [0, NARROW + 1] {
                let panel = Layout::width(group) + characters;
                if !width.is_multiple_of(panel) {
                    continue;
                }
                let layout = Layout {
                    has_offset,
                    panels: width / panel,
                    group,
                };
                if let Some(bytes) = layout.bytes(line) {
                    return Some((layout, bytes));
                }
            }
        }
    }
    None
}
