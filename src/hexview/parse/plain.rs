//! Lines of `xxd -p`: digits.

use super::line::{Malformed, Parse, Parsed, pairs};

/// Reads `xxd -p`. A line may come in several parts, so that a byte may be cut in two.
#[derive(Clone, Debug, Default)]
pub(super) struct Plain {
    digit: Option<u8>,
}

impl Parse for Plain {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
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

    fn finish(&mut self) -> Result<(), Malformed> {
        match self.digit {
            Some(_) => Err("the last byte has one digit only".into()),
            None => Ok(()),
        }
    }
}
