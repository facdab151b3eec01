//! Lines of `xxd -p`: digits. They are printed elsewhere.
//!
//! Dumps of other programs also consist of digits and spaces: offsets, and numbers of any base.
//! Without an explicit format, only unbroken digits and pairs of digits are read.

use super::line::{Malformed, Parse, Parsed, digit_value, pairs, split_before};

/// Reads `xxd -p`. A long line comes in parts, so a byte may be split.
#[derive(Clone, Debug, Default)]
pub(super) struct Plain {
    /// The user has named the format.
    explicit: bool,
    /// The first digit of a split byte.
    digit: Option<u8>,
}

impl Plain {
    /// `explicit`: the user has named the format.
    pub(super) fn new(explicit: bool) -> Self {
        Self {
            explicit,
            digit: None,
        }
    }
}

/// Whether the line is unbroken digits, or pairs of digits with spaces between them. Two spaces only before the others
/// would be behind an offset.
fn is_plain(line: &[u8]) -> bool {
    let (first, others) = split_before(line.trim_ascii(), u8::is_ascii_whitespace);
    let mut words = others
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let is_offset =
        others.starts_with(b"  ") && !others.trim_ascii().windows(2).any(|two| two == b"  ");
    others.is_empty() || first.len() == 2 && words.all(|word| word.len() == 2) && !is_offset
}

impl Parse for Plain {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        if !self.explicit && !is_plain(line) {
            return Err(Malformed::foreign(
                "groups of digits, perhaps of an offset and numbers; with --hex-format plain they are read as they \
                 stand",
            ));
        }
        let kept = self.digit.take();
        let new = line.iter().filter(|byte| !byte.is_ascii_whitespace());
        let mut digits: Vec<u8> = kept.into_iter().chain(new.copied()).collect();
        if digits.len() % 2 == 1 {
            self.digit = digits.pop();
        }
        pairs(&digits, bytes)?;
        self.digit.map(digit_value).transpose()?;
        Ok(Parsed::Bytes(None))
    }

    fn finish(&self) -> Result<(), Malformed> {
        match self.digit {
            Some(_) => Err("odd number of hexadecimal digits".into()),
            None => Ok(()),
        }
    }
}
