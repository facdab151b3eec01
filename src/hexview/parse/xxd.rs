//! Lines of `xxd`: an offset with a colon, groups of digits with a space before each, and the
//! characters after two spaces. They are printed elsewhere.
//!
//! The options `-b`, `-d` and `-e` print lines that look like these but mean other bytes. They are
//! recognised by their characters, or by offsets that do not continue, and refused. The characters
//! of a line do not affect its own bytes: a user who edits the digits of a line may leave its
//! characters unchanged.

use super::super::hex;
use super::line::{Malformed, Parse, Parsed, number, pairs, split_before};

/// The default number of bytes in a group.
const USUAL_GROUP: usize = 2;
/// The default number of groups in a line.
const USUAL_GROUPS: usize = 8;

/// Reads `xxd`.
#[derive(Clone, Debug, Default)]
pub(super) struct Xxd {
    /// The user has named the format. Groups of unknown byte order are read as they are.
    explicit: bool,
    /// The line before.
    before: Option<Before>,
    /// The characters of a line have the order of its digits.
    in_order: bool,
    /// The characters of a line have the reverse order in each group.
    reversed: bool,
    /// The length of groups of unknown byte order.
    undecided: Option<usize>,
}

/// A line that the next one is compared with.
#[derive(Clone, Copy, Debug)]
struct Before {
    offset: u64,
    length: usize,
    has_characters: bool,
    /// All digits are 0 or 1, and their number is a multiple of eight in each group.
    may_be_binary: bool,
}

impl Xxd {
    /// `explicit`: the user has named the format.
    pub(super) fn new(explicit: bool) -> Self {
        Self {
            explicit,
            ..Self::default()
        }
    }
}

impl Parse for Xxd {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        if line.trim_ascii() == b"*" {
            self.before = None;
            return Ok(Parsed::Squeezed);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let Some((offset, rest)) = colon.and_then(|colon| line.split_at_checked(colon)) else {
            return Err("expected `offset:`".into());
        };
        let offset = number(offset.trim_ascii_start())?;
        let mut rest = rest.get(1..).unwrap_or_default();
        let digits_start = rest;
        let mut groups = Vec::with_capacity(USUAL_GROUPS);
        while let Some((b' ' | b'\t', group)) = rest.split_first() {
            let (digits, later) = split_before(group, is_blank);
            if digits.is_empty() {
                // Two blanks.
                break;
            }
            pairs(digits, bytes)?;
            groups.push(digits.len() / 2);
            rest = later;
        }
        if bytes.is_empty() {
            return Err("no bytes".into());
        }
        if rest.first().is_some_and(|byte| !is_blank(byte)) {
            return Err("no space after the offset".into());
        }
        let shown = digits_start
            .get(..digits_start.len() - rest.len())
            .unwrap_or_default();
        let characters = rest.trim_ascii();
        let tabbed = shown.contains(&b'\t') && characters.is_empty();
        if tabbed && self.before.is_some_and(|before| before.has_characters) {
            return Err("a tab before text that may be digits or characters".into());
        }
        let line = Before {
            offset,
            length: bytes.len(),
            has_characters: !characters.is_empty(),
            may_be_binary: may_be_binary(shown),
        };
        self.check_digits(line, characters)?;
        self.check_offset(line)?;
        self.before = Some(line);
        self.find_order(&groups, bytes, rest);
        Ok(Parsed::Bytes(Some(offset)))
    }

    fn finish(&self) -> Result<(), Malformed> {
        if self.in_order {
            return Ok(());
        }
        if self.reversed {
            return Err(Malformed::foreign(
                "the characters show the bytes of each group the other way round, as xxd -e prints them; without \
                 the characters they are read as they stand",
            ));
        }
        match self.undecided {
            Some(group) if !self.explicit => Err(Malformed::foreign(format!(
                "nothing in the text tells whether its groups of {group} bytes are as xxd or as xxd -e prints \
                 them; with --hex-format xxd, or without the characters, they are read as they stand"
            ))),
            _ => Ok(()),
        }
    }
}

impl Xxd {
    /// Refuses the digits of `xxd -b`, which are bits.
    fn check_digits(&self, line: Before, characters: &[u8]) -> Result<(), Malformed> {
        if !line.may_be_binary {
            return Ok(());
        }
        let bytes = line.length / 4;
        let follows = |before: Before| {
            let bytes = (before.length / 4) as u64;
            before.may_be_binary && before.offset.checked_add(bytes) == Some(line.offset)
        };
        if line.has_characters && characters.len() <= bytes || self.before.is_some_and(follows) {
            return Err(Malformed::foreign("binary digits (xxd -b)"));
        }
        Ok(())
    }

    /// Refuses the offsets of `xxd -d`. Lines without characters may be written by hand and have
    /// any offset.
    fn check_offset(&self, line: Before) -> Result<(), Malformed> {
        let Some(before) = self.before.filter(|before| before.has_characters) else {
            return Ok(());
        };
        let length = before.length as u64;
        if before.offset.checked_add(length) == Some(line.offset) {
            return Ok(());
        }
        let decimal = as_decimal(before.offset).and_then(|offset| offset.checked_add(length));
        if decimal.is_some() && decimal == as_decimal(line.offset) {
            return Err(Malformed::foreign(
                "the offsets are decimal (xxd -d); hexadecimal offsets are required",
            ));
        }
        Ok(())
    }

    /// Finds the byte order of the groups from the characters after `bytes`.
    fn find_order(&mut self, groups: &[usize], bytes: &[u8], behind: &[u8]) {
        if self.in_order {
            return;
        }
        let Some(group) = groups.iter().copied().max().filter(|group| *group > 1) else {
            return;
        };
        let characters = behind.trim_ascii();
        if characters.is_empty() {
            return;
        }
        let mut reversed = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        for length in groups {
            let (bytes, later) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
            reversed.extend(bytes.iter().rev());
            rest = later;
        }
        let goes_on = is_short_group(characters, group);
        match (shows(behind, bytes), shows(behind, &reversed)) {
            (true, false) => self.in_order = true,
            (false, true) => self.reversed = true,
            (false, false) if goes_on => self.reversed = true,
            (true, true) if reversed == bytes => {}
            _ if group > USUAL_GROUP => self.undecided = Some(group),
            _ => {}
        }
    }
}

/// Whether the byte separates groups.
fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether all digits are 0 or 1, and their number is a multiple of eight in each group.
fn may_be_binary(shown: &[u8]) -> bool {
    shown
        .iter()
        .all(|digit| matches!(digit, b' ' | b'\t' | b'0' | b'1'))
        && shown
            .split(is_blank)
            .all(|group| group.len().is_multiple_of(8))
}

/// The decimal number whose digits are the hexadecimal digits of `offset`.
fn as_decimal(offset: u64) -> Option<u64> {
    format!("{offset:x}").parse().ok()
}

/// Whether `characters` starts with one more group, shorter than the others: `xxd -e` puts the last
/// bytes after a gap.
fn is_short_group(characters: &[u8], group: usize) -> bool {
    let (digits, after) = split_before(characters, |byte| !byte.is_ascii_hexdigit());
    let length = digits.len();
    length > 0 && length.is_multiple_of(2) && length < 2 * group && after.starts_with(b"  ")
}

/// Whether `behind` is spaces and then `bytes` as characters. Trailing spaces may be missing.
fn shows(behind: &[u8], bytes: &[u8]) -> bool {
    let characters: Vec<u8> = bytes.iter().map(|byte| hex::printable(*byte)).collect();
    let before = behind
        .trim_ascii_end()
        .strip_suffix(characters.trim_ascii_end());
    before.is_some_and(|before| before.trim_ascii().is_empty())
}
