//! Lines of `hexdump -C`: an offset, up to sixteen bytes with a space before each and one more before each
//! eighth, and characters between bars, which say nothing new. A line with an offset alone gives the end.

use super::line::{Malformed, Parse, Parsed, number, pairs};

/// Reads `hexdump -C`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canonical;

impl Parse for Canonical {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let line = line.trim_ascii_end();
        if line == b"*" {
            return Ok(Parsed::Squeezed);
        }
        let digits = line
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(line.len());
        let (offset, rest) = line.split_at(digits);
        let offset = number(offset)?;
        // A bar cannot be among the digits, so that the first one starts the characters.
        let bar = rest
            .iter()
            .position(|byte| *byte == b'|')
            .unwrap_or(rest.len());
        let (shown, characters) = rest.split_at(bar);
        read_bytes(shown, bytes)?;
        match (bytes.is_empty(), characters.is_empty()) {
            (false, _) => Ok(Parsed::Bytes(Some(offset))),
            (true, true) => Ok(Parsed::End(offset)),
            (true, false) => Err("no bytes".into()),
        }
    }
}

/// Reads the bytes behind an offset. Numbers of other programs stand further apart.
fn read_bytes(shown: &[u8], bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut rest = shown.trim_ascii_end();
    while !rest.is_empty() {
        let gap: &[u8] = match bytes.len() {
            0 | 8 => b"  ",
            16.. => return Err("more than sixteen bytes".into()),
            _ => b" ",
        };
        let behind = rest
            .strip_prefix(gap)
            .ok_or("the bytes are not in their columns")?;
        let end = behind
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap_or(behind.len());
        let (digits, later) = behind.split_at(end);
        if digits.len() != 2 {
            return Err("a byte does not have two digits".into());
        }
        pairs(digits, bytes)?;
        rest = later;
    }
    Ok(())
}
