//! Lines of `xxd -p`: digits.
//!
//! Dumps of programs that are not known consist of digits and spaces too, among them offsets and numbers of any
//! base. Therefore only runs of digits and pairs of digits are taken for this format unasked.

use super::line::{Malformed, Parse, Parsed, pairs};

/// Reads `xxd -p`. A line may come in several parts, so that a byte may be cut in two.
#[derive(Clone, Debug, Default)]
pub(super) struct Plain {
    /// The user says that it is this format.
    told: bool,
    digit: Option<u8>,
}

impl Plain {
    /// `told`: the user has named the format.
    pub(super) fn new(told: bool) -> Self {
        Self { told, digit: None }
    }
}

/// Whether all is one run of digits, or pairs with spaces between them.
fn is_plain(line: &[u8]) -> bool {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty())
        .peekable();
    let first = words.next();
    words.peek().is_none() || first.into_iter().chain(words).all(|word| word.len() == 2)
}

impl Parse for Plain {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        if !self.told && !is_plain(line) {
            return Err(Malformed::foreign(
                "groups of digits, perhaps of an offset and numbers; with --hex-format plain they are read as they \
                 stand",
            ));
        }
        let kept = self.digit.take();
        let new = line
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace());
        let mut digits: Vec<u8> = kept.into_iter().chain(new).collect();
        if digits.len() % 2 == 1 {
            self.digit = digits.pop();
        }
        pairs(&digits, bytes)?;
        if let Some(digit) = self.digit {
            // Only to find out whether it is one.
            pairs(&[digit, digit], &mut Vec::new())?;
        }
        Ok(Parsed::Bytes(None))
    }

    fn finish(&self) -> Result<(), Malformed> {
        match self.digit {
            Some(_) => Err("the last byte has one digit only".into()),
            None => Ok(()),
        }
    }
}
