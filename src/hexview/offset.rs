//! The hexadecimal offset column.

/// How many digits an offset is printed with: eight, or as many as it needs.
pub(super) fn digits(offset: u64) -> usize {
    (16 - offset.leading_zeros() as usize / 4).max(8)
}

/// How many of `lines` lines of `step` bytes, from `offset` on, are printed with `digits` digits.
/// At least one, when there is a line.
pub(super) fn lines_with(digits: usize, offset: u64, step: usize, lines: usize) -> usize {
    let last = u64::MAX
        .checked_shr(64 - 4 * digits as u32)
        .unwrap_or(u64::MAX);
    let fit = (last.saturating_sub(offset) / step as u64).saturating_add(1);
    usize::try_from(fit).unwrap_or(usize::MAX).min(lines)
}

/// The sixteen digits of `offset`.
pub(super) fn encode(offset: u64) -> [u8; 16] {
    let high = eight_digits((offset >> 32) as u32);
    let low = eight_digits(offset as u32);
    (u128::from(high) | u128::from(low) << 64).to_le_bytes()
}

/// The text of the offset column for `offset`.
pub(super) fn column(offset: u64) -> String {
    format!("{offset:08x}")
}

/// The eight digits of `value`, the first in the lowest byte.
fn eight_digits(value: u32) -> u64 {
    // Move each nibble into a byte of its own, then turn all eight into digits at once: a byte of
    // ten or more gains a carry into bit 4 when six is added, which selects the letters.
    let value = u64::from(value.swap_bytes());
    let value = (value | value << 16) & 0x0000_ffff_0000_ffff;
    let value = (value | value << 8) & 0x00ff_00ff_00ff_00ff;
    let value = (value >> 4 | value << 8) & 0x0f0f_0f0f_0f0f_0f0f;
    let letters = (value + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    value + 0x3030_3030_3030_3030 + letters * 39
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_of_the_standard_library() {
        for value in [
            0,
            1,
            9,
            10,
            15,
            16,
            0xdead_beef,
            u64::MAX,
            0x0123_4567_89ab_cdef,
            1 << 32,
        ] {
            assert_eq!(encode(value), *format!("{value:016x}").as_bytes());
            assert_eq!(digits(value), format!("{value:08x}").len());
        }
    }

    #[test]
    fn lines_are_counted_up_to_the_next_digit() {
        assert_eq!(lines_with(8, 0xffff_fff0, 16, 5), 1);
        assert_eq!(lines_with(8, 0xffff_ffe1, 16, 5), 2);
        assert_eq!(lines_with(8, 0, 16, 5), 5);
        assert_eq!(lines_with(16, u64::MAX, 16, 5), 1);
    }
}
