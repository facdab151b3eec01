//! Lines of `xxd`: an offset with a colon, groups of digits with a space before each, and behind
//! two spaces the characters.
//!
//! Other layouts of `xxd` look like this one and mean other bytes: `-b`, `-d` and `-e`. They are known by
//! their characters, and by offsets that do not go on, and refused. The characters of a line decide nothing
//! about its own bytes, for whoever edits the digits of a line leaves them as they are.

use super::super::hex;
use super::line::{Malformed, Parse, Parsed, number, pairs};

/// The bytes in a group that `xxd` prints unless told otherwise.
const USUAL_GROUP: usize = 2;

/// Reads `xxd`.
#[derive(Clone, Debug, Default)]
pub(super) struct Xxd {
    /// The user says that it is this format: groups whose order nothing tells are in that of the text.
    told: bool,
    /// The line before.
    before: Option<Before>,
    /// A line whose characters follow the order of the text, and one whose groups are turned round.
    straight: bool,
    turned: bool,
    /// The length of groups of which nothing tells the order.
    undecided: Option<usize>,
}

/// What the next line is compared with.
#[derive(Clone, Copy, Debug)]
struct Before {
    offset: u64,
    length: usize,
    has_characters: bool,
    /// All its digits are 0 or 1, and there are eight for each byte.
    may_be_binary: bool,
}

impl Xxd {
    /// `told`: the user has named the format.
    pub(super) fn new(told: bool) -> Self {
        Self {
            told,
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
            return Err("no offset with a colon".into());
        };
        let offset = number(offset.trim_ascii_start())?;
        let mut rest = rest.get(1..).unwrap_or_default();
        let digits_start = rest;
        let mut groups = Vec::new();
        while let Some((b' ' | b'\t', group)) = rest.split_first() {
            let length = group.iter().position(is_blank).unwrap_or(group.len());
            if length == 0 {
                // Two blanks.
                break;
            }
            let (digits, later) = group.split_at(length);
            pairs(digits, bytes)?;
            groups.push(digits.len() / 2);
            rest = later;
        }
        if bytes.is_empty() {
            return Err("no bytes".into());
        }
        if rest.first().is_some_and(|byte| !is_blank(byte)) {
            return Err("no space behind the offset".into());
        }
        let shown = digits_start
            .get(..digits_start.len() - rest.len())
            .unwrap_or_default();
        let characters = rest.trim_ascii();
        let tabbed = shown.contains(&b'\t') && characters.is_empty();
        if tabbed && self.before.is_some_and(|before| before.has_characters) {
            return Err("a tab before what may be digits or characters".into());
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
        self.look_at_order(&groups, bytes, rest);
        Ok(Parsed::Bytes(Some(offset)))
    }

    fn finish(&self) -> Result<(), Malformed> {
        if self.straight {
            return Ok(());
        }
        if self.turned {
            return Err(Malformed::foreign(
                "the characters show the bytes of each group the other way round, as xxd -e prints them; without \
                 the characters they are read as they stand",
            ));
        }
        match self.undecided {
            Some(group) if !self.told => Err(Malformed::foreign(format!(
                "nothing in the text tells whether its groups of {group} bytes are as xxd or as xxd -e prints \
                 them; with --hex-format xxd, or without the characters, they are read as they stand"
            ))),
            _ => Ok(()),
        }
    }
}

impl Xxd {
    /// Refuses the digits of `xxd -b`, of which each is a bit.
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
            return Err(Malformed::foreign("binary digits, as xxd -b prints them"));
        }
        Ok(())
    }

    /// Refuses the offsets of `xxd -d`. Lines without characters are not of a program, and may jump to anywhere.
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
                "the offsets go on in decimal, as xxd -d prints them; without the characters they are read in \
                 hexadecimal",
            ));
        }
        Ok(())
    }

    /// Finds out by the characters behind `bytes` whether the groups are turned round.
    fn look_at_order(&mut self, groups: &[usize], bytes: &[u8], behind: &[u8]) {
        if self.straight {
            return;
        }
        let Some(group) = groups.iter().copied().max().filter(|group| *group > 1) else {
            return;
        };
        let characters = behind.trim_ascii();
        if characters.is_empty() {
            return;
        }
        let mut turned = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        for length in groups {
            let (bytes, later) = rest.split_at_checked(*length).unwrap_or((rest, &[]));
            turned.extend(bytes.iter().rev());
            rest = later;
        }
        let goes_on = is_short_group(characters, group);
        match (shows(behind, bytes), shows(behind, &turned)) {
            (true, false) => self.straight = true,
            (false, true) => self.turned = true,
            (false, false) if goes_on => self.turned = true,
            (true, true) if turned == bytes => {}
            _ if group > USUAL_GROUP => self.undecided = Some(group),
            _ => {}
        }
    }
}

/// Whether it stands between groups.
fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether `shown`, groups of digits, has eight digits 0 or 1 for each byte.
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

/// Whether behind a gap there is one more group, shorter than the others, and then characters: this is where
/// `xxd -e` puts what is left at the end.
fn is_short_group(characters: &[u8], group: usize) -> bool {
    let digits = characters
        .iter()
        .take_while(|digit| digit.is_ascii_hexdigit())
        .count();
    digits > 0
        && digits.is_multiple_of(2)
        && digits < 2 * group
        && characters
            .get(digits..)
            .is_some_and(|behind| behind.starts_with(b"  "))
}

/// Whether spaces and then these bytes as characters is what stands `behind`. Spaces at the end may be lost.
fn shows(behind: &[u8], bytes: &[u8]) -> bool {
    let characters: Vec<u8> = bytes.iter().map(|byte| hex::printable(*byte)).collect();
    let before = behind
        .trim_ascii_end()
        .strip_suffix(characters.trim_ascii_end());
    before.is_some_and(|before| before.trim_ascii().is_empty())
}
