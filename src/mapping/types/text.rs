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

/// A length in binary units as text, rounded to two decimals: "4 KiB", "1.50 KiB".
#[must_use]
pub fn rounded_text(size: ByteLength) -> String {
    let text = humansize::format_size(size.0, humansize::BINARY);
    match (
        text.strip_prefix("1024.00 "),
        size.0.checked_next_power_of_two(),
    ) {
        // Rounded up to 1024 of a unit: write it as 1 of the next unit.
        (Some(_), Some(whole)) => {
            humansize::format_size(whole, humansize::BINARY).replacen("1 ", "1.00 ", 1)
        }
        _ => text,
    }
}
