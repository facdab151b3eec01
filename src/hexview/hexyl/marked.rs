//! Panels in which bytes are marked: with attributes of the text, or without colours with signs on a line below.

use super::super::block::Block;
use super::cells::Cells;
use super::options::{BorderStyle, HexylOptions};
use super::printer::print;

/// How much a byte stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Most: bold and reversed, or `^`.
    Strong,
    /// Reversed, or `-`.
    Medium,
    /// Least: underlined, or `.`.
    Weak,
}

impl Mark {
    /// The escapes around the text of a byte. They leave its colour as it is.
    const fn escapes(self) -> (&'static str, &'static str) {
        match self {
            Self::Strong => ("\x1b[1;7m", "\x1b[22;27m"),
            Self::Medium => ("\x1b[7m", "\x1b[27m"),
            Self::Weak => ("\x1b[4m", "\x1b[24m"),
        }
    }

    /// The sign below each character.
    const fn sign(self) -> char {
        match self {
            Self::Strong => '^',
            Self::Medium => '-',
            Self::Weak => '.',
        }
    }
}

/// Panels for a screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkedPanels {
    /// The text.
    pub text: String,
    /// The number of bytes that it shows.
    pub shown: usize,
}

/// Formats as many bytes as fit into `height` lines, at least one line of them, with the marks of `mark`. No line is left
/// out. Without colours, an additional line below each line has the marks. `offset` is the printed offset of the first
/// byte; that of the last one must fit in 64 bits.
pub fn marked(
    options: &HexylOptions,
    offset: u64,
    bytes: &[u8],
    height: usize,
    mark: impl Fn(usize) -> Option<Mark>,
) -> MarkedPanels {
    let step = options.bytes_per_line();
    let borders = usize::from(!matches!(options.border, BorderStyle::None));
    let lines = height.saturating_sub(2 * borders) / if options.color { 1 } else { 2 };
    let bytes = bytes.get(..lines.max(1) * step).unwrap_or(bytes);
    let mut block = Block::default();
    print(*options, false, offset, bytes, &mut block);
    let printed = String::from_utf8_lossy(block.text());
    if bytes.is_empty() {
        let text = printed.into_owned();
        return MarkedPanels { text, shown: 0 };
    }
    let full = Cells::new(*options, step);
    let mut text = String::new();
    for (number, line) in printed.lines().enumerate() {
        let first = number.wrapping_sub(borders).saturating_mul(step);
        match bytes.get(first..).map_or(0, |rest| rest.len().min(step)) {
            0 => text.push_str(line),
            length => {
                // In a short group of a short line, bytes may have other columns.
                let short = (length < step).then(|| Cells::new(*options, length));
                let cells = short.as_ref().unwrap_or(&full);
                let places = cells.bytes(offset.wrapping_add(first as u64));
                let marks = places.map(|place| mark(first + place?));
                match options.color {
                    true => paint(line, marks, &mut text),
                    false => sign(line, marks, &mut text),
                }
            }
        }
        text.push('\n');
    }
    let shown = bytes.len();
    MarkedPanels { text, shown }
}

/// Appends a line with the escapes of the marks of its characters.
fn paint(line: &str, marks: impl Iterator<Item = Option<Mark>>, text: &mut String) {
    let mut marks = marks.fuse();
    for (escape, plain) in pieces(line) {
        text.push_str(escape);
        for character in plain.chars() {
            let mark = marks.next().flatten();
            let (before, behind) = mark.map_or(("", ""), Mark::escapes);
            text.push_str(before);
            text.push(character);
            text.push_str(behind);
        }
    }
}

/// Appends a line, and below it a line with the signs of the marks of its characters.
fn sign(line: &str, marks: impl Iterator<Item = Option<Mark>>, text: &mut String) {
    let signs: String = marks.map(|mark| mark.map_or(' ', Mark::sign)).collect();
    text.push_str(line);
    text.push('\n');
    text.push_str(signs.trim_end());
}

/// The pieces of a line: an escape, which may be empty, and the text up to the next one.
fn pieces(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let escape = match rest.strip_prefix('\x1b') {
            Some(_) => rest.find('m').map_or(rest.len(), |end| end + 1),
            None => 0,
        };
        let (escape, after) = rest.split_at_checked(escape)?;
        let (text, later) = after.split_at(after.find('\x1b').unwrap_or(after.len()));
        rest = later;
        (escape.len() + text.len() > 0).then_some((escape, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hexview::hexyl::CHARACTER_TABLES;
    use crate::hexview::{Base, ColorScheme, Endianness, GroupSize};
    use std::num::NonZeroU16;

    fn shown(options: &HexylOptions, offset: u64, bytes: &[u8], height: usize) -> MarkedPanels {
        let marks = [Mark::Strong, Mark::Medium, Mark::Weak];
        marked(options, offset, bytes, height, |byte| {
            marks.get(byte.wrapping_sub(1)).copied()
        })
    }

    #[test]
    fn signs_are_below_the_digits_and_the_character_of_a_byte() {
        let options = HexylOptions {
            border: BorderStyle::Ascii,
            panels: NonZeroU16::MIN,
            ..HexylOptions::default()
        };
        let panels = shown(&options, 0x7f00_0000_0000, b"abcdefgh!", 20);
        assert_eq!(panels.shown, 9);
        assert_eq!(
            panels.text,
            "\
+--------+-------------------------+--------+
|7f0000000000| 61 62 63 64 65 66 67 68 |abcdefgh|
                  ^^ -- ..               ^-.
|7f0000000008| 21                      |!       |

+--------+-------------------------+--------+
"
        );
    }

    #[test]
    fn signs_are_below_the_bytes_of_a_short_group() {
        let options = HexylOptions {
            group_size: GroupSize::Four,
            endianness: Endianness::Little,
            panels: NonZeroU16::MIN,
            ..HexylOptions::default()
        };
        let mark = |byte| (byte == 8).then_some(Mark::Strong);
        let panels = marked(&options, 0, b"abcdefgh!?", 20, mark);
        let lines: Vec<Vec<char>> = panels
            .text
            .lines()
            .map(|line| line.chars().collect())
            .collect();
        let [.., shown, signs, _] = lines.as_slice() else {
            panic!("{}", panels.text);
        };
        let above = shown.iter().zip(signs).filter(|(_, sign)| **sign == '^');
        let above: String = above.map(|(character, _)| character).collect();
        assert_eq!(above, "21!");
    }

    #[test]
    fn colours_stay_as_they_are() {
        let options = HexylOptions {
            color: true,
            ..HexylOptions::default()
        };
        let bytes: Vec<u8> = (0..=255).collect();
        for color_scheme in [ColorScheme::Default, ColorScheme::Gradient] {
            let options = HexylOptions {
                color_scheme,
                ..options
            };
            let mut text = shown(&options, 0, &bytes, 20).text;
            assert!(text.contains("\x1b[1;7m0\x1b[22;27m\x1b[1;7m1\x1b[22;27m "));
            for mark in [Mark::Strong, Mark::Medium, Mark::Weak] {
                let (before, after) = mark.escapes();
                // Two digits and a character.
                assert_eq!(text.matches(before).count(), 3);
                text = text.replace(before, "").replace(after, "");
            }
            let mut block = Block::default();
            print(options, false, 0, &bytes, &mut block);
            assert_eq!(text.as_bytes(), block.text());
        }
    }

    #[test]
    fn every_layout_has_the_cells_of_every_byte() {
        for base in Base::ALL {
            for (group_size, endianness) in [
                (GroupSize::One, Endianness::Big),
                (GroupSize::Four, Endianness::Little),
                (GroupSize::Eight, Endianness::Big),
            ] {
                for character_table in CHARACTER_TABLES {
                    let options = HexylOptions {
                        base: *base,
                        group_size,
                        endianness,
                        character_table,
                        ..HexylOptions::default()
                    };
                    let cells: Vec<_> = Cells::new(options, 16).bytes(0).collect();
                    for byte in 0..16 {
                        let count = cells.iter().filter(|cell| **cell == Some(byte)).count();
                        assert_eq!(count, usize::from(base.digits()) + 1, "{options:?}");
                    }
                    let none = cells.iter().filter(|cell| **cell > Some(15)).count();
                    assert_eq!(none, 0);
                }
            }
        }
    }

    #[test]
    fn no_more_lines_than_fit_are_shown_and_at_least_one() {
        let options = HexylOptions::default();
        let bytes = [0; 200];
        for (height, lines) in [(0, 1), (4, 1), (5, 1), (6, 2), (23, 10), (100, 13)] {
            let panels = shown(&options, 0, &bytes, height);
            assert_eq!(panels.shown, (16 * lines).min(200), "{height}");
            assert_eq!(panels.text.lines().count(), 2 * lines + 2);
        }
        let none = shown(&options, 0, b"", 10);
        assert!(none.text.contains("No content"));
        assert_eq!(none.shown, 0);
    }

    #[test]
    fn very_long_lines_are_marked() {
        let options = HexylOptions {
            panels: NonZeroU16::new(1000).unwrap(),
            ..HexylOptions::default()
        };
        let panels = shown(&options, 0, &[0; 8000], 9);
        assert_eq!(panels.text.matches("^^").count(), 1);
    }
}
