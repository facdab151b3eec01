//! The base of the offsets of `xxd`: hexadecimal, or decimal with `-d`. From ten on, the digits of an offset have another
//! value in the other base. A line that continues the line before it in one base only shows the base.
//!
//! Users delete lines and bytes that they do not change, and write lines by hand. A deleted line may also explain an
//! offset that only continues in decimal.

use super::line::{Malformed, number};

/// The number of lines that only continue in decimal, from which on the base is certain.
const CERTAIN: u64 = 2;

/// What a line shows besides its offset.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// The number of bytes.
    pub(super) length: usize,
    /// The line has room for characters, which may be spaces.
    pub(super) is_printed: bool,
    /// There is more room than for the characters of its bytes: it is the last line, or bytes were deleted.
    pub(super) is_padded: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Decimal,
    Hexadecimal,
}

#[derive(Clone, Copy, Debug)]
struct Line {
    /// The offset in each base.
    hexadecimal: u64,
    decimal: Option<u64>,
    shape: Shape,
    /// It has fewer bytes than the line before it.
    is_shorter: bool,
}

impl Line {
    fn new(offset: &[u8], shape: Shape) -> Result<Self, Malformed> {
        let digits = str::from_utf8(offset).ok();
        Ok(Self {
            hexadecimal: number(offset)?,
            decimal: digits.and_then(|digits| digits.parse().ok()),
            shape,
            is_shorter: false,
        })
    }
}

/// Reads the offsets of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Radix {
    /// The base, once it is known.
    base: Option<Base>,
    before: Option<Line>,
    /// Whether the first offset is zero, once it is known.
    from_zero: Option<bool>,
    /// The number of lines that only continue in decimal. A line after offset zero may count as several.
    decimal_lines: u64,
    /// The number of lines that only continue in decimal, but may also follow a line that is missing or shortened.
    excused: u64,
    /// The first line with characters, and the number of lines of its length whose distance from it is a multiple of
    /// the length in one base only.
    first: Option<Line>,
    decimal_steps: u64,
    hexadecimal_steps: u64,
    /// An offset was read as hexadecimal that has another value in decimal.
    assumed: bool,
}

impl Radix {
    /// The offset with these digits.
    pub(super) fn offset(&mut self, digits: &[u8], shape: Shape) -> Result<u64, Malformed> {
        let mut line = Line::new(digits, shape)?;
        self.from_zero.get_or_insert(line.hexadecimal == 0);
        self.count_steps(line);
        if let Some(before) = self.before {
            line.is_shorter = shape.length < before.shape.length;
            self.compare(before, line)?;
        }
        self.before = Some(line);
        if self.base == Some(Base::Decimal) {
            let missing = "not a decimal offset, as in earlier lines";
            return line.decimal.ok_or_else(|| Malformed::foreign(missing));
        }
        if line.decimal.is_none() {
            self.base = Some(Base::Hexadecimal);
        }
        self.assumed |= line.decimal != Some(line.hexadecimal);
        Ok(line.hexadecimal)
    }

    /// Omits lines, so the next line does not continue the last one.
    pub(super) fn skip(&mut self) {
        self.before = None;
    }

    /// Checks that the text may end here.
    pub(super) fn finish(&self) -> Result<(), Malformed> {
        let is_decimal = self.base == Some(Base::Decimal);
        if is_decimal && self.decimal_lines < CERTAIN {
            return Err(Malformed::foreign(
                "one line alone does not show whether the offsets are decimal (xxd -d) or a line is missing",
            ));
        }
        let has_decimal_steps = self.decimal_steps >= CERTAIN && self.hexadecimal_steps == 0;
        if self.base.is_none() && (has_decimal_steps || self.excused >= CERTAIN) {
            return Err(Malformed::foreign(
                "its offsets seem to be decimal (xxd -d), but the lines do not follow each other",
            ));
        }
        Ok(())
    }

    /// Compares the distance from the first line with characters with the length of lines.
    fn count_steps(&mut self, line: Line) {
        if !line.shape.is_printed {
            return;
        }
        let first = *self.first.get_or_insert(line);
        let length = first.shape.length as u64;
        let is_step = |from: u64, to: u64| from.abs_diff(to).is_multiple_of(length);
        if let (Some(from), Some(to)) = (first.decimal, line.decimal)
            && line.shape.length == first.shape.length
        {
            let in_decimal = is_step(from, to);
            let in_hexadecimal = is_step(first.hexadecimal, line.hexadecimal);
            self.decimal_steps += u64::from(in_decimal && !in_hexadecimal);
            self.hexadecimal_steps += u64::from(in_hexadecimal && !in_decimal);
        }
    }

    /// Finds the base from a line that continues the one before.
    fn compare(&mut self, before: Line, line: Line) -> Result<(), Malformed> {
        let length = before.shape.length as u64;
        let continues = |from: Option<u64>, to: Option<u64>| {
            to.is_some() && from.and_then(|from| from.checked_add(length)) == to
        };
        let in_decimal = continues(before.decimal, line.decimal);
        let in_hexadecimal = continues(Some(before.hexadecimal), Some(line.hexadecimal));
        match (self.base, in_decimal, in_hexadecimal) {
            (Some(Base::Decimal), false, _) => Err(Malformed::foreign(
                "the offset does not continue earlier lines, whose offsets are decimal (xxd -d)",
            )),
            (Some(Base::Decimal), ..) if line.shape.length > before.shape.length => {
                Err(Malformed::foreign(
                    "more bytes than in the line before it, but its offset is decimal (xxd -d) only if no line is \
                     shortened",
                ))
            }
            (Some(Base::Decimal), true, false) => {
                self.decimal_lines += 1;
                Ok(())
            }
            (None, false, true) => {
                self.base = Some(Base::Hexadecimal);
                Ok(())
            }
            (_, true, false) => self.may_be_decimal(before, line),
            _ => Ok(()),
        }
    }

    /// Decides about a line that only continues in decimal, although no earlier line has shown decimal offsets.
    fn may_be_decimal(&mut self, before: Line, line: Line) -> Result<(), Malformed> {
        let length = before.shape.length;
        // All lines of a dump but the last one have the same number of bytes.
        if before.shape.is_padded || before.is_shorter || length < line.shape.length {
            self.excused += 1;
            return Ok(());
        }
        let step = line.hexadecimal.saturating_sub(before.hexadecimal);
        let may_be_deleted = step.is_multiple_of(length as u64);
        let is_hexadecimal = self.base == Some(Base::Hexadecimal);
        if may_be_deleted && (is_hexadecimal || !before.shape.is_printed) {
            self.excused += 1;
            return Ok(());
        }
        if is_hexadecimal {
            return Err(
                "the offset only continues earlier lines in decimal, but theirs are hexadecimal"
                    .into(),
            );
        }
        if self.assumed {
            return Err(Malformed::foreign(
                "the offsets are decimal (xxd -d), but the first one does not show it; start the dump at an offset \
                 below 10, or use hexadecimal offsets",
            ));
        }
        self.base = Some(Base::Decimal);
        let is_clear = self.from_zero == Some(true) && before.shape.is_printed && !may_be_deleted;
        self.decimal_lines = if is_clear { CERTAIN } else { 1 };
        Ok(())
    }
}
