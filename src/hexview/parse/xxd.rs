//! Lines of `xxd`: an offset with a colon, groups of digits with a space before each, and the
//! characters after two spaces. They are printed elsewhere.
//!
//! The options `-b`, `-d` and `-e` print lines that look like these but mean other bytes. They are
//! recognised by their characters, or by offsets that only continue in decimal. A text that shows
//! too late that it has one of these layouts is refused. Apart from that, the characters of a line
//! do not affect its own bytes: a user who edits the digits of a line may leave its characters
//! unchanged.

use super::digits::{Digits, GAP, begins_with, is_blank};
use super::line::{Malformed, Parse, Parsed, number, pairs};
use super::order::Groups;
use super::radix::{Radix, Shape};

/// Reads `xxd`.
#[derive(Clone, Debug, Default)]
pub(super) struct Xxd {
    /// The line before.
    before: Option<Before>,
    /// The order of bytes in groups.
    groups: Groups,
    /// Digits are bits; none before the first line.
    binary: Option<bool>,
    /// The base of the offsets.
    radix: Radix,
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
            groups: Groups::new(explicit),
            ..Self::default()
        }
    }
}

impl Parse for Xxd {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        if line.trim_ascii() == b"*" {
            self.before = None;
            self.radix.skip();
            return Ok(Parsed::Zeros);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let Some((offset, rest)) = colon.and_then(|colon| line.split_at_checked(colon)) else {
            return Err("expected `offset:`".into());
        };
        let offset = offset.trim_ascii_start();
        let digits = Digits::new(rest.get(1..).unwrap_or_default());
        for group in &digits.groups {
            pairs(group, bytes)?;
        }
        if digits.behind.first().is_some_and(|byte| !is_blank(byte)) {
            return Err("no space after the offset".into());
        }
        let starts_short = bytes.is_empty() && self.groups.are_reversed();
        if bytes.is_empty() && !starts_short {
            return Err("no bytes after one space".into());
        }
        if digits.have_bytes_behind() && !digits.show(bytes) {
            return Err("two spaces before more bytes, as before characters".into());
        }
        if digits.are_with_characters(bytes) {
            return Err(Malformed::foreign(
                "one space instead of two before its characters, which look like digits",
            ));
        }
        let has_characters = !digits.characters().is_empty();
        let tabbed = digits.shown().contains(&b'\t') && !has_characters;
        if tabbed && self.before.is_some_and(|before| before.has_characters) {
            return Err("a tab before text that may be digits or characters".into());
        }
        let mut line = Before {
            offset: number(offset)?,
            length: bytes.len(),
            has_characters,
            may_be_binary: !starts_short && may_be_binary(digits.shown()),
        };
        if self.are_bits(line, &digits, bytes)? {
            *bytes = digits.bits();
        } else {
            self.groups.put_in_order(&digits, bytes)?;
        }
        line.length = bytes.len();
        line.offset = self.radix.offset(offset, self.shape(&digits, bytes))?;
        self.before = Some(line);
        Ok(Parsed::Bytes(Some(line.offset)))
    }

    fn finish(&self) -> Result<(), Malformed> {
        self.radix.finish()?;
        self.groups.finish()
    }
}

impl Xxd {
    /// What a line shows about its offset.
    fn shape(&self, digits: &Digits<'_>, bytes: &[u8]) -> Shape {
        let length = bytes.len();
        Shape {
            length,
            is_printed: digits.is_printed() || digits.show(bytes),
            // Lines of groups in reverse may have a gap before the last group.
            is_padded: !self.groups.are_reversed()
                && digits.behind.trim_ascii_end().len() > GAP + length,
        }
    }

    /// Whether the digits of a line are bits, as `xxd -b` prints them. Its characters show it in the first line.
    fn are_bits(
        &mut self,
        line: Before,
        digits: &Digits<'_>,
        bytes: &[u8],
    ) -> Result<bool, Malformed> {
        if !line.may_be_binary {
            return match self.binary.replace(self.binary.unwrap_or(false)) {
                Some(true) => Err("not binary digits, as in earlier lines".into()),
                _ => Ok(false),
            };
        }
        let bits = digits.bits();
        let shows_bits = digits.is_printed() && digits.show(&bits);
        if self.binary == Some(true) {
            return match digits.is_printed() && digits.show(bytes) && !shows_bits {
                true => Err("hexadecimal digits, unlike earlier lines".into()),
                false => Ok(true),
            };
        }
        if self.binary.is_none() && shows_bits {
            self.binary = Some(true);
            return Ok(true);
        }
        self.binary = Some(false);
        let follows = |before: Before| {
            let bytes = (before.length / 4) as u64;
            before.may_be_binary && before.offset.checked_add(bytes) == Some(line.offset)
        };
        let characters = digits.characters();
        let is_short =
            characters.len() <= bits.len() || begins_with(characters, &bits) && !digits.show(bytes);
        if digits.is_printed() && is_short || self.before.is_some_and(follows) {
            return Err(Malformed::foreign(
                "binary digits (xxd -b), but the characters of the first line do not show it",
            ));
        }
        Ok(false)
    }
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
