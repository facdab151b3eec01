//! Sizes and offsets as text: rounded to binary units, exact, or in bytes.

use std::fmt;

use crate::mapping::types::{ByteLength, SourceOffset, exact_text, rounded_text};

/// A size or an offset, as a number of bytes in one of three forms.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    bytes: ByteLength,
    form: Form,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// In binary units, rounded: "1.50 MiB".
    Rounded,
    /// In binary units where that is exact, and otherwise in bytes: "256 KiB", "1048575 B".
    Exact,
    /// The number of bytes, without a unit.
    Number,
}

impl Size {
    /// A size, rounded to binary units, or as the number of bytes.
    #[must_use]
    pub fn new(bytes: ByteLength, number: bool) -> Self {
        Self::in_form(bytes, number, Form::Rounded)
    }

    /// An offset, exact in either case.
    pub(super) fn offset(offset: SourceOffset, number: bool) -> Self {
        Self::in_form(ByteLength(offset.0), number, Form::Exact)
    }

    /// Two sizes that stand beside each other: exact if different ones would read the same otherwise.
    pub(super) fn pair(sizes: [ByteLength; 2], number: bool) -> [Self; 2] {
        let texts = sizes.map(rounded_text);
        let alike = sizes[0] != sizes[1] && texts[0] == texts[1];
        let form = if alike { Form::Exact } else { Form::Rounded };
        sizes.map(|bytes| Self::in_form(bytes, number, form))
    }

    fn in_form(bytes: ByteLength, number: bool, form: Form) -> Self {
        let form = if number { Form::Number } else { form };
        Self { bytes, form }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Rounded => f.pad(&rounded_text(self.bytes)),
            Form::Exact => f.pad(&exact_text(self.bytes)),
            Form::Number => self.bytes.0.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_binary_units_unless_exact_and_keep_their_padding() {
        let show = |bytes, exact| format!("{:>9}|", Size::new(ByteLength(bytes), exact));
        assert_eq!(show(4096, false), "    4 KiB|");
        assert_eq!(show(1536, false), " 1.50 KiB|");
        assert_eq!(show(1536, true), "     1536|");
        assert_eq!(show(0, false), "      0 B|");
        assert_eq!(show((1 << 40) - 1, false), "    1 TiB|");
        assert_eq!(show((1 << 30) - 5000, false), "    1 GiB|");
        assert_eq!(show((1 << 30) - 6000, false), "1023.99 MiB|");
        assert_eq!(show((1 << 20) - 1, false), "    1 MiB|");
        assert_eq!(show(u64::MAX, false), "   16 EiB|");
    }

    #[test]
    fn offsets_are_exact() {
        let show = |bytes, number| Size::offset(SourceOffset(bytes), number).to_string();
        assert_eq!(show(256 << 10, false), "256 KiB");
        assert_eq!(show((1 << 20) - 1, false), "1048575 B");
        assert_eq!(show((1 << 20) - 1, true), "1048575");
    }

    #[test]
    fn two_sizes_are_exact_if_rounding_hides_their_difference() {
        let show = |one, other, number| {
            Size::pair([one, other].map(ByteLength), number).map(|size| size.to_string())
        };
        let mib = 1 << 20;
        assert_eq!(show(mib, mib + 1, false), ["1 MiB", "1048577 B"]);
        assert_eq!(show(mib - 1, mib, false), ["1048575 B", "1 MiB"]);
        assert_eq!(show(mib - 1, 3 * mib, false), ["1 MiB", "3 MiB"]);
        assert_eq!(show(mib + 1, mib + 1, false), ["1 MiB", "1 MiB"]);
        assert_eq!(show(mib, mib + 1, true), ["1048576", "1048577"]);
    }
}
