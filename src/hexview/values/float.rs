//! Floating point numbers as text.

use super::number::Text;

/// How numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// As C's `%g`, with as many digits as the number needs.
    Od,
    /// As JSON, which has no infinities: those and NaN are strings.
    Json,
}

/// The text of `value`, whose shortest digits are `shortest` (`1.25e-7`); `precision` is how many
/// decimal digits the type always keeps.
pub(super) fn text(style: Style, value: f64, shortest: &str, precision: usize) -> Text {
    let special = match style {
        Style::Json if value.is_nan() => "\"NaN\"",
        Style::Json if value == f64::INFINITY => "\"Infinity\"",
        Style::Json if value == f64::NEG_INFINITY => "\"-Infinity\"",
        Style::Od if value.is_nan() && value.is_sign_negative() => "-nan",
        Style::Od if value.is_nan() => "nan",
        Style::Od if value.is_infinite() => shortest,
        _ => return Text::of(&general(shortest, precision)),
    };
    Text::of(special)
}

/// `shortest` as `%g` writes it: with an exponent only when that is below -4 or at least the
/// number of digits.
fn general(shortest: &str, precision: usize) -> String {
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let digits: String = mantissa.chars().filter(|digit| *digit != '.').collect();
    let places = i32::try_from(digits.len().max(precision)).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= places {
        let sign_of_exponent = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{sign_of_exponent}{:02}", exponent.abs());
    }
    let whole = usize::try_from(exponent + 1).unwrap_or(0);
    if whole == 0 {
        let zeros = "0".repeat(usize::try_from(-1 - exponent).unwrap_or(0));
        return format!("{sign}0.{zeros}{digits}");
    }
    match digits.split_at_checked(whole) {
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits}{}", "0".repeat(whole - digits.len())),
    }
}
