//! One number as text, right-aligned in 24 characters. Types and byte orders are in `value`.
//!
//! There are no branches and no tables here, so the compiler can convert several numbers at once
//! with vectors. A `u32` holds four characters, the first in the lowest byte: vectors multiply 32-bit numbers.

/// One in each byte.
const ONES: u32 = 0x0101_0101;
/// Four spaces.
pub(super) const SPACES: u32 = ONES * b' ' as u32;

/// One more than the largest number of eight digits.
pub(super) const GROUP: u64 = 100_000_000;

/// Characters in a [`Text`].
pub(super) const WIDTH: usize = 24;

/// The groups of four characters in a [`Text`].
pub(super) const GROUPS: usize = WIDTH / 4;

/// A number at the end of 24 characters, after spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text(pub(super) [u32; GROUPS]);

impl Text {
    /// A number below 10^8; below 10^7 with a minus sign.
    #[inline(always)]
    pub(super) fn short(value: u32, negative: bool) -> Self {
        Self::digits([value / 10_000, value % 10_000], negative)
    }

    /// Any 32-bit number.
    #[inline(always)]
    pub(super) fn medium(value: u32, negative: bool) -> Self {
        let (high, low) = (value / 10_000, value % 10_000);
        Self::digits([high / 10_000, high % 10_000, low], negative)
    }

    /// Any 64-bit number, split by [`split`]; below 10^19 with a minus sign.
    #[inline(always)]
    pub(super) fn long([high, middle, low]: [u32; 3], negative: bool) -> Self {
        let groups = [
            high,
            middle / 10_000,
            middle % 10_000,
            low / 10_000,
            low % 10_000,
        ];
        Self::digits(groups, negative)
    }

    /// The number whose groups of four digits these are. There is room for a minus sign.
    #[inline(always)]
    fn digits<const N: usize>(groups: [u32; N], negative: bool) -> Self {
        let digits = groups.map(four_digits);
        let mut shown = [0; N];
        let mut before = 0;
        for (shown, digits) in shown.iter_mut().zip(digits) {
            *shown = self::shown(digits) | behind(before);
            before = *shown;
        }
        shown[N - 1] |= 1 << 24;
        let mut text = [SPACES; GROUPS];
        for place in 0..N {
            let next = if place + 1 < N { shown[place + 1] } else { 0 };
            text[GROUPS - N + place] = self::text(digits[place], shown[place], next, negative);
        }
        Self(text)
    }

    /// All characters.
    #[inline(always)]
    pub(super) fn characters(self) -> [u8; WIDTH] {
        let mut characters = [0; WIDTH];
        for (place, group) in characters.as_chunks_mut::<4>().0.iter_mut().zip(self.0) {
            *place = group.to_le_bytes();
        }
        characters
    }

    /// A text of at most 24 characters; only its first 24 when it is longer.
    #[inline(always)]
    pub(super) fn of_short(text: &[u8]) -> Self {
        // The text is stored after spaces, and read from there on where 24 characters reach its end.
        let mut characters = [b' '; 2 * WIDTH];
        let (_, place) = characters.split_at_mut(WIDTH);
        let length = text.len().min(WIDTH);
        // Two copies of a fixed size, which may overlap, are faster than one of any size.
        if let (Some(first), Some(last)) = (text.first_chunk::<16>(), text.last_chunk::<16>()) {
            place[..16].copy_from_slice(first);
            place[length - 16..length].copy_from_slice(last);
        } else if let (Some(first), Some(last)) = (text.first_chunk::<8>(), text.last_chunk::<8>())
        {
            place[..8].copy_from_slice(first);
            place[length - 8..length].copy_from_slice(last);
        } else {
            for (place, byte) in place.iter_mut().zip(text) {
                *place = *byte;
            }
        }
        let last = characters.get(length..).and_then(<[u8]>::first_chunk);
        Self::of_all(last.unwrap_or(&[b' '; WIDTH]))
    }

    /// These characters.
    #[inline(always)]
    pub(super) fn of_all(characters: &[u8; WIDTH]) -> Self {
        let mut groups = [0; GROUPS];
        for (group, bytes) in groups.iter_mut().zip(characters.as_chunks::<4>().0) {
            *group = u32::from_le_bytes(*bytes);
        }
        Self(groups)
    }

    /// The number of characters after the leading spaces.
    #[inline(always)]
    pub(super) fn length(self) -> usize {
        let spaces = self
            .characters()
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
        WIDTH - spaces
    }
}

/// A 64-bit number in three groups of eight digits.
#[inline(always)]
pub(super) fn split(value: u64) -> [u32; 3] {
    let rest = value / GROUP;
    [rest / GROUP, rest % GROUP, value % GROUP].map(|group| group as u32)
}

/// The values of the eight digits of a number below 10^8, the first in the lowest byte.
#[inline(always)]
pub(in super::super) fn eight_digits(value: u32) -> u64 {
    let [high, low] = [value / 10_000, value % 10_000].map(four_digits);
    u64::from(high) | u64::from(low) << 32
}

/// The values of the four digits of a number below 10^4.
#[inline(always)]
fn four_digits(value: u32) -> u32 {
    // Splits into two halves of two digits, and these into single digits. Both splits of a step are one multiplication
    // with the inverse. Vectors multiply 32-bit numbers, but not 64-bit ones.
    let hundreds = (value * 10_486) >> 20;
    let twos = hundreds | (value - 100 * hundreds) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f;
    tens | (twos - 10 * tens) << 8
}

/// A one for every digit that is not a leading zero.
#[inline(always)]
fn shown(digits: u32) -> u32 {
    // The lowest bit that is set is in the first digit that is not a zero. The sum sets all bits above it.
    (digits | digits.wrapping_neg()) >> 7 & ONES
}

/// Ones for the next four digits if the last of these digits is shown, zeros otherwise.
#[inline(always)]
fn behind(shown: u32) -> u32 {
    (shown >> 24).wrapping_neg() & ONES
}

/// Four characters: the digits that are shown after spaces, the last of which is the minus sign
/// of a negative number. `next` says whether the digit after the four is shown.
#[inline(always)]
fn text(digits: u32, shown: u32, next: u32, negative: bool) -> u32 {
    let before_first = (shown >> 8 | next << 24) & !shown;
    // A space and a minus sign differ in these bits.
    let sign = before_first | before_first << 2 | before_first << 3;
    let sign = u32::from(negative).wrapping_neg() & sign;
    (digits + SPACES + (shown << 4)) ^ sign
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: Text) -> String {
        let shown = String::from_utf8(text.characters().to_vec()).unwrap();
        assert_eq!(shown.trim_start().len(), text.length());
        shown
    }

    #[test]
    fn edge_values_match_the_standard_library() {
        let mut values = vec![
            0_u64,
            u64::MAX,
            i64::MAX as u64,
            1 << 63,
            u64::from(u32::MAX),
        ];
        values.extend((0..20).flat_map(|power| {
            let power = 10_u64.pow(power);
            [power - 1, power, power + 1]
        }));
        for value in values {
            assert_eq!(
                shown(Text::long(split(value), false)),
                format!("{value:>24}")
            );
            if value >= 10_u64.pow(19) {
                continue;
            }
            let negative = format!("-{value}");
            assert_eq!(
                shown(Text::long(split(value), true)),
                format!("{negative:>24}")
            );
        }
    }

    proptest! {
        #[test]
        fn numbers_match_the_standard_library(value: u64, negative: bool, bits in 0..64_u32) {
            let sign = if negative { "-" } else { "" };
            let value = value >> bits;
            let value = if negative { value % 10_u64.pow(19) } else { value };
            let long = format!("{sign}{value}");
            prop_assert_eq!(shown(Text::long(split(value), negative)), format!("{long:>24}"));
            let medium = value as u32;
            let text = format!("{sign}{medium}");
            prop_assert_eq!(shown(Text::medium(medium, negative)), format!("{text:>24}"));
            let short = medium % 10_000_000;
            let text = format!("{sign}{short}");
            prop_assert_eq!(shown(Text::short(short, negative)), format!("{text:>24}"));
            prop_assert_eq!(shown(Text::of_short(text.as_bytes())), shown(Text::short(short, negative)));
        }
    }
}
