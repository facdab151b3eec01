//! The region as numbers: in columns as `od -A d -t …` shows them, or as an array in JSON.

use super::line::{Ending, Lines, Position, Run, Squeeze};
use super::output::Block;

/// What the bytes are read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of Rust's own types")]
pub enum ValueType {
    U8,
    U16,
    U32,
    U64,
    I8,
    I16,
    I32,
    I64,
    F32,
    F64,
}

/// The order of the bytes of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant byte first.
    #[default]
    Little,
    /// Most significant byte first.
    Big,
}

/// The options of the `values` format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ValuesOptions {
    /// What the bytes are read as.
    pub kind: ValueType,
    /// The order of the bytes of a number.
    pub order: ByteOrder,
    /// How many terminal columns a line may take. A line has at least one value, and the columns
    /// are counted with an offset of seven digits.
    pub width: u16,
    /// Whether repeated lines become one `*`.
    pub squeeze: bool,
}

impl ValueType {
    /// Bytes of one number.
    #[must_use]
    pub fn size(self) -> usize {
        match self {
            Self::U8 | Self::I8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::U32 | Self::I32 | Self::F32 => 4,
            Self::U64 | Self::I64 | Self::F64 => 8,
        }
    }

    /// Columns of one number, with the space before it, as `od` counts them.
    fn columns(self) -> usize {
        match self {
            Self::U8 => 4,
            Self::I8 => 5,
            Self::U16 => 6,
            Self::I16 => 7,
            Self::U32 => 11,
            Self::I32 => 12,
            Self::F32 => 16,
            Self::U64 | Self::I64 => 21,
            Self::F64 => 25,
        }
    }

    /// The text of the number in `bytes`, the least significant first; missing bytes are zero.
    fn text(self, bytes: &[u8], order: ByteOrder, style: Style) -> String {
        let mut raw = [0; 8];
        let size = self.size();
        for (place, byte) in raw.iter_mut().zip(bytes.iter().take(size)) {
            *place = *byte;
        }
        if order == ByteOrder::Big {
            raw.get_mut(..size).unwrap_or_default().reverse();
        }
        let bits = u64::from_le_bytes(raw);
        match self {
            Self::U8 | Self::U16 | Self::U32 | Self::U64 => bits.to_string(),
            Self::I8 => (bits as i8).to_string(),
            Self::I16 => (bits as i16).to_string(),
            Self::I32 => (bits as i32).to_string(),
            Self::I64 => (bits as i64).to_string(),
            Self::F32 => {
                let value = f32::from_bits(bits as u32);
                style.float(f64::from(value), &format!("{value:e}"), 6)
            }
            Self::F64 => {
                let value = f64::from_bits(bits);
                style.float(value, &format!("{value:e}"), 15)
            }
        }
    }
}

/// How floating point numbers are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    /// As C's `%g`.
    Od,
    /// As JSON, which has no infinities: those and NaN are strings.
    Json,
}

impl Style {
    /// The text of `value`, whose shortest digits are `shortest` (`1.25e-7`); `precision` is how
    /// many decimal digits the type always keeps.
    fn float(self, value: f64, shortest: &str, precision: usize) -> String {
        match self {
            Self::Json if value.is_nan() => "\"NaN\"".to_owned(),
            Self::Json if value.is_infinite() && value > 0.0 => "\"Infinity\"".to_owned(),
            Self::Json if value.is_infinite() => "\"-Infinity\"".to_owned(),
            Self::Od if value.is_nan() => if value.is_sign_negative() {
                "-nan"
            } else {
                "nan"
            }
            .to_owned(),
            Self::Od if value.is_infinite() => shortest.to_owned(),
            _ => general(shortest, precision),
        }
    }
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

/// Numbers in columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns(pub(super) ValuesOptions);

/// Digits of the offset column, as `od` has them.
const OFFSET_DIGITS: usize = 7;

impl Columns {
    fn per_line(&self) -> usize {
        let width = usize::from(self.0.width).saturating_sub(OFFSET_DIGITS);
        (width / self.0.kind.columns()).max(1)
    }

    /// One line, full or short.
    fn line(&self, at: Position, data: &[u8], text: &mut Block) {
        text.push(format!("{:0OFFSET_DIGITS$}", at.offset).as_bytes());
        for bytes in data.chunks(self.0.kind.size()) {
            let value = self.0.kind.text(bytes, self.0.order, Style::Od);
            text.push(format!("{value:>0$}", self.0.kind.columns()).as_bytes());
        }
        text.push(b"\n");
    }
}

impl Lines for Columns {
    fn bytes_per_line(&self) -> usize {
        self.per_line() * self.0.kind.size()
    }

    fn text_per_line(&self) -> usize {
        OFFSET_DIGITS + self.per_line() * self.0.kind.columns() + 1
    }

    fn squeeze(&self) -> Squeeze {
        if self.0.squeeze {
            Squeeze::Repeats
        } else {
            Squeeze::Never
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    let step = self.bytes_per_line();
                    for (number, line) in data.chunks(step).enumerate() {
                        self.line(at.after((number * step) as u64), line, text);
                    }
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            self.line(ending.at, ending.tail, text);
        }
        text.push(format!("{:0OFFSET_DIGITS$}\n", ending.end().offset).as_bytes());
    }
}

/// Numbers as an array in JSON.
#[derive(Clone, Copy, Debug)]
pub(super) struct Json {
    /// What the bytes are read as.
    pub(super) kind: ValueType,
    /// The order of the bytes of a number.
    pub(super) order: ByteOrder,
}

impl Json {
    fn values(&self, at: Position, data: &[u8], text: &mut Block) {
        for (number, bytes) in data.chunks(self.kind.size()).enumerate() {
            if at.index > 0 || number > 0 {
                text.push(b",");
            }
            text.push(self.kind.text(bytes, self.order, Style::Json).as_bytes());
        }
    }
}

impl Lines for Json {
    fn bytes_per_line(&self) -> usize {
        self.kind.size()
    }

    fn text_per_line(&self) -> usize {
        self.kind.columns()
    }

    fn begin(&self, text: &mut Block) {
        text.push(b"[");
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(at, data) = run {
                self.values(at, data, text);
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        self.values(ending.at, ending.tail, text);
        text.push(b"]");
    }
}
