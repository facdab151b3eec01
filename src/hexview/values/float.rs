//! Floating-point numbers as text, with as few digits as identify the number. `od` does the same,
//! except for some powers of two, where it prints one digit more. Integers are in `number`.

use zmij::{Buffer, Float};

use super::number::{Text, WIDTH};

/// The notation of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As C's `%g`, with as many digits as the number needs.
    Od,
    /// As JSON. NaN and the infinities are strings, because JSON has no numbers for them.
    Json,
}

/// The text of `number`. `value` is the same number, and `precision` the number of decimal digits
/// that its type always keeps.
pub(super) fn text(style: Style, number: impl Float, value: f64, precision: usize) -> Text {
    let special = match style {
        _ if value.is_finite() => return finite(number, precision),
        Style::Json if value.is_nan() => "\"NaN\"",
        Style::Json if value > 0.0 => "\"Infinity\"",
        Style::Json => "\"-Infinity\"",
        Style::Od if value.is_nan() && value.is_sign_negative() => "-nan",
        Style::Od if value.is_nan() => "nan",
        Style::Od if value > 0.0 => "inf",
        Style::Od => "-inf",
    };
    let mut text = Line::default();
    text.push(special.as_bytes());
    text.into_text()
}

/// The text of a number as `%g` prints it: with an exponent if that is below -4 or at least the
/// number of digits.
#[inline(always)]
fn finite(number: impl Float, precision: usize) -> Text {
    let mut buffer = Buffer::new();
    let shown = buffer.format_finite(number);
    usual(shown.as_bytes(), precision).unwrap_or_else(|| rewritten(shown, precision))
}

/// The text of a number whose notation is the same here, which is that of most numbers.
#[inline(always)]
fn usual(shown: &[u8], precision: usize) -> Option<Text> {
    match shown {
        [.., b'e', _, _, _, _] => Some(Text::of_short(shown)),
        // A number of 17 digits has no exponent of 16, and an exponent has at least two digits.
        [.., b'e', b'+', b'1', b'6'] | [.., b'e', _, _] => None,
        [.., b'e', _, _, _] => Some(Text::of_short(shown)),
        _ => {
            let digits = shown.strip_prefix(b"-").unwrap_or(shown);
            let whole = digits.iter().position(|byte| *byte == b'.')?;
            let is_usual = whole <= precision && !digits.starts_with(b"0.0000");
            is_usual.then(|| Text::of_short(shown.strip_suffix(b".0").unwrap_or(shown)))
        }
    }
}

/// The text of a number in the notation of `%g`.
#[cold]
fn rewritten(shown: &str, precision: usize) -> Text {
    let Decimal {
        negative,
        digits,
        exponent,
    } = Decimal::new(shown);
    let digits = digits.text();
    let mut text = Line::default();
    if negative {
        text.push(b"-");
    }
    let places = i32::try_from(digits.len().max(precision)).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= places {
        let (first, rest) = digits.split_at(digits.len().min(1));
        text.push(first);
        text.push(if rest.is_empty() { b"" } else { b"." });
        text.push(rest);
        text.exponent(exponent);
    } else if exponent < 0 {
        text.push(b"0.000".get(..(1 - exponent) as usize).unwrap_or_default());
        text.push(digits);
    } else {
        let whole = exponent as usize + 1;
        let (before, after) = digits.split_at(whole.min(digits.len()));
        text.push(before);
        text.push(
            b"0000000000000000"
                .get(..whole - before.len())
                .unwrap_or_default(),
        );
        text.push(if after.is_empty() { b"" } else { b"." });
        text.push(after);
    }
    text.into_text()
}

/// A number as digits, one of them before the point, and an exponent.
#[derive(Debug)]
struct Decimal {
    negative: bool,
    digits: Line,
    exponent: i32,
}

impl Decimal {
    /// Reads `-123.45e-67` and the like.
    #[inline(always)]
    fn new(text: &str) -> Self {
        let (negative, text) = match text.as_bytes().split_first() {
            Some((b'-', text)) => (true, text),
            _ => (false, text.as_bytes()),
        };
        let mut digits = Line::default();
        // The number of digits before the point, and of leading zeros.
        let (mut whole, mut zeros) = (None, 0);
        let mut exponent = 0;
        for (place, byte) in text.iter().enumerate() {
            match byte {
                b'.' => whole = Some(place),
                b'e' => {
                    whole = whole.or(Some(place));
                    exponent = number(text.get(place + 1..).unwrap_or_default());
                    break;
                }
                b'0' if digits.length == 0 => zeros += 1,
                digit => digits.put(*digit),
            }
        }
        let whole = i32::try_from(whole.unwrap_or(text.len())).unwrap_or(0);
        exponent += whole - 1 - zeros;
        while digits.text().ends_with(b"0") {
            digits.length -= 1;
        }
        if digits.length == 0 {
            digits.put(b'0');
            exponent = 0;
        }
        Self {
            negative,
            digits,
            exponent,
        }
    }
}

/// The number in a text such as `-67`.
#[inline(always)]
fn number(text: &[u8]) -> i32 {
    let (negative, digits) = match text.split_first() {
        Some((b'-', digits)) => (true, digits),
        Some((b'+', digits)) => (false, digits),
        _ => (false, text),
    };
    let add = |number: i32, digit: &u8| number * 10 + i32::from(*digit & 15);
    let number = digits.iter().take(4).fold(0, add);
    if negative { -number } else { number }
}

/// A short text under construction.
#[derive(Debug, Default)]
struct Line {
    text: [u8; WIDTH],
    length: usize,
}

impl Line {
    /// Appends what fits.
    #[inline(always)]
    fn push(&mut self, more: &[u8]) {
        let rest = self.text.get_mut(self.length..).unwrap_or_default();
        for (place, byte) in rest.iter_mut().zip(more) {
            *place = *byte;
        }
        self.length = (self.length + more.len()).min(WIDTH);
    }

    /// Appends a character if it fits.
    #[inline(always)]
    fn put(&mut self, character: u8) {
        if let Some(place) = self.text.get_mut(self.length) {
            *place = character;
            self.length += 1;
        }
    }

    /// Appends an exponent with a sign and at least two digits.
    fn exponent(&mut self, exponent: i32) {
        self.push(if exponent < 0 { b"e-" } else { b"e+" });
        let digits = |number: u32| [number / 100, number / 10 % 10, number % 10];
        let digits = digits(exponent.unsigned_abs()).map(|digit| b'0' + digit as u8);
        self.push(if digits[0] == b'0' {
            &digits[1..]
        } else {
            &digits
        });
    }

    fn text(&self) -> &[u8] {
        self.text.get(..self.length).unwrap_or_default()
    }

    fn into_text(self) -> Text {
        Text::of_short(self.text())
    }
}
