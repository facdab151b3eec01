//! The grammar of sizes, offsets and addresses. Nothing else is parsed here.
//!
//! ```text
//! size    = number [blanks] [unit]
//! number  = digits ["." digits] | "0x" hexdigits        "_" between digits is skipped
//! unit    = K M G T P E | Ki … Ei | KiB … EiB           powers of 1024
//!         | kB MB GB TB PB EB                           powers of 1000
//!         | B | byte | bytes                            1
//!         | pg | page | pages                           the system's page size
//! offset  = size | "-" size                             the latter counts from the end
//! ```
//!
//! Units are read in either case. A hexadecimal number takes no unit, because `B` and `E` are digits of it. A fraction
//! must be a whole number of bytes.

use std::fmt;

use crate::mapping::measure::page_sizes;
use crate::mapping::types::{ByteLength, OffsetRequest, PageSize, Quantity, SourceOffset};

/// Why a text is not a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SizeError {
    /// An empty text.
    Empty,
    /// A minus sign on a value that cannot count from the end.
    Negative,
    /// A text that does not begin with a digit, or an underscore that is not between two digits.
    NotANumber,
    /// The same for a number that takes no unit.
    NotAPlainNumber,
    /// A hexadecimal number with text after it.
    HexadecimalUnit,
    /// Text after the number that is not a unit.
    UnknownUnit(String),
    /// Text after a number that takes no unit.
    NoUnit(String),
    /// A fraction that is not a whole number of bytes.
    NotWhole,
    /// A value of more than 64 bits.
    TooLarge,
}

impl fmt::Display for SizeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a number is required"),
            Self::Negative => f.write_str("must not be negative"),
            Self::NotANumber => f.write_str("not a number (examples: 4096, 0x1000, 1.5M)"),
            Self::NotAPlainNumber => f.write_str("not a number (examples: 4096, 0x1000)"),
            Self::HexadecimalUnit => {
                f.write_str("a hexadecimal number takes only the digits 0-9 and a-f, and no unit")
            }
            Self::UnknownUnit(unit) => write!(
                f,
                "unknown unit '{}'; use K, M, G, T, P, E (1024), kB, MB, … (1000) or pg (pages)",
                unit.escape_debug()
            ),
            Self::NoUnit(text) => {
                write!(
                    f,
                    "takes no unit, but '{}' follows the number",
                    text.escape_debug()
                )
            }
            Self::NotWhole => f.write_str("not a whole number of bytes"),
            Self::TooLarge => write!(f, "must be at most {}", u64::MAX),
        }
    }
}

impl std::error::Error for SizeError {}

/// Parses a number of bytes.
///
/// # Errors
/// Why the text is not a size.
pub fn parse_length(text: &str) -> Result<ByteLength, SizeError> {
    parse_quantity(text).map(|quantity| ByteLength(quantity.value))
}

/// Parses a size or an address.
///
/// # Errors
/// Why the text is not a size.
pub fn parse_quantity(text: &str) -> Result<Quantity, SizeError> {
    parse(text, page_sizes::page_size())
}

/// Parses an offset; with a minus sign it counts from the end.
///
/// # Errors
/// Why the text is not an offset.
pub fn parse_offset(text: &str) -> Result<OffsetRequest, SizeError> {
    match text.strip_prefix('-') {
        Some(back) => parse_length(back).map(OffsetRequest::FromEnd),
        None => parse_quantity(text).map(|q| OffsetRequest::FromStart(SourceOffset(q.value))),
    }
}

/// Parses an address: a number without a unit, hexadecimal after `0x`.
///
/// # Errors
/// Why the text is not an address.
pub fn parse_address(text: &str) -> Result<u64, SizeError> {
    let number_ends = text.ends_with(|c: char| c.is_ascii_hexdigit());
    let quantity = parse(text, page_sizes::page_size()).map_err(|error| match error {
        SizeError::NotANumber => SizeError::NotAPlainNumber,
        SizeError::UnknownUnit(text) => SizeError::NoUnit(text),
        other => other,
    })?;
    match text.find(|c: char| !c.is_ascii_digit() && c != '_') {
        Some(at) if !quantity.hexadecimal || !number_ends => Err(SizeError::NoUnit(
            text.get(at..).unwrap_or_default().to_owned(),
        )),
        _ => Ok(quantity.value),
    }
}

fn parse(text: &str, page: PageSize) -> Result<Quantity, SizeError> {
    if text.is_empty() {
        return Err(SizeError::Empty);
    }
    if text.starts_with('-') {
        return Err(SizeError::Negative);
    }
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let value = match hexadecimal {
        Some(digits) => parse_hexadecimal(digits)?,
        None => parse_decimal(text, page)?,
    };
    Ok(Quantity {
        value,
        hexadecimal: hexadecimal.is_some(),
    })
}

fn parse_hexadecimal(text: &str) -> Result<u64, SizeError> {
    let (digits, rest) = split_digits(text, 16)?;
    if !rest.is_empty() {
        return Err(SizeError::HexadecimalUnit);
    }
    u64::from_str_radix(&digits, 16).map_err(|_| SizeError::TooLarge)
}

fn parse_decimal(text: &str, page: PageSize) -> Result<u64, SizeError> {
    let (whole, rest) = split_digits(text, 10)?;
    let (fraction, rest) = match rest.strip_prefix('.') {
        Some(after) => split_digits(after, 10)?,
        None => (String::new(), rest),
    };
    let unit = u128::from(unit_bytes(rest.trim_start_matches(' '), page)?);
    let whole: u128 = whole.parse().map_err(|_| SizeError::TooLarge)?;
    whole
        .checked_mul(unit)
        .ok_or(SizeError::TooLarge)?
        .checked_add(fraction_of(&fraction, unit)?)
        .and_then(|total| u64::try_from(total).ok())
        .ok_or(SizeError::TooLarge)
}

/// The digits at the start of a text, without underscores, and the rest of the text.
fn split_digits(text: &str, radix: u32) -> Result<(String, &str), SizeError> {
    let end = text
        .find(|c: char| !c.is_digit(radix) && c != '_')
        .unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let lonely = digits.is_empty() || digits.split('_').any(str::is_empty);
    if lonely {
        return Err(SizeError::NotANumber);
    }
    Ok((digits.replace('_', ""), rest))
}

/// The number of bytes that the digits after the point stand for.
fn fraction_of(digits: &str, unit: u128) -> Result<u128, SizeError> {
    // Long multiplication: the digits of the product behind the point must be 0.
    let digits = digits.chars().rev().filter_map(|digit| digit.to_digit(10));
    digits.map(u128::from).try_fold(0, |carry, digit| {
        let product = digit * unit + carry;
        match product % 10 {
            0 => Ok(product / 10),
            _ => Err(SizeError::NotWhole),
        }
    })
}

fn unit_bytes(unit: &str, page: PageSize) -> Result<u64, SizeError> {
    let lower = unit.to_ascii_lowercase();
    match lower.as_str() {
        "" | "b" | "byte" | "bytes" => return Ok(1),
        "pg" | "page" | "pages" => return Ok(page.bytes()),
        _ => {}
    }
    let unknown = || SizeError::UnknownUnit(unit.to_owned());
    let mut letters = lower.chars();
    let power = letters
        .next()
        .and_then(|first| "kmgtpe".find(first))
        .and_then(|place| u32::try_from(place).ok())
        .ok_or_else(unknown)?
        .saturating_add(1);
    match letters.as_str() {
        "" | "i" | "ib" => Ok(1024_u64.saturating_pow(power)),
        "b" => Ok(1000_u64.saturating_pow(power)),
        _ => Err(unknown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(text: &str) -> Result<u64, SizeError> {
        parse(text, PageSize::new(4096).unwrap()).map(|q| q.value)
    }

    #[test]
    fn sizes_mean_what_they_say() {
        for (text, value) in [
            ("0", 0),
            ("1K", 1024),
            ("1k", 1024),
            ("1KiB", 1024),
            ("1kib", 1024),
            ("1Ki", 1024),
            ("1.5mI", 1_572_864),
            ("2Gi", 2 << 30),
            ("3Ti", 3 << 40),
            ("4pi", 4 << 50),
            ("5EI", 5 << 60),
            ("1kB", 1000),
            ("1KB", 1000),
            ("1kb", 1000),
            ("1Kb", 1000),
            ("0x1000", 4096),
            ("0X1e", 30),
            ("0xffff_ffff_ffff_ffff", u64::MAX),
            // A byte: 2^-60 of the unit.
            (
                "0.000000000000000000867361737988403547205962240695953369140625E",
                1,
            ),
            ("2pg", 8192),
            ("2PG", 8192),
            ("1page", 4096),
            ("3 pages", 12288),
            ("0.5pg", 2048),
            ("1_000", 1000),
            ("1_0.2_5K", 10496),
            ("1.5M", 1_572_864),
            ("1.50 MiB", 1_572_864),
            ("1.5MB", 1_500_000),
            ("1.000", 1),
            ("0.001kB", 1),
            ("0.000000000931322574615478515625G", 1),
            ("512B", 512),
            ("7 bytes", 7),
            ("15E", 15 << 60),
            ("18446744073709551615", u64::MAX),
            ("18.446744073709551615EB", u64::MAX),
            ("2P", 2 << 50),
            ("3t", 3 << 40),
        ] {
            assert_eq!(bytes(text), Ok(value), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_by_its_reason() {
        let unit = |unit: &str| SizeError::UnknownUnit(unit.to_owned());
        for (text, error) in [
            ("", SizeError::Empty),
            ("-1", SizeError::Negative),
            ("-", SizeError::Negative),
            ("K", SizeError::NotANumber),
            ("+1", SizeError::NotANumber),
            (" 1", SizeError::NotANumber),
            (".5M", SizeError::NotANumber),
            ("1.", SizeError::NotANumber),
            ("1.M", SizeError::NotANumber),
            ("_1", SizeError::NotANumber),
            ("1_", SizeError::NotANumber),
            ("1__0", SizeError::NotANumber),
            ("0x", SizeError::NotANumber),
            ("0x1000pg", SizeError::HexadecimalUnit),
            ("0x10.8", SizeError::HexadecimalUnit),
            ("4Q", unit("Q")),
            ("1KK", unit("KK")),
            ("1e3", unit("e3")),
            ("1 K ", unit("K ")),
            ("1i", unit("i")),
            ("1Mx", unit("Mx")),
            ("1Kii", unit("Kii")),
            ("1Bi", unit("Bi")),
            ("1\u{ff2b}", unit("\u{ff2b}")),
            ("1\n", unit("\n")),
            ("1.5", SizeError::NotWhole),
            ("0.0001kB", SizeError::NotWhole),
            ("0.1K", SizeError::NotWhole),
            ("99999999999999999999", SizeError::TooLarge),
            ("16E", SizeError::TooLarge),
            ("18446744073709551616", SizeError::TooLarge),
            ("18.446744073709551616EB", SizeError::TooLarge),
            ("0x1_0000_0000_0000_0000", SizeError::TooLarge),
            (
                "999999999999999999999999999999999999999999",
                SizeError::TooLarge,
            ),
        ] {
            assert_eq!(bytes(text), Err(error), "{text}");
        }
        let long = format!("0.{}K", "1".repeat(100));
        assert_eq!(bytes(&long), Err(SizeError::NotWhole));
    }

    #[test]
    fn an_offset_with_a_minus_counts_from_the_end() {
        let end = |bytes| Ok(OffsetRequest::FromEnd(ByteLength(bytes)));
        let start = |bytes| Ok(OffsetRequest::FromStart(SourceOffset(bytes)));
        assert_eq!(parse_offset("-4K"), end(4096));
        assert_eq!(parse_offset("-0"), end(0));
        assert_eq!(parse_offset("0x10"), start(16));
        assert_eq!(parse_offset("--1"), Err(SizeError::Negative));
        assert_eq!(parse_offset("-"), Err(SizeError::Empty));
    }

    #[test]
    fn an_address_is_a_bare_number() {
        assert_eq!(parse_address("0x7f00_0000_0000"), Ok(0x7f00_0000_0000));
        assert_eq!(parse_address("4096"), Ok(4096));
        assert_eq!(parse_address("0xfE"), Ok(254));
        for text in ["4K", "1.0", "1pg", "1 ", "4B"] {
            assert!(
                matches!(parse_address(text), Err(SizeError::NoUnit(_))),
                "{text}"
            );
        }
        assert_eq!(parse_address("A"), Err(SizeError::NotAPlainNumber));
        assert_eq!(parse_address("-1"), Err(SizeError::Negative));
    }

    fn units() -> impl Strategy<Value = (&'static str, u64)> {
        prop::sample::select(vec![
            ("", 1),
            ("K", 1 << 10),
            ("mIb", 1 << 20),
            ("Pi", 1 << 50),
            ("g", 1 << 30),
            ("TiB", 1 << 40),
            ("kb", 1000),
            ("MB", 1_000_000),
            ("pages", 4096),
            ("E", 1 << 60),
        ])
    }

    proptest! {
        #[test]
        fn every_number_comes_back(value: u64) {
            prop_assert_eq!(bytes(&value.to_string()), Ok(value));
            prop_assert_eq!(bytes(&format!("{value:#x}")), Ok(value));
            prop_assert_eq!(parse_address(&format!("{value:#x}")), Ok(value));
        }

        #[test]
        fn a_unit_multiplies_or_overflows(count: u64, (unit, factor) in units()) {
            let expected = count.checked_mul(factor).ok_or(SizeError::TooLarge);
            prop_assert_eq!(bytes(&format!("{count}{unit}")), expected);
        }

        #[test]
        fn quarters_of_a_unit_are_exact(count in 0_u64..1 << 20, quarters in 0_u64..4) {
            let text = format!("{count}.{:02}M", quarters * 25);
            prop_assert_eq!(bytes(&text), Ok((count << 20) + quarters * (1 << 18)));
        }

        #[test]
        fn no_text_makes_it_panic(text in any::<String>()) {
            let _ = parse_length(&text);
            let _ = parse_offset(&text);
            let _ = parse_address(&text);
        }

        #[test]
        fn no_text_that_resembles_a_size_makes_it_panic(text in "-?(0x)?[0-9a-f_.]{0,60} ?[a-zA-Z]{0,5}") {
            let _ = parse_offset(&text);
            let _ = parse_address(&text);
        }
    }
}
