//! One integer as text, right-aligned in 24 characters. Types and byte orders are in `value`.
//!
//! There are no branches and no tables here, so the compiler can convert several numbers at once
//! with vectors. A `u64` holds eight characters, the first in the lowest byte.

/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// Eight spaces.
pub(super) const SPACES: u64 = ONES * b' ' as u64;

/// One more than the largest number of eight digits.
pub(super) const GROUP: u64 = 100_000_000;

/// Characters in a [`Text`].
pub(super) const WIDTH: usize = 24;

/// A number at the end of 24 characters, after spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Text(pub(super) [u64; 3]);

impl Text {
    /// A number below 10^8; below 10^7 with a minus sign.
    #[inline(always)]
    pub(super) fn short(value: u32, negative: bool) -> Self {
        let digits = eight_digits(value);
        let shown = shown(digits) | 1 << 56;
        Self([SPACES, SPACES, text(digits, shown, 0, negative)])
    }

    /// Any 32-bit number.
    #[inline(always)]
    pub(super) fn medium(value: u32, negative: bool) -> Self {
        let (high, low) = (value / 100_000_000, value % 100_000_000);
        let tens = (high * 103) >> 10;
        let high = u64::from(tens) << 48 | u64::from(high - 10 * tens) << 56;
        let low = eight_digits(low);
        let shown_high = shown(high);
        let shown_low = shown(low) | behind(shown_high) | 1 << 56;
        Self([
            SPACES,
            text(high, shown_high, shown_low, negative),
            text(low, shown_low, 0, negative),
        ])
    }

    /// Any 64-bit number, split by [`split`].
    #[inline(always)]
    pub(super) fn long([high, middle, low]: [u32; 3], negative: bool) -> Self {
        let (high, middle, low) = (eight_digits(high), eight_digits(middle), eight_digits(low));
        let shown_high = shown(high);
        let shown_middle = shown(middle) | behind(shown_high);
        let shown_low = shown(low) | behind(shown_middle) | 1 << 56;
        Self([
            text(high, shown_high, shown_middle, negative),
            text(middle, shown_middle, shown_low, negative),
            text(low, shown_low, 0, negative),
        ])
    }

    /// A short text; only its last 24 characters when it is longer.
    pub(super) fn of(text: &[u8]) -> Self {
        let mut characters = [b' '; WIDTH];
        let text = text.last_chunk::<WIDTH>().map_or(text, |last| last);
        if let Some(place) = characters.get_mut(WIDTH - text.len()..) {
            place.copy_from_slice(text);
        }
        Self::of_all(&characters)
    }

    /// Two short texts, one after the other; only the last 24 characters when they are longer.
    #[inline(always)]
    pub(super) fn joined(first: &[u8], second: &[u8]) -> Self {
        let mut characters = [b' '; 3 * WIDTH];
        let middle = WIDTH + first.len().min(WIDTH);
        let end = middle + second.len().min(WIDTH);
        if let Some(place) = characters.get_mut(WIDTH..middle) {
            place.copy_from_slice(first.get(..place.len()).unwrap_or_default());
        }
        if let Some(place) = characters.get_mut(middle..end) {
            place.copy_from_slice(second.get(..place.len()).unwrap_or_default());
        }
        let last = characters.get(end - WIDTH..).and_then(<[u8]>::first_chunk);
        Self::of_all(last.unwrap_or(&[b' '; WIDTH]))
    }

    /// These characters.
    #[inline(always)]
    fn of_all(characters: &[u8; WIDTH]) -> Self {
        let mut parts = [0; 3];
        for (part, bytes) in parts.iter_mut().zip(characters.as_chunks::<8>().0) {
            *part = u64::from_le_bytes(*bytes);
        }
        Self(parts)
    }

    /// The number of characters that are not spaces.
    #[inline(always)]
    pub(super) fn length(self) -> usize {
        let [front, middle, back] = self
            .0
            .map(|part| (part ^ SPACES).trailing_zeros() as usize / 8);
        match (front, middle) {
            (8, 8) => 8 - back,
            (8, _) => 16 - middle,
            _ => WIDTH - front,
        }
    }
}

/// A 64-bit number in three groups of eight digits.
#[inline(always)]
pub(super) fn split(value: u64) -> [u32; 3] {
    let rest = value / GROUP;
    [rest / GROUP, rest % GROUP, value % GROUP].map(|group| group as u32)
}

/// The eight digits of a number below 10^8, as characters.
#[inline(always)]
pub(super) fn eight_characters(value: u32) -> u64 {
    eight_digits(value) + ONES * u64::from(b'0')
}

/// The values of the eight digits of a number below 10^8.
#[inline(always)]
fn eight_digits(value: u32) -> u64 {
    // Splits into two halves of four digits, these into two of two digits, and these into single
    // digits. All splits of a step are one multiplication with the inverse.
    let (high, low) = (value / 10_000, value % 10_000);
    let fours = u64::from(high) | u64::from(low) << 32;
    let hundreds = ((fours * 10_486) >> 20) & 0x0000_007f_0000_007f;
    let twos = hundreds | (fours - 100 * hundreds) << 16;
    let tens = ((twos * 103) >> 10) & 0x000f_000f_000f_000f;
    tens | (twos - 10 * tens) << 8
}

/// A one for every digit that is not a leading zero.
#[inline(always)]
fn shown(digits: u64) -> u64 {
    // The lowest bit that is set is in the first digit that is not a zero. The sum sets all bits above it.
    (digits | digits.wrapping_neg()) >> 7 & ONES
}

/// Ones for the next eight digits if the last of these digits is shown, zeros otherwise.
#[inline(always)]
fn behind(shown: u64) -> u64 {
    (shown >> 56).wrapping_neg() & ONES
}

/// Eight characters: the digits that are shown after spaces, the last of which is the minus sign
/// of a negative number. `next` says whether the digit after the eight is shown.
#[inline(always)]
fn text(digits: u64, shown: u64, next: u64, negative: bool) -> u64 {
    let before_first = (shown >> 8 | next << 56) & !shown;
    let sign = u64::from(negative).wrapping_neg() & (before_first * u64::from(b' ' ^ b'-'));
    (digits + SPACES + (shown << 4)) ^ sign
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: Text) -> String {
        let bytes = text.0.map(u64::to_le_bytes).concat();
        let shown = String::from_utf8(bytes).unwrap();
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
            let long = format!("{sign}{value}");
            prop_assert_eq!(shown(Text::long(split(value), negative)), format!("{long:>24}"));
            let medium = value as u32;
            let text = format!("{sign}{medium}");
            prop_assert_eq!(shown(Text::medium(medium, negative)), format!("{text:>24}"));
            let short = medium % 10_000_000;
            let text = format!("{sign}{short}");
            prop_assert_eq!(shown(Text::short(short, negative)), format!("{text:>24}"));
            prop_assert_eq!(shown(Text::of(text.as_bytes())), shown(Text::short(short, negative)));
        }
    }
}
