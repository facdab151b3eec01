//! Lines of `xxd`: an offset with a colon, groups of digits with a space before each, and the
//! characters after two spaces. They are printed elsewhere.
//!
//! The options `-b`, `-d` and `-e` print lines that look like these but mean other bytes. They are
//! recognised by their characters, or by offsets that only continue in decimal. A text that shows
//! too late that it has one of these layouts is refused. Apart from that, the characters of a line
//! do not affect its own bytes: a user who edits the digits of a line may leave its characters
//! unchanged.

use super::super::{hex, xxd};
use super::line::{Malformed, Parse, Parsed, number, pairs, split_before};

/// The default number of bytes in a group.
const USUAL_GROUP: usize = 2;
/// The default number of groups in a line.
const USUAL_GROUPS: usize = 8;
/// The number of bytes that change places when the groups of a line are reversed, from which on the characters show
/// that they are reversed. Fewer may have been edited by hand.
const DECISIVE: usize = 3;

/// Reads `xxd`.
#[derive(Clone, Debug, Default)]
pub(super) struct Xxd {
    /// The user has named the format. Groups of unknown byte order are read as they are.
    explicit: bool,
    /// The line before.
    before: Option<Before>,
    /// The order of bytes in groups, once the characters have shown it.
    order: Option<Order>,
    /// The length of groups that are printed in reverse.
    group: usize,
    /// The characters of a line have the reverse order in each group, in few groups.
    reversed: bool,
    /// The length of groups of unknown byte order.
    undecided: Option<usize>,
    /// Bytes were read as they stand although the order was unknown.
    assumed: bool,
    /// Digits are bits; none before the first line.
    binary: Option<bool>,
    /// Offsets are decimal, once that is known.
    decimal: Option<bool>,
    /// The first offset is zero, and lines that continue in decimal only.
    from_zero: bool,
    decimal_lines: u64,
    /// An offset was read as hexadecimal that has another value in decimal.
    assumed_hexadecimal: bool,
}

/// The order in which the bytes of a group are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Usual,
    Reversed,
}

/// A line that the next one is compared with.
#[derive(Clone, Copy, Debug)]
struct Before {
    offset: u64,
    length: usize,
    has_characters: bool,
    /// The line has room for characters, which may be spaces.
    is_printed: bool,
    /// All digits are 0 or 1, and their number is a multiple of eight in each group.
    may_be_binary: bool,
}

/// The digits of a line, and the text after them.
#[derive(Clone, Debug)]
struct Digits<'a> {
    /// The line after the colon.
    all: &'a [u8],
    /// The digits of each group.
    groups: Vec<&'a [u8]>,
    behind: &'a [u8],
}

impl<'a> Digits<'a> {
    /// Splits a line after its colon.
    fn new(all: &'a [u8]) -> Self {
        let mut groups = Vec::with_capacity(USUAL_GROUPS);
        let mut rest = all;
        while let Some((b' ' | b'\t', group)) = rest.split_first() {
            let (digits, later) = split_before(group, is_blank);
            if digits.is_empty() {
                // Two blanks.
                break;
            }
            groups.push(digits);
            rest = later;
        }
        Self {
            all,
            groups,
            behind: rest,
        }
    }

    /// The text of the groups.
    fn shown(&self) -> &'a [u8] {
        let length = self.all.len() - self.behind.len();
        self.all.get(..length).unwrap_or_default()
    }

    fn characters(&self) -> &'a [u8] {
        self.behind.trim_ascii()
    }

    /// The bytes of groups of bits.
    fn bits(&self) -> Vec<u8> {
        let digits = self
            .groups
            .iter()
            .flat_map(|group| group.as_chunks::<8>().0);
        let byte = |bits: &[u8; 8]| bits.iter().fold(0, |byte, bit| byte << 1 | (bit & 1));
        digits.map(byte).collect()
    }

    /// The bytes of groups that are printed in reverse. The last group may be short: it ends where a long one ends.
    fn reversed(&self, group: usize) -> (Vec<u8>, &'a [u8]) {
        let mut bytes = Vec::new();
        let mut rest = self.all;
        let mut whole = true;
        while let Some((b' ', cells)) = rest.split_first()
            && let Some((cell, later)) = cells.split_at_checked(2 * group)
            && let digits = cell.trim_ascii_start()
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_hexdigit)
            && matches!(later.first(), None | Some(b' '))
            && whole
            // Characters that begin with a blank may look like a short group.
            && (digits.len() == cell.len() || !shows(rest, &bytes))
        {
            whole = digits.len() == cell.len();
            let before = bytes.len();
            if pairs(digits, &mut bytes).is_err() {
                bytes.truncate(before);
                break;
            }
            bytes.get_mut(before..).unwrap_or_default().reverse();
            rest = later;
        }
        (bytes, rest)
    }
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
        let offset = offset.trim_ascii_start();
        let digits = Digits::new(rest.get(1..).unwrap_or_default());
        for group in &digits.groups {
            pairs(group, bytes)?;
        }
        let starts_short = bytes.is_empty() && self.order == Some(Order::Reversed);
        if bytes.is_empty() && !starts_short {
            return Err("no bytes".into());
        }
        if digits.behind.first().is_some_and(|byte| !is_blank(byte)) {
            return Err("no space after the offset".into());
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
            is_printed: digits.behind.len() > 2,
            may_be_binary: !starts_short && may_be_binary(digits.shown()),
        };
        if self.are_bits(line, &digits)? {
            *bytes = digits.bits();
        } else {
            self.put_in_order(&digits, bytes)?;
        }
        line.length = bytes.len();
        self.find_radix(&mut line, offset)?;
        self.before = Some(line);
        Ok(Parsed::Bytes(Some(line.offset)))
    }

    fn finish(&self) -> Result<(), Malformed> {
        if self.decimal == Some(true) && !self.from_zero && self.decimal_lines < 2 {
            return Err(Malformed::foreign(
                "one line alone does not show whether the offsets are decimal (xxd -d) or a line is missing",
            ));
        }
        if self.order.is_some() {
            return Ok(());
        }
        if self.reversed {
            return Err(Malformed::foreign(
                "the characters show the bytes of each group the other way round, as xxd -e prints them, in too few \
                 groups to be sure; without the characters they are read as they stand",
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
    /// Whether the digits of a line are bits, as `xxd -b` prints them. Its characters show it in the first line.
    fn are_bits(&mut self, line: Before, digits: &Digits<'_>) -> Result<bool, Malformed> {
        if !line.may_be_binary {
            return match self.binary.replace(self.binary.unwrap_or(false)) {
                Some(true) => Err("not binary digits, as in earlier lines".into()),
                _ => Ok(false),
            };
        }
        if self.binary == Some(true) {
            return Ok(true);
        }
        let bits = digits.bits();
        if self.binary.is_none() && line.has_characters && shows(digits.behind, &bits) {
            self.binary = Some(true);
            return Ok(true);
        }
        self.binary = Some(false);
        let follows = |before: Before| {
            let bytes = (before.length / 4) as u64;
            before.may_be_binary && before.offset.checked_add(bytes) == Some(line.offset)
        };
        let is_short = digits.characters().len() <= bits.len();
        if line.has_characters && is_short || self.before.is_some_and(follows) {
            return Err(Malformed::foreign(
                "binary digits (xxd -b), but the characters of the first line do not show it",
            ));
        }
        Ok(false)
    }

    /// Finds out whether offsets are decimal, as `xxd -d` prints them, from a line that continues the one before. Lines
    /// without characters may be written by hand and have any offset.
    fn find_radix(&mut self, line: &mut Before, offset: &[u8]) -> Result<(), Malformed> {
        let decimal = str::from_utf8(offset)
            .ok()
            .and_then(|digits| digits.parse().ok());
        if self.before.is_none() && self.decimal.is_none() && !self.assumed_hexadecimal {
            self.from_zero = line.offset == 0;
        }
        if self.decimal == Some(true) {
            line.offset = decimal.ok_or("not a decimal offset, as in earlier lines")?;
            let end = self
                .before
                .and_then(|before| before.offset.checked_add(before.length as u64));
            if end.is_some_and(|end| end != line.offset) {
                return Err(Malformed::foreign(
                    "the offset does not continue earlier lines, whose offsets are decimal (xxd -d)",
                ));
            }
            self.decimal_lines += 1;
            return Ok(());
        }
        if decimal == Some(line.offset) || self.decimal == Some(false) && decimal.is_none() {
            return Ok(());
        }
        if let Some(before) = self.before.filter(|before| before.is_printed) {
            let length = before.length as u64;
            let continues = |before: Option<u64>, offset: Option<u64>| {
                let end = before.and_then(|before| before.checked_add(length));
                end.is_some() && end == offset
            };
            if continues(Some(before.offset), Some(line.offset)) {
                self.decimal = Some(false);
                return Ok(());
            }
            let printed = as_decimal(before.offset);
            if continues(printed, decimal) {
                if self.assumed_hexadecimal || self.decimal == Some(false) {
                    return Err(Malformed::foreign(
                        "the offsets are decimal (xxd -d), but the first one does not show it; start the dump at an \
                         offset below 10, or use hexadecimal offsets",
                    ));
                }
                self.decimal = Some(true);
                self.decimal_lines = 1;
                line.offset = decimal.unwrap_or(line.offset);
                return Ok(());
            }
        }
        self.assumed_hexadecimal = true;
        Ok(())
    }

    /// Finds the byte order of the groups from the characters, and puts `bytes` in order.
    fn put_in_order(&mut self, digits: &Digits<'_>, bytes: &mut Vec<u8>) -> Result<(), Malformed> {
        let group = match self.order {
            Some(Order::Reversed) => Some(self.group),
            _ => digits.groups.iter().map(|group| group.len() / 2).max(),
        };
        let Some(group) = group.filter(|group| *group > 1) else {
            return Ok(());
        };
        if self.order == Some(Order::Usual)
            || digits.characters().is_empty() && self.order.is_none()
        {
            return Ok(());
        }
        let (reversed, behind) = digits.reversed(group);
        let usual = shows(digits.behind, bytes);
        let has_gap = reversed.len() > bytes.len();
        let is_reversed = shows(behind, &reversed);
        if self.order == Some(Order::Reversed) {
            if usual && !is_reversed {
                return Err(Malformed::foreign(
                    "the byte order of its groups differs from earlier lines",
                ));
            }
            let is_short = bytes.is_empty() || is_short_group(digits.characters(), group);
            if !is_reversed && is_short || reversed.is_empty() {
                return Err("a short group and other characters than its bytes".into());
            }
            *bytes = reversed;
            return Ok(());
        }
        let changed = bytes.iter().zip(&reversed).filter(|(a, b)| a != b).count();
        match (usual, is_reversed) {
            (true, false) => self.order = Some(Order::Usual),
            (false, true) if changed >= DECISIVE || has_gap => {
                if self.assumed {
                    return Err(Malformed::foreign(
                        "its groups are little-endian (xxd -e), but earlier lines do not show their byte order",
                    ));
                }
                self.order = Some(Order::Reversed);
                self.group = group;
                *bytes = reversed;
            }
            (false, true) => (self.reversed, self.assumed) = (true, true),
            (false, false) if is_short_group(digits.characters(), group) => {
                (self.reversed, self.assumed) = (true, true);
            }
            (true, true) if reversed == *bytes => {}
            _ => {
                self.assumed = true;
                if group > USUAL_GROUP {
                    self.undecided = Some(group);
                }
            }
        }
        Ok(())
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

/// Whether `behind` is spaces and then `bytes` as characters, of ASCII or EBCDIC. Trailing spaces may be missing.
fn shows(behind: &[u8], bytes: &[u8]) -> bool {
    let behind = behind.trim_ascii_end();
    [&hex::PRINTABLE, &xxd::EBCDIC].iter().any(|table| {
        let characters: Vec<u8> = bytes.iter().map(|byte| table[usize::from(*byte)]).collect();
        let before = behind.strip_suffix(characters.trim_ascii_end());
        before.is_some_and(|before| before.trim_ascii().is_empty())
    })
}
