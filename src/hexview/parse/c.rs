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
    line.starts_with(ARRAY) || line.trim_ascii_start().starts_with(b"0x")
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
            match element.trim_ascii().strip_prefix(b"0x") {
                Some([digit]) => pairs(&[b'0', *digit], bytes)?,
                Some(digits @ [_, _]) => pairs(digits, bytes)?,
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
