//! The order of bytes in the groups of `xxd`, which `-e` reverses. Only the characters show it.

use super::digits::{Digits, Shown, begins_with, matching, shown};
use super::line::{DECISIVE, Malformed, is_decisive};

/// The default number of bytes in a group.
const USUAL_GROUP: usize = 2;

/// The order in which the bytes of a group are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Usual,
    /// The last group of a line may be short: it ends where a long one ends.
    Reversed {
        /// The number of bytes in a group.
        group: usize,
    },
}

/// Puts the bytes of groups in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups {
    /// The user has named the format. Groups of unknown byte order are read as they are.
    explicit: bool,
    /// The order, once the characters have shown it.
    order: Option<Order>,
    /// The characters of a line have the reverse order in each group, in few groups.
    reversed: bool,
    /// The length of groups of unknown byte order.
    undecided: Option<usize>,
    /// Bytes were read as they stand although the order was unknown.
    assumed: bool,
}

impl Groups {
    /// `explicit`: the user has named the format.
    pub(super) fn new(explicit: bool) -> Self {
        Self {
            explicit,
            ..Self::default()
        }
    }

    /// Whether the groups are known to be reversed.
    pub(super) fn are_reversed(&self) -> bool {
        matches!(self.order, Some(Order::Reversed { .. }))
    }

    /// Finds the byte order of a line, and puts `bytes`, which are as they stand, in order.
    pub(super) fn put_in_order(
        &mut self,
        digits: &Digits<'_>,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let longest = digits.groups.iter().map(|group| group.len() / 2).max();
        match self.order {
            Some(Order::Usual) => still_usual(digits, longest.unwrap_or_default(), bytes),
            Some(Order::Reversed { group }) => {
                *bytes = still_reversed(digits, group, bytes)?;
                Ok(())
            }
            None => match longest {
                Some(group) if group > 1 && digits.is_printed() => self.find(digits, group, bytes),
                _ => Ok(()),
            },
        }
    }

    /// Finds the byte order, and puts `bytes` in order.
    fn find(
        &mut self,
        digits: &Digits<'_>,
        group: usize,
        bytes: &mut Vec<u8>,
    ) -> Result<(), Malformed> {
        let usual = shown(digits.behind, bytes);
        let (reversed, behind) = digits.reversed(group);
        let matching_usual = matching(digits.behind, bytes);
        let matching_reversed = matching(behind, &reversed);
        let has_gap = reversed.len() > bytes.len();
        let is_clear = has_gap || matching_reversed >= matching_usual + DECISIVE;
        // A few bytes were edited.
        let is_likely =
            matching_reversed > matching_usual && 4 * matching_reversed >= 3 * reversed.len();
        match (usual, shown(behind, &reversed)) {
            (usual, other) if usual > other => self.order = Some(Order::Usual),
            (usual, other) if usual < other && is_clear => {
                if self.assumed {
                    return Err(Malformed::foreign(
                        "its groups are little-endian (xxd -e), but earlier lines do not show their byte order",
                    ));
                }
                self.order = Some(Order::Reversed { group });
                *bytes = reversed;
            }
            (usual, other) if usual < other => (self.reversed, self.assumed) = (true, true),
            (Shown::No, _) if is_likely || is_short_group(digits, group, &reversed) => {
                (self.reversed, self.assumed) = (true, true);
            }
            (Shown::Padded | Shown::Exactly, _) if reversed == *bytes => {}
            _ => {
                self.assumed = true;
                if group > USUAL_GROUP {
                    self.undecided = Some(group);
                }
            }
        }
        Ok(())
    }

    /// Checks that the text may end here.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
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

/// Checks a line after others with the usual order. A few bytes may have changed places in an edit.
fn still_usual(digits: &Digits<'_>, group: usize, bytes: &[u8]) -> Result<(), Malformed> {
    if group <= 1 || digits.show(bytes) {
        return Ok(());
    }
    let (reversed, behind) = digits.reversed(group);
    let is_clear = reversed.len() > bytes.len() || is_decisive(bytes, &reversed);
    if is_clear && shown(behind, &reversed) != Shown::No {
        return Err("its groups are little-endian (xxd -e), unlike those of earlier lines".into());
    }
    Ok(())
}

/// The bytes of a line after others with reversed groups.
fn still_reversed(digits: &Digits<'_>, group: usize, bytes: &[u8]) -> Result<Vec<u8>, Malformed> {
    let (reversed, behind) = digits.reversed(group);
    let is_reversed = shown(behind, &reversed) != Shown::No;
    if digits.show(bytes) && !is_reversed {
        return Err(Malformed::foreign(
            "the byte order of its groups differs from earlier lines",
        ));
    }
    let is_short = bytes.is_empty() || is_short_group(digits, group, &reversed);
    if !is_reversed && is_short || reversed.is_empty() || reversed.len() < bytes.len() {
        return Err("a short group and other characters than its bytes".into());
    }
    Ok(reversed)
}

/// Whether the text behind the digits starts with one more group, shorter than the others: `xxd -e` puts the last
/// bytes after a gap, and old ones print characters over its end.
fn is_short_group(digits: &Digits<'_>, group: usize, reversed: &[u8]) -> bool {
    let characters = digits.characters();
    let is_short = |bytes| {
        characters
            .split_at_checked(2 * bytes)
            .is_some_and(|(digits, after)| {
                digits.iter().all(u8::is_ascii_hexdigit)
                    && (after.starts_with(b"  ") || begins_with(after, reversed))
            })
    };
    digits.behind.starts_with(b"   ") && (1..group).any(is_short)
}
