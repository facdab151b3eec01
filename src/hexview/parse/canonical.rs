//! Lines of `hexdump -C`. They are printed elsewhere.
//!
//! A line has an offset, up to sixteen bytes, and their characters between bars. There is a space
//! before each byte, and another before each group of eight. A line with an offset alone is the
//! end.

use super::super::hex;
use super::line::{Malformed, Parse, Parsed, number, pairs, repeated, split_before};

/// The number of bytes in all lines but the last one.
const LINE: usize = 16;

/// Reads `hexdump -C`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Canonical {
    /// The line before has other characters than its bytes, or fewer bytes than a line that is repeated.
    was_edited: bool,
}

impl Parse for Canonical {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let line = line.trim_ascii_end();
        if line == b"*" {
            return repeated(self.was_edited);
        }
        let (offset, rest) = split_before(line, |byte| *byte == b' ');
        let offset = number(offset)?;
        // Digits are never bars, so the first bar starts the characters.
        let (shown, characters) = split_before(rest, |byte| *byte == b'|');
        read_bytes(shown, bytes)?;
        // An end has no bytes.
        self.was_edited = !bytes.is_empty() && (bytes.len() < LINE || !shows(characters, bytes));
        match (bytes.is_empty(), characters.is_empty()) {
            (false, _) => Ok(Parsed::Bytes(Some(offset))),
            (true, true) => Ok(Parsed::End(offset)),
            (true, false) => Err("no bytes".into()),
        }
    }
}

/// Reads the bytes after an offset. Numbers in other columns come from other programs.
fn read_bytes(shown: &[u8], bytes: &mut Vec<u8>) -> Result<(), Malformed> {
    let mut rest = shown.trim_ascii_end();
    while !rest.is_empty() {
        let gap: &[u8] = match bytes.len() {
            0 | 8 => b"  ",
            LINE.. => return Err("more than sixteen bytes".into()),
            _ => b" ",
        };
        let after = rest.strip_prefix(gap).ok_or("bytes in the wrong columns")?;
        let (digits, later) = split_before(after, |byte| *byte == b' ');
        if digits.len() != 2 {
            return Err("a byte does not have two digits".into());
        }
        pairs(digits, bytes)?;
        rest = later;
    }
    Ok(())
}

/// Whether `characters` are those of the bytes between bars, or missing. A locale may print more bytes as they are.
fn shows(characters: &[u8], bytes: &[u8]) -> bool {
    let Some(shown) = characters.strip_prefix(b"|") else {
        return true;
    };
    let shown = shown.strip_suffix(b"|").unwrap_or(shown);
    let mut pairs = shown.iter().zip(bytes);
    shown.len() == bytes.len()
        && pairs.all(|(shown, byte)| *shown == hex::PRINTABLE[usize::from(*byte)] || shown == byte)
}
