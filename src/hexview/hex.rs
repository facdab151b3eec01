//! Hexadecimal digits and printable characters of single bytes.

/// The hexadecimal digits.
pub(super) const NIBBLES: &[u8; 16] = b"0123456789abcdef";

/// The two digits of every byte.
const DIGITS: [[u8; 2]; 256] = {
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        digits[byte] = [NIBBLES[byte >> 4], NIBBLES[byte & 15]];
        byte += 1;
    }
    digits
};

/// The two hexadecimal digits of `byte`.
pub(super) fn digits(byte: u8) -> [u8; 2] {
    DIGITS[usize::from(byte)]
}

/// `byte` if it is printable ASCII, a full stop otherwise.
pub(super) fn printable(byte: u8) -> u8 {
    if matches!(byte, b' '..=b'~') {
        byte
    } else {
        b'.'
    }
}
