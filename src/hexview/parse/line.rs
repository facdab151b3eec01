//! What reading a line gives, and the pieces lines are made of.

/// What a line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Nothing about bytes.
    Nothing,
    /// The bytes read, which belong at an offset or behind those before.
    Bytes(Option<u64>),
    /// Lines are left out here.
    Squeezed,
    /// The offset behind the last byte.
    End(u64),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) what: String,
    /// The text as a whole is not of the format, so that what was read of it counts for nothing.
    pub(super) foreign: bool,
}

impl Malformed {
    /// The text as a whole is not of the format.
    pub(super) fn foreign(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            foreign: true,
        }
    }
}

impl From<String> for Malformed {
    fn from(what: String) -> Self {
        Self {
            what,
            foreign: false,
        }
    }
}

impl From<&str> for Malformed {
    fn from(what: &str) -> Self {
        what.to_owned().into()
    }
}

/// Reads the lines of a format.
pub(super) trait Parse: std::fmt::Debug {
    /// Reads a line that is not blank, without its end, and adds its bytes to `bytes`.
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed>;

    /// Checks that the text may end here.
    fn finish(&self) -> Result<(), Malformed> {
        Ok(())
    }
}

/// The number that hexadecimal digits stand for.
pub(super) fn number(digits: &[u8]) -> Result<u64, Malformed> {
    if digits.is_empty() {
        return Err("the offset is missing".into());
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit_value(*digit)?;
        match number.checked_mul(16) {
            Some(number) => Ok(number | u64::from(digit)),
            None => Err("the offset is too large".into()),
        }
    })
}

/// Adds the bytes that pairs of digits stand for.
pub(super) fn pairs(digits: &[u8], bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    let (pairs, rest) = digits.as_chunks::<2>();
    for [high, low] in pairs {
        bytes.push(digit_value(*high)? << 4 | digit_value(*low)?);
    }
    match rest {
        [] => Ok(()),
        [digit] if digit_value(*digit).is_ok() => Err("a byte has one digit only".into()),
        rest => pairs_error(rest),
    }
}

fn pairs_error(rest: &[u8]) -> Result<(), Malformed> {
    rest.iter()
        .try_for_each(|digit| digit_value(*digit).map(drop))
}

/// The value of a hexadecimal digit.
fn digit_value(digit: u8) -> Result<u8, Malformed> {
    match char::from(digit).to_digit(16) {
        Some(value) => Ok(value as u8),
        None => Err(format!(
            "'{}' where a hexadecimal digit is expected",
            digit.escape_ascii()
        )
        .into()),
    }
}

/// Removes escape sequences that set colours.
pub(super) fn strip_escapes(line: &mut Vec<u8>) {
    if !line.contains(&b'\x1b') {
        return;
    }
    let mut kept = Vec::with_capacity(line.len());
    let mut rest = line.as_slice();
    while let Some((byte, later)) = rest.split_first() {
        rest = match escape(rest) {
            Some(behind) => behind,
            None => {
                kept.push(*byte);
                later
            }
        };
    }
    *line = kept;
}

/// What is behind the escape sequence that `text` starts with.
fn escape(text: &[u8]) -> Option<&[u8]> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let length = parameters
        .iter()
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b';'))
        .count();
    parameters.get(length..)?.strip_prefix(b"m")
}
