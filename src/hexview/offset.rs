//! The columns of offsets of the hexadecimal formats. Those of numbers are built in `values`.

use super::block::Block;
use super::hex;
use super::place::store;
use super::values;

/// The number of lines of `step` bytes, from `offset` on, that start before the next multiple of
/// 4 GiB: at least one and at most `lines`.
pub(super) fn lines_below(offset: u64, step: usize, lines: usize) -> usize {
    let left = u64::from(u32::MAX - offset as u32);
    let fit = left / step.max(1) as u64 + 1;
    usize::try_from(fit).unwrap_or(usize::MAX).min(lines)
}

/// The offset column of consecutive lines between two multiples of 4 GiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// The digits of the upper half, without leading zeros.
    lead: [u8; 8],
    length: usize,
    low: u32,
    /// The digits of `low`, the first in the lowest byte.
    shown: u64,
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
            shown: eight_digits(offset as u32),
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
        self.shown
    }

    /// Stores all digits at `at` and returns the place after them.
    #[inline(always)]
    pub(super) fn store(&self, space: &mut [u8], at: usize) -> usize {
        let at = match self.length {
            0 => at,
            length => store(self.lead, length, space, at),
        };
        store(self.low().to_le_bytes(), 8, space, at)
    }

    /// Moves to the next line.
    #[inline(always)]
    pub(super) fn step(&mut self, bytes: usize) {
        let low = self.low.wrapping_add(bytes as u32);
        // Usually only the last two digits change.
        self.shown = if (low ^ self.low) >> 8 == 0 {
            let [a, b] = hex::digits(low as u8);
            self.shown & 0x0000_ffff_ffff_ffff | u64::from(a) << 48 | u64::from(b) << 56
        } else {
            eight_digits(low)
        };
        self.low = low;
    }
}

/// The offsets of consecutive lines.
#[derive(Clone, Copy, Debug)]
pub(super) enum Offsets {
    None,
    Hexadecimal(u64, Column),
    Decimal(u64),
}

impl Offsets {
    /// Hexadecimal offsets from `at` on.
    pub(super) fn hexadecimal(at: u64) -> Self {
        Self::Hexadecimal(at, Column::new(at))
    }

    /// How many of `lines` lines of `columns` bytes have offsets of one length.
    pub(super) fn same(&self, columns: usize, lines: usize) -> usize {
        match self {
            Self::Hexadecimal(at, _) => lines_below(*at, columns, lines),
            _ => lines,
        }
    }

    /// The longest of them.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::None => 0,
            Self::Hexadecimal(_, column) => column.lead().len() + 8,
            Self::Decimal(_) => 20,
        }
    }

    /// The column, if offsets are hexadecimal with eight digits.
    pub(super) fn usual(&self) -> Option<Column> {
        match self {
            Self::Hexadecimal(_, column) if column.length == 0 => Some(*column),
            _ => None,
        }
    }

    /// Stores the offset of a line at `at`, and returns the place after it.
    #[inline(always)]
    pub(super) fn store(&self, space: &mut [u8], at: usize) -> usize {
        match self {
            Self::None => at,
            Self::Hexadecimal(_, column) => column.store(space, at),
            Self::Decimal(offset) => store_decimal(*offset, space, at),
        }
    }

    /// Moves on by a number of bytes.
    #[inline(always)]
    pub(super) fn step(&mut self, bytes: usize) {
        match self {
            Self::None => {}
            Self::Hexadecimal(at, column) => {
                *at = at.wrapping_add(bytes as u64);
                column.step(bytes);
            }
            Self::Decimal(offset) => *offset = offset.wrapping_add(bytes as u64),
        }
    }

    /// The same with the right length.
    pub(super) fn renewed(self) -> Self {
        match self {
            Self::Hexadecimal(at, _) => Self::hexadecimal(at),
            other => other,
        }
    }
}

/// Appends the offset column for `offset`.
pub(super) fn push(offset: u64, text: &mut Block) {
    let column = Column::new(offset);
    text.push(column.lead());
    text.push(&column.low().to_le_bytes());
}

/// Stores the decimal digits of `offset`, at least eight, and returns the place after them.
#[inline(always)]
pub(super) fn store_decimal(offset: u64, space: &mut [u8], at: usize) -> usize {
    /// The least number of more than eight digits.
    const LIMIT: u64 = 100_000_000;
    let mut at = at;
    let high = offset / LIMIT;
    if high > 0 {
        for power in (0..=high.ilog10()).rev() {
            let digit = high / 10_u64.pow(power) % 10;
            at = store([b'0' + digit as u8], 1, space, at);
        }
    }
    let low = values::eight_digits((offset % LIMIT) as u32) | u64::from_le_bytes([b'0'; 8]);
    store(low.to_le_bytes(), 8, space, at)
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
    fn a_decimal_column_has_at_least_eight_digits() {
        for value in [
            0,
            7,
            1234,
            98_765_432,
            100_000_000,
            10_203_040_506,
            u64::MAX,
        ] {
            let mut text = [0; 32];
            let length = store_decimal(value, &mut text, 0);
            assert_eq!(text[..length], *format!("{value:08}").as_bytes());
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
