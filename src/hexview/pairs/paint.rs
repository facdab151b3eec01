//! Marks in a line that is already drawn: another first character, and colours of some bytes.

use ::hexyl::COLOR_RESET;

use super::super::block::Block;

/// Ends the colours of a mark.
const END: &[u8] = b"\x1b[0m";

/// The character that replaces the border before a line.
#[derive(Clone, Copy, Debug)]
pub(super) enum First {
    /// The border itself.
    Border,
    /// No character.
    Nothing,
    /// A character, and its colour in a line with colours.
    Sign(u8, u8),
}

impl First {
    /// Appends the first character of a line, which is `border`, with colours or without.
    fn push(self, border: &[u8], color: bool, text: &mut Block) {
        match self {
            Self::Border => text.push(border),
            Self::Nothing => {}
            Self::Sign(sign, number) if color => {
                text.push(&[b'\x1b', b'[', b'3', number, b'm', sign]);
                text.push(COLOR_RESET.as_bytes());
            }
            Self::Sign(sign, _) => text.push(&[sign]),
        }
    }
}

/// Appends a line without marks; with `color`, the sign has its colour.
pub(super) fn plain(line: &[u8], first: First, color: bool, text: &mut Block) {
    let (border, rest) = split_character(line);
    first.push(border, color, text);
    text.push(rest);
}

/// Appends a line with colours. The columns for which `marked` is true have the reverse of the
/// colour of this number instead of their own. The text ends with no colour set.
pub(super) fn colored(
    line: &[u8],
    first: First,
    marked: impl Iterator<Item = bool>,
    number: u8,
    text: &mut Block,
) {
    let (border, _) = split_character(line);
    let mut marked = marked.fuse();
    first.push(border, true, text);
    marked.next();
    let mut own: &[u8] = &[];
    let mut in_mark = false;
    // The text from `start` to `at` is still to be appended.
    let mut start = border.len();
    let mut at = start;
    while let Some(byte) = line.get(at) {
        let rest = line.get(at..).unwrap_or_default();
        let waiting = line.get(start..at).unwrap_or_default();
        if *byte == b'\x1b' {
            let end = rest.iter().position(|byte| *byte == b'm');
            (own, _) = rest.split_at(end.map_or(rest.len(), |end| end + 1));
            at += own.len();
            if in_mark {
                text.push(waiting);
                start = at;
            }
            continue;
        }
        let now = marked.next().unwrap_or(false);
        if now != in_mark {
            text.push(waiting);
            start = at;
            if now {
                text.push(&[b'\x1b', b'[', b'7', b';', b'3', number, b'm']);
            } else {
                text.push(END);
                text.push(own);
            }
            in_mark = now;
        }
        at += split_character(rest).0.len();
    }
    text.push(line.get(start..).unwrap_or_default());
}

/// The first character of `text`, and the rest.
fn split_character(text: &[u8]) -> (&[u8], &[u8]) {
    let length = match text.first() {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    };
    text.split_at(length.min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn painted(line: &str, first: First, marked: &[bool]) -> String {
        let mut text = Block::default();
        colored(
            line.as_bytes(),
            first,
            marked.iter().copied(),
            b'1',
            &mut text,
        );
        String::from_utf8(text.text().to_vec()).unwrap()
    }

    #[test]
    fn a_mark_replaces_the_colours_and_restores_them() {
        let line = "│\x1b[36mab\x1b[33mcd\x1b[39m│\n";
        let marked = [false, false, true, true, false];
        assert_eq!(
            painted(line, First::Border, &marked),
            "│\x1b[36ma\x1b[7;31mbc\x1b[0m\x1b[33md\x1b[39m│\n"
        );
        assert_eq!(painted(line, First::Border, &[]), line);
    }

    #[test]
    fn the_first_character_is_replaced() {
        assert_eq!(
            painted("│\x1b[36ma\x1b[39m\n", First::Sign(b'-', b'1'), &[]),
            "\x1b[31m-\x1b[39m\x1b[36ma\x1b[39m\n"
        );
        assert_eq!(painted("│a\n", First::Nothing, &[]), "a\n");
        let mut text = Block::default();
        for first in [First::Border, First::Sign(b'+', b'2'), First::Nothing] {
            plain("│a│\n".as_bytes(), first, false, &mut text);
        }
        assert_eq!(text.text(), "│a│\n+a│\na│\n".as_bytes());
    }
}
