//! The result of reading a line, and helpers to read one. Each format has a separate file.

/// The contents of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    /// Nothing about bytes.
    Nothing,
    /// The bytes read, at an offset or after earlier bytes.
    Bytes(Option<u64>),
    /// The marker for lines left out, which repeat the line before.
    Squeezed,
    /// The marker for lines of zeros left out.
    Zeros,
    /// The offset after the last byte.
    End(u64),
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Malformed {
    pub(super) what: String,
    /// The whole text has another format, so earlier lines are wrong too.
    pub(super) foreign: bool,
}

impl Malformed {
    /// An error of the text as a whole.
    pub(super) fn foreign(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            foreign: true,
        }
    }
}

impl<T: Into<String>> From<T> for Malformed {
    fn from(what: T) -> Self {
        Self {
            what: what.into(),
            foreign: false,
        }
    }
}

/// Reads the lines of a format.
pub(super) trait Parse: std::fmt::Debug {
    /// Reads a line that is not blank, without its newline, and appends its bytes to `bytes`.
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed>;

    /// Checks that the text may end here.
    fn finish(&self) -> Result<(), Malformed> {
        Ok(())
    }
}

/// The number of bytes that differ in another reading of a line, from which on the characters show which reading is
/// right. Fewer may have been edited by hand.
pub(super) const DECISIVE: usize = 3;

/// Whether two readings of a line differ in enough bytes to exclude an edit.
pub(super) fn is_decisive(one: &[u8], other: &[u8]) -> bool {
    let differing = one.iter().zip(other).filter(|(a, b)| a != b);
    differing.count() >= DECISIVE
}

/// The marker for lines left out. Repeating an edited line would repeat the edit where the user has not seen it.
pub(super) fn repeated(was_edited: bool) -> Result<Parsed, Malformed> {
    if was_edited {
        return Err(
            "it repeats the line before it, but that one was edited: it is too short, or its characters do not show \
             its bytes; write out the lines that are left out"
                .into(),
        );
    }
    Ok(Parsed::Squeezed)
}

/// Splits `text` before the first byte for which `stop` is true, or at its end.
pub(super) fn split_before(text: &[u8], stop: impl FnMut(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = text.iter().position(stop).unwrap_or(text.len());
    text.split_at(end)
}

/// The value of hexadecimal digits.
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

/// Appends the bytes of pairs of digits.
pub(super) fn pairs(digits: &[u8], bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    let (pairs, rest) = digits.as_chunks::<2>();
    for [high, low] in pairs {
        bytes.push(digit_value(*high)? << 4 | digit_value(*low)?);
    }
    match rest.first() {
        None => Ok(()),
        Some(digit) => digit_value(*digit).and(Err("odd number of hexadecimal digits".into())),
    }
}

/// The value of a hexadecimal digit.
pub(super) fn digit_value(digit: u8) -> Result<u8, Malformed> {
    match char::from(digit).to_digit(16) {
        Some(value) => Ok(value as u8),
        None => Err(not_a_digit(digit)),
    }
}

/// A separate function, because it would slow down the loop over digits.
#[cold]
fn not_a_digit(byte: u8) -> Malformed {
    let byte = byte.escape_ascii();
    format!("expected a hexadecimal digit, found '{byte}'").into()
}

/// Removes the escape sequences that set colours.
pub(super) fn strip_escapes(line: &mut Vec<u8>) {
    if !line.contains(&b'\x1b') {
        return;
    }
    let mut kept = Vec::with_capacity(line.len());
    let mut rest = line.as_slice();
    while let Some((byte, later)) = rest.split_first() {
        rest = match after_escape(rest) {
            Some(after) => after,
            None => {
                kept.push(*byte);
                later
            }
        };
    }
    *line = kept;
}

/// The text after the escape sequence at the start of `text`.
fn after_escape(text: &[u8]) -> Option<&[u8]> {
    let parameters = text.strip_prefix(b"\x1b[")?;
    let (_, rest) = split_before(parameters, |byte| !matches!(byte, b'0'..=b'9' | b';'));
    rest.strip_prefix(b"m")
}
