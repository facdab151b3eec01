//! Lines of `xxd -i`: numbers with commas between them, or the declarations of an array and of its
//! length. They are printed elsewhere.

use super::line::{Malformed, Parse, Parsed, pairs};

/// The start of the line before the bytes.
const ARRAY: &[u8] = b"unsigned char ";
/// The start of the line with the length.
const LENGTH: &[u8] = b"unsigned int ";

/// Reads `xxd -i`.
#[derive(Clone, Debug, Default)]
pub(super) struct C {
    /// Bytes so far.
    count: u64,
    /// The declaration was read, but not its closing line.
    open: bool,
}

/// Whether `line` can be the first one.
pub(super) fn starts(line: &[u8]) -> bool {
    let element = line.trim_ascii_start();
    line.starts_with(ARRAY)
        || match element {
            [b'0', b'x' | b'X', ..] => true,
            // 0b may be the digits of a byte. Other formats have no indent, or spaces after the digits.
            [b'0', b'b' | b'B', bits @ ..] => {
                bits.contains(&b',') || line.starts_with(b" ") && byte_of(bits).is_ok()
            }
            _ => false,
        }
}

/// The byte of one to eight binary digits.
fn byte_of(bits: &[u8]) -> Result<u8, Malformed> {
    let is_bit = |bit: &u8| matches!(bit, b'0' | b'1');
    if bits.is_empty() || bits.len() > 8 || !bits.iter().all(is_bit) {
        return Err("not a byte of up to eight binary digits".into());
    }
    Ok(bits.iter().fold(0, |byte, bit| byte << 1 | (bit & 1)))
}

impl Parse for C {
    fn line(&mut self, line: &[u8], bytes: &mut Vec<u8>) -> Result<Parsed, Malformed> {
        let line = line.trim_ascii();
        if line.starts_with(ARRAY) && line.ends_with(b"{") && !self.open && self.count == 0 {
            self.open = true;
            return Ok(Parsed::Nothing);
        }
        if line == b"};" && self.open {
            self.open = false;
            return Ok(Parsed::Nothing);
        }
        if line.starts_with(LENGTH) && !self.open {
            return self.length(line);
        }
        let line = line.strip_suffix(b",").unwrap_or(line);
        for element in line.split(|byte| *byte == b',') {
            match element.trim_ascii() {
                [b'0', b'x' | b'X', digit] => pairs(&[b'0', *digit], bytes)?,
                [b'0', b'x' | b'X', high, low] => pairs(&[*high, *low], bytes)?,
                [b'0', b'b' | b'B', bits @ ..] => bytes.push(byte_of(bits)?),
                _ => return Err("not a list of bytes such as 0x41, 0x42".into()),
            }
        }
        self.count += bytes.len() as u64;
        Ok(Parsed::Bytes(None))
    }

    fn finish(&self) -> Result<(), Malformed> {
        if self.open {
            Err("the array is not closed".into())
        } else {
            Ok(())
        }
    }
}

impl C {
    /// Compares the declared length with the number of bytes.
    fn length(&self, line: &[u8]) -> Result<Parsed, Malformed> {
        let number = line.rsplit(|byte| *byte == b'=').next().unwrap_or_default();
        let number = number.strip_suffix(b";").unwrap_or(number).trim_ascii();
        let number = str::from_utf8(number)
            .ok()
            .and_then(|number| number.parse::<u64>().ok());
        if number == Some(self.count) {
            return Ok(Parsed::Nothing);
        }
        Err(Malformed::from(format!(
            "the length is not that of the array, which has {} bytes",
            self.count
        )))
    }
}
