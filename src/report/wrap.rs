//! The width of text on a terminal, and line breaks. Pure.
//!
//! ANSI escapes take no columns; wide characters take two, combining ones none.

use anstream::adapter::strip_str;
use unicode_width::UnicodeWidthStr;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_take_no_columns_and_wide_characters_take_two() {
        assert_eq!(width("\u{1b}[1mab\u{1b}[0m"), 2);
        assert_eq!(width("日本"), 4);
        assert_eq!(width("e\u{301}"), 1);
    }

    #[test]
    fn lines_are_broken_at_blanks_and_keep_repeated_blanks() {
        assert_eq!(at_blanks("one two three", 8), ["one two", "three"]);
        assert_eq!(at_blanks("a  b", 8), ["a  b"]);
        assert_eq!(at_blanks("unbroken x", 3), ["unbroken", "x"]);
        assert_eq!(at_blanks("", 3), [""]);
        let painted = "\u{1b}[32mone two\u{1b}[0m three";
        assert_eq!(at_blanks(painted, 13), [painted]);
    }

    proptest! {
        #[test]
        fn no_text_is_lost_and_only_a_single_word_may_be_too_wide(text in "[a-z日\u{301}/ ]{0,60}", columns in 2_usize..30) {
            let lines = at_blanks(&text, columns);
            let fits = |line: &String| width(line) <= columns || !line.contains(' ');
            prop_assert!(lines.iter().all(fits), "{lines:?}");
            prop_assert_eq!(lines.join(" "), text);
        }
    }
}
