//! The width of text on a terminal, and line breaks. Pure.
//!
//! ANSI escapes take no columns; wide characters take two, combining ones none.

use anstream::adapter::strip_str;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The width of a text in columns.
pub(super) fn width(text: &str) -> usize {
    strip_str(text).map(UnicodeWidthStr::width).sum()
}

/// The lines of a text, broken at blanks. A word that is wider than `columns` has a line of its own.
pub(super) fn at_blanks(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut used = 0;
    for word in text.split(' ') {
        let wide = width(word);
        match lines.last_mut() {
            Some(line) if used + 1 + wide <= columns => {
                line.push(' ');
                line.push_str(word);
                used += 1 + wide;
            }
            _ => {
                lines.push(word.to_owned());
                used = wide;
            }
        }
    }
    lines
}

/// The same for text without escapes, but words that are too wide are broken as well. No line is wider than `columns`,
/// unless a single character is.
pub(super) fn anywhere(text: &str, columns: usize) -> Vec<String> {
    let lines = at_blanks(text, columns);
    let pieces = lines.iter().flat_map(|line| pieces(line, columns));
    pieces.map(str::to_owned).collect()
}

fn pieces(mut line: &str, columns: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    while line.width() > columns {
        let (piece, rest) = line.split_at(break_of(line, columns));
        pieces.push(piece);
        line = rest;
    }
    if pieces.is_empty() || !line.is_empty() {
        pieces.push(line);
    }
    pieces
}

/// The number of bytes after which a line that is too wide is broken: after the last mark that joins words, if that
/// fills more than half of the line.
fn break_of(line: &str, columns: usize) -> usize {
    let (mut most, mut mark) = (0, 0);
    let mut used = 0;
    for (at, c) in line.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && most > 0 {
            break;
        }
        most = at + c.len_utf8();
        if matches!(c, '/' | '-' | '_' | '.' | ',') && used * 2 > columns {
            mark = most;
        }
    }
    if mark > 0 { mark } else { most }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_take_no_room_and_wide_characters_two_columns() {
        assert_eq!(width("\u{1b}[1mab\u{1b}[0m"), 2);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
    }

    #[test]
    fn lines_are_broken_at_blanks_and_keep_what_is_written_twice() {
        assert_eq!(at_blanks("one two three", 8), ["one two", "three"]);
        assert_eq!(at_blanks("a  b", 8), ["a  b"]);
        assert_eq!(at_blanks("unbroken x", 3), ["unbroken", "x"]);
        assert_eq!(at_blanks("", 3), [""]);
        let painted = "\u{1b}[32mone two\u{1b}[0m three";
        assert_eq!(at_blanks(painted, 13), [painted]);
    }

    #[test]
    fn long_words_are_broken_after_a_mark_or_anywhere() {
        assert_eq!(anywhere("some-long-name", 10), ["some-long-", "name"]);
        assert_eq!(anywhere("a-longername", 8), ["a-longer", "name"]);
        assert_eq!(anywhere("日本語日本語", 5), ["日本", "語日", "本語"]);
        assert_eq!(anywhere("日本", 1), ["日", "本"]);
        assert_eq!(anywhere("1 (a), 22 (b)", 7), ["1 (a),", "22 (b)"]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_too_wide(text in "[a-z日\u{301}/ ]{0,60}", columns in 2_usize..30) {
            let lines = anywhere(&text, columns);
            prop_assert!(lines.iter().all(|line| line.width() <= columns), "{lines:?}");
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
