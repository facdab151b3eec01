//! Numbers and lengths as text, for the reasons of errors and for reports.

use std::fmt;

use super::offset::ByteLength;

/// A length as text: "100 bytes", or "1.50 KiB (1536 bytes)" with the exact number.
#[derive(Clone, Copy, Debug)]
pub struct LengthText(pub ByteLength);

impl fmt::Display for LengthText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.0.0;
        match bytes {
            0..1024 => f.write_str(&count_text(bytes, "byte")),
            _ => write!(f, "{} ({bytes} bytes)", rounded_text(self.0)),
        }
    }
}

/// A number of things as text: "1 page", "2 pages". The noun's plural ends in "s", or in "es" after "s".
#[must_use]
pub fn count_text(number: u64, noun: &str) -> String {
    let plural = match (number, noun.ends_with('s')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{number} {noun}{plural}")
}

/// A number of pages as text: "1 page", "2 pages".
#[must_use]
pub fn pages_text(number: u64) -> String {
    count_text(number, "page")
}

/// A length as text without rounding: in binary units if it is a whole number of them, and otherwise in bytes:
/// "4 KiB", "1536 B".
#[must_use]
pub fn exact_text(size: ByteLength) -> String {
    match is_whole(size.0) {
        true => rounded_text(size),
        false => format!("{} B", size.0),
    }
}

/// Whether the largest binary unit that is not larger than a length divides it.
fn is_whole(bytes: u64) -> bool {
    let power = bytes.checked_ilog2().unwrap_or(0);
    let unit = power.div_euclid(10).saturating_mul(10);
    bytes.trailing_zeros() >= unit
}

/// A length in binary units as text, rounded to two decimals, which are left out where both are 0: "4 KiB", "1.50 KiB".
#[must_use]
pub fn rounded_text(size: ByteLength) -> String {
    let text = humansize::format_size(size.0, humansize::BINARY).replacen(".00 ", " ", 1);
    match (
        text.strip_prefix("1024 "),
        size.0.checked_next_power_of_two(),
    ) {
        // Rounded up to 1024 of a unit: write it as 1 of the next unit.
        (Some(_), Some(whole)) => humansize::format_size(whole, humansize::BINARY),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_unit_is_used_only_where_it_is_exact() {
        for (bytes, text) in [
            (0, "0 B"),
            (1, "1 B"),
            (1023, "1023 B"),
            (1024, "1 KiB"),
            (1536, "1536 B"),
            (256 << 10, "256 KiB"),
            ((1 << 20) - 1, "1048575 B"),
            ((1 << 30) + 4096, "1073745920 B"),
            (1 << 60, "1 EiB"),
            ((1 << 60) + 1, "1152921504606846977 B"),
            (u64::MAX, "18446744073709551615 B"),
        ] {
            assert_eq!(exact_text(ByteLength(bytes)), text);
        }
    }

    proptest! {
        #[test]
        fn different_lengths_have_different_texts(bytes in any::<u64>(), shift in 0_u32..64) {
            let value = |text: String| {
                let (number, unit) = text.split_once(' ').unwrap();
                let power = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
                let power = power.iter().position(|name| *name == unit).unwrap();
                number.parse::<u64>().unwrap() << (10 * power)
            };
            for bytes in [bytes >> shift, bytes >> shift << shift, 1 << shift] {
                prop_assert_eq!(value(exact_text(ByteLength(bytes))), bytes);
            }
        }
    }
}
