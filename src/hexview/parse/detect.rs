//! The format of a text, from its first line. The lines are read elsewhere.

use super::line::split_before;
use super::record::HexFormat;
use super::{c, hexyl};

/// The reason for refusing numbers.
pub(super) const NUMBERS: &str = "numbers after an offset (as printed by od, hexdump or --format values) cannot be \
 read back: the text does not contain their type";

/// Whether this can be a line of numbers after an offset of at least seven decimal digits. Many of
/// them could also be read as digits of bytes, and would give wrong bytes.
pub(super) fn are_numbers(line: &[u8]) -> bool {
    let is_number = |word: &[u8]| {
        let word = word.strip_prefix(b"-").unwrap_or(word);
        let is_special = matches!(word, b"inf" | b"nan");
        let is_part =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'+' | b'-');
        is_special || word.first().is_some_and(u8::is_ascii_digit) && word.iter().all(is_part)
    };
    let (offset, rest) = split_before(line, |byte| *byte == b' ');
    let mut numbers = rest
        .split(|byte| *byte == b' ')
        .filter(|word| !word.is_empty())
        .peekable();
    offset.len() >= 7
        && offset.iter().all(u8::is_ascii_digit)
        && numbers.peek().is_some()
        && numbers.all(is_number)
}

/// The format of a text whose first line is `line`; none if it has none of the formats.
pub(super) fn detect(line: &[u8]) -> Option<HexFormat> {
    if c::starts(line) {
        return Some(HexFormat::C);
    }
    // A dump of xxd may be indented.
    let (digits, rest) = split_before(line.trim_ascii_start(), |byte| !byte.is_ascii_hexdigit());
    if !digits.is_empty() && rest.starts_with(b":") {
        return Some(HexFormat::Xxd);
    }
    if hexyl::starts(line) {
        return Some(HexFormat::Hexyl);
    }
    let (digits, rest) = split_before(line.trim_ascii_end(), |byte| !byte.is_ascii_hexdigit());
    let is_plain = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b' ';
    match rest {
        _ if digits.is_empty() => None,
        [b' ', b' ', ..] if digits.len() >= 8 => Some(HexFormat::Canonical),
        rest if rest.iter().all(is_plain) => Some(HexFormat::Plain),
        _ => None,
    }
}
