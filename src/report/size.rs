//! Sizes as text: rounded to binary units, or exact.

use std::fmt;

use crate::mapping::types::{ByteLength, rounded_text};

/// A size, in binary units or as the exact number of bytes.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    bytes: ByteLength,
    exact: bool,
}

impl Size {
    /// A size, exact or rounded to binary units.
    #[must_use]
    pub fn new(bytes: ByteLength, exact: bool) -> Self {
        Self { bytes, exact }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.exact {
            self.bytes.0.fmt(f)
        } else {
            f.pad(&rounded_text(self.bytes))
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
        assert_eq!(show((1 << 40) - 1, false), " 1.00 TiB|");
        assert_eq!(show((1 << 30) - 5000, false), " 1.00 GiB|");
        assert_eq!(show((1 << 30) - 6000, false), "1023.99 MiB|");
        assert_eq!(show((1 << 20) - 1, false), " 1.00 MiB|");
        assert_eq!(show(u64::MAX, false), "   16 EiB|");
    }
}
