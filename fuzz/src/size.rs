//! Sizes, offsets and addresses, as a reference reads them that multiplies decimal digits on paper.

use mmapctl::cli::{parse_address, parse_length, parse_offset};
use mmapctl::mapping::measure::page_sizes::page_size;
use mmapctl::mapping::types::{ByteLength, OffsetRequest, SourceOffset, exact_text};

pub fn check(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let expected = size(text);
    let found = parse_length(text);
    assert_eq!(found.as_ref().ok().map(|length| length.0), expected);
    if let Err(error) = found {
        assert!(!error.to_string().contains(char::is_control), "{error}");
    }
    let offset = match text.strip_prefix('-') {
        Some(back) => size(back).map(|size| OffsetRequest::FromEnd(ByteLength(size))),
        None => expected.map(|size| OffsetRequest::FromStart(SourceOffset(size))),
    };
    assert_eq!(parse_offset(text).ok(), offset);
    let is_plain = text.starts_with("0x")
        || text.starts_with("0X")
        || text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'_'));
    assert_eq!(parse_address(text).ok(), expected.filter(|_| is_plain));
    // What reports print can be typed.
    if let Some(size) = expected {
        for printed in [
            size.to_string(),
            format!("{size:#x}"),
            exact_text(ByteLength(size)),
        ] {
            assert_eq!(parse_length(&printed), Ok(ByteLength(size)), "{printed}");
        }
    }
}

/// The value of a size in bytes.
fn size(text: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let digits = without_underscores(digits)?;
        let all = digits.bytes().all(|b| b.is_ascii_hexdigit());
        return u64::from_str_radix(&digits, 16).ok().filter(|_| all);
    }
    let end = text.find(|c: char| !matches!(c, '0'..='9' | '_' | '.'));
    let (number, unit) = text.split_at(end.unwrap_or(text.len()));
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, without_underscores(fraction)?),
        None => (number, String::new()),
    };
    let (twos, tens) = unit_of(unit.trim_start_matches(' '))?;
    let digits = without_underscores(whole)? + &fraction;
    if digits.contains('.') {
        return None;
    }
    // The product, its last digit first.
    let mut product: Vec<u32> = digits
        .chars()
        .rev()
        .filter_map(|c| c.to_digit(10))
        .collect();
    for _ in 0..twos {
        double(&mut product);
    }
    product.splice(0..0, std::iter::repeat_n(0, tens));
    let whole = product.split_off(fraction.len());
    if product.iter().any(|digit| *digit != 0) {
        return None;
    }
    whole.iter().rev().try_fold(0_u64, |value, digit| {
        value.checked_mul(10)?.checked_add(u64::from(*digit))
    })
}

/// Digits with underscores only between two of them.
fn without_underscores(text: &str) -> Option<String> {
    let sound =
        !text.is_empty() && !text.starts_with('_') && !text.ends_with('_') && !text.contains("__");
    sound.then(|| text.replace('_', ""))
}

/// Multiplies a number by two, whose last digit is the first one.
fn double(digits: &mut Vec<u32>) {
    let mut carry = 0;
    for digit in digits.iter_mut() {
        let twice = *digit * 2 + carry;
        (*digit, carry) = (twice % 10, twice / 10);
    }
    if carry > 0 {
        digits.push(carry);
    }
}

/// A unit as its numbers of factors 2 and 10.
fn unit_of(unit: &str) -> Option<(usize, usize)> {
    let unit = unit.to_ascii_lowercase();
    let page = usize::try_from(page_size().bytes().ilog2()).ok()?;
    Some(match unit.as_str() {
        "" | "b" | "byte" | "bytes" => (0, 0),
        "pg" | "page" | "pages" => (page, 0),
        "k" | "ki" | "kib" => (10, 0),
        "m" | "mi" | "mib" => (20, 0),
        "g" | "gi" | "gib" => (30, 0),
        "t" | "ti" | "tib" => (40, 0),
        "p" | "pi" | "pib" => (50, 0),
        "e" | "ei" | "eib" => (60, 0),
        "kb" => (0, 3),
        "mb" => (0, 6),
        "gb" => (0, 9),
        "tb" => (0, 12),
        "pb" => (0, 15),
        "eb" => (0, 18),
        _ => return None,
    })
}
