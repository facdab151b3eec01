//! The digits of a line of `xxd`, and the characters behind them.

use super::super::{hex, xxd};
use super::line::{pairs, split_before};

/// The default number of groups in a line.
const USUAL_GROUPS: usize = 8;
/// The spaces before the characters.
pub(super) const GAP: usize = 2;

/// The digits of a line, and the text after them.
#[derive(Clone, Debug)]
pub(super) struct Digits<'a> {
    /// The line after the colon.
    all: &'a [u8],
    /// The digits of each group.
    pub(super) groups: Vec<&'a [u8]>,
    pub(super) behind: &'a [u8],
}

impl<'a> Digits<'a> {
    /// Splits a line after its colon.
    pub(super) fn new(all: &'a [u8]) -> Self {
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
    pub(super) fn shown(&self) -> &'a [u8] {
        let length = self.all.len() - self.behind.len();
        self.all.get(..length).unwrap_or_default()
    }

    pub(super) fn characters(&self) -> &'a [u8] {
        self.behind.trim_ascii()
    }

    /// Whether the characters of the line are those of `bytes`.
    pub(super) fn show(&self, bytes: &[u8]) -> bool {
        shown(self.behind, bytes) != Shown::No
    }

    /// Whether there is room for characters, which may be spaces.
    pub(super) fn is_printed(&self) -> bool {
        self.behind.len() > GAP
    }

    /// Whether the line seems to have no characters, but its last groups are those of the `bytes` of the groups before.
    pub(super) fn are_with_characters(&self, bytes: &[u8]) -> bool {
        let mut characters = self.shown();
        let mut before = 0;
        let mut groups = self.groups.iter();
        self.behind.is_empty()
            && groups.any(|group| {
                before += group.len() / 2;
                characters = characters.get(1 + group.len()..).unwrap_or_default();
                characters.len() == 1 + before
                    && shown(characters, bytes.get(..before).unwrap_or_default()) != Shown::No
            })
    }

    /// Whether more bytes seem to stand where the characters should be.
    pub(super) fn have_bytes_behind(&self) -> bool {
        let words = self.behind.split(is_blank).filter(|word| !word.is_empty());
        let is_byte = |word: &[u8]| word.len() == 2 && word.iter().all(u8::is_ascii_hexdigit);
        words.clone().all(is_byte) && words.count() > 2
    }

    /// The bytes of groups of bits.
    pub(super) fn bits(&self) -> Vec<u8> {
        let digits = self
            .groups
            .iter()
            .flat_map(|group| group.as_chunks::<8>().0);
        let byte = |bits: &[u8; 8]| bits.iter().fold(0, |byte, bit| byte << 1 | (bit & 1));
        digits.map(byte).collect()
    }

    /// The bytes of groups that are printed in reverse. The last group may be short: it ends where a long one ends.
    pub(super) fn reversed(&self, group: usize) -> (Vec<u8>, &'a [u8]) {
        let mut bytes = Vec::new();
        let mut rest = self.all;
        let mut whole = true;
        while let Some((b' ', cells)) = rest.split_first()
            && let Some((cell, later)) = cells.split_at_checked(2 * group)
            && let digits = cell.trim_ascii_start()
            && !digits.is_empty()
            && digits.iter().all(u8::is_ascii_hexdigit)
            && whole
            && match digits.len() == cell.len() {
                true => matches!(later.first(), None | Some(b' ')),
                // Characters that begin with a blank may look like a short group.
                false => {
                    (later.is_empty() || later.starts_with(b"  "))
                        && shown(rest, &bytes) == Shown::No
                }
            }
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

/// Whether the byte separates groups.
pub(super) fn is_blank(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// How the text behind the digits shows bytes as characters, from less to more certain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shown {
    /// It has other characters.
    No,
    /// The characters are those of the bytes, but there are more spaces before them, or fewer behind them.
    Padded,
    /// The characters begin behind two spaces.
    Exactly,
}

/// The tables that `xxd` takes characters from: ASCII, and EBCDIC with `-E`.
const TABLES: [&[u8; 256]; 2] = [&hex::PRINTABLE, &xxd::EBCDIC];

/// Whether `text` starts with the characters of `bytes` in a table.
fn begins_in(table: &[u8; 256], text: &[u8], bytes: &[u8]) -> bool {
    let mut pairs = text.iter().zip(bytes);
    text.len() >= bytes.len() && pairs.all(|(shown, byte)| *shown == table[usize::from(*byte)])
}

/// Whether `text` starts with the characters of `bytes`.
pub(super) fn begins_with(text: &[u8], bytes: &[u8]) -> bool {
    TABLES.iter().any(|table| begins_in(table, text, bytes))
}

/// How `behind` shows `bytes` as characters.
pub(super) fn shown(behind: &[u8], bytes: &[u8]) -> Shown {
    let exact = behind.strip_prefix(b"  ");
    let exact = exact.filter(|text| text.len() == bytes.len());
    if exact.is_some_and(|text| begins_with(text, bytes)) {
        return Shown::Exactly;
    }
    let behind = behind.trim_ascii_end();
    let is_padded = |table: &&[u8; 256]| {
        let is_visible = |byte: &u8| table[usize::from(*byte)] != b' ';
        let visible = bytes
            .iter()
            .rposition(is_visible)
            .map_or(0, |last| last + 1);
        let place = behind.len().checked_sub(visible);
        let parts = place.and_then(|place| behind.split_at_checked(place));
        parts.is_some_and(|(before, text)| {
            before.trim_ascii().is_empty()
                && begins_in(table, text, bytes.get(..visible).unwrap_or_default())
        })
    };
    match TABLES.iter().any(is_padded) {
        true => Shown::Padded,
        false => Shown::No,
    }
}

/// The number of `bytes` whose characters are shown, behind two spaces or at the end.
pub(super) fn matching(behind: &[u8], bytes: &[u8]) -> usize {
    let places = [GAP, behind.len().saturating_sub(bytes.len())];
    let ways = places.into_iter().flat_map(|place| {
        let characters = behind.get(place..).unwrap_or_default();
        TABLES.map(|table| {
            let pairs = characters.iter().zip(bytes);
            let matching = pairs.filter(|(shown, byte)| **shown == table[usize::from(**byte)]);
            matching.count()
        })
    });
    ways.max().unwrap_or_default()
}
