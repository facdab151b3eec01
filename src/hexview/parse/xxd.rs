//! Lines of `xxd`: an offset with a colon, groups of digits with a space before each, and behind
//! two spaces the characters, which say nothing new.

use super::line::{Malformed, Parse, Parsed, number, pairs};

/// Reads `xxd`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Xxd;

impl Parse for Xxd {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        if line.trim_ascii() == b"*" {
            return Ok(Parsed::Squeezed);
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let Some((offset, rest)) = colon.and_then(|colon| line.split_at_checked(colon)) else {
            return Err("no offset with a colon".into());
        };
        let offset = number(offset.trim_ascii_start())?;
        let mut rest = rest.get(1..).unwrap_or_default();
        while let Some(group) = rest.strip_prefix(b" ") {
            let length = group
                .iter()
                .position(|byte| *byte == b' ')
                .unwrap_or(group.len());
            if length == 0 {
                // Two spaces.
                break;
            }
            let (digits, later) = group.split_at(length);
            pairs(digits, bytes)?;
            rest = later;
        }
        if bytes.is_empty() {
            return Err("no bytes".into());
        }
        if !rest.is_empty() && !rest.starts_with(b" ") {
            return Err("no space behind the offset".into());
        }
        Ok(Parsed::Bytes(Some(offset)))
    }
}
