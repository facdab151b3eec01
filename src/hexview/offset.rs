//! The hexadecimal offset column. Decimal offsets are built in `values`.

use super::block::Block;

/// The number of lines of `step` bytes, from `offset` on, that start before the next multiple of
/// 4 GiB: at least one and at most `lines`.
pub(super) fn lines_below(offset: u64, step: usize, lines: usize) -> usize {
    let left = u64::from(u32::MAX - offset as u32);
    let fit = left / step.max(1) as u64 + 1;
    usize::try_from(fit).unwrap_or(usize::MAX).min(lines)
}

/// The offset column of consecutive lines between two multiples of 4 GiB.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    /// The digits of the upper half, without leading zeros.
    lead: [u8; 8],
    length: usize,
    low: u32,
}

impl Column {
    /// The column of a line at `offset`.
    pub(super) fn new(offset: u64) -> Self {
        let high = (offset >> 32) as u32;
        let length = 8 - high.leading_zeros() as usize / 4;
        Self::with_lead(offset, length)
    }

    /// The column with `length` digits for the upper half, at most eight.
    pub(super) fn with_lead(offset: u64, length: usize) -> Self {
        let digits = eight_digits((offset >> 32) as u32);
        let length = length.min(8);
        let skipped = 8 * (8 - length) as u32;
        let lead = digits.checked_shr(skipped).unwrap_or(0).to_le_bytes();
        Self {
            lead,
            length,
            low: offset as u32,
        }
    }

    /// The digits before the last eight.
    #[inline(always)]
    pub(super) fn lead(&self) -> &[u8] {
        self.lead.get(..self.length).unwrap_or_default()
    }

    /// The last eight digits, the first in the lowest byte.
    #[inline(always)]
    pub(super) fn low(&self) -> u64 {
        eight_digits(self.low)
    }

    /// The number in the last eight digits.
    #[inline(always)]
    pub(super) fn number(&self) -> u32 {
        self.low
    }

    /// Moves to the next line.
    #[inline(always)]
    pub(super) fn step(&mut self, bytes: usize) {
        self.low = self.low.wrapping_add(bytes as u32);
    }
}

/// Appends the offset column for `offset`.
pub(super) fn push(offset: u64, text: &mut Block) {
    let column = Column::new(offset);
    text.push(column.lead());
    text.push(&column.low().to_le_bytes());
}

/// The eight digits of `value`, the first in the lowest byte.
#[inline(always)]
fn eight_digits(value: u32) -> u64 {
    // Each nibble moves to a separate byte, and all eight become digits at once. Adding six to a
    // nibble of ten or more carries into bit 4, which selects the letters.
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
    fn a_column_has_at_least_eight_digits() {
        for value in [0, 0xdead_beef, 1 << 32, 0x0fed_cba9_8765_4321, u64::MAX] {
            let mut text = Block::default();
            push(value, &mut text);
            assert_eq!(text.text(), format!("{value:08x}").as_bytes());
        }
    }

    #[test]
    fn lines_are_counted_up_to_the_next_4_gib() {
        assert_eq!(lines_below(0xffff_fff0, 16, 5), 1);
        assert_eq!(lines_below(0xffff_ffdf, 16, 5), 3);
        assert_eq!(lines_below(0x5_0000_0000, 16, 5), 5);
        assert_eq!(lines_below(u64::MAX, 16, 5), 1);
    }
}
