//! Hexadecimal and binary digits and printable characters of single bytes.

/// The hexadecimal digits.
pub(super) const NIBBLES: &[u8; 16] = b"0123456789abcdef";

/// The upper-case hexadecimal digits.
const UPPER_NIBBLES: &[u8; 16] = b"0123456789ABCDEF";

/// The two digits of every byte.
static DIGITS: [[u8; 2]; 256] = pairs(NIBBLES);
/// The two digits of every byte, in upper case.
static UPPER_DIGITS: [[u8; 2]; 256] = pairs(UPPER_NIBBLES);
/// The eight binary digits of every byte.
pub(super) static BITS: [[u8; 8]; 256] = {
    let mut bits = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut bit = 0;
        while bit < 8 {
            bits[byte][bit] = b'0' + (byte >> (7 - bit) & 1) as u8;
            bit += 1;
        }
        byte += 1;
    }
    bits
};

/// The two digits of every byte, in these letters.
const fn pairs(nibbles: &[u8; 16]) -> [[u8; 2]; 256] {
    let mut digits = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        digits[byte] = [nibbles[byte >> 4], nibbles[byte & 15]];
        byte += 1;
    }
    digits
}

/// The two digits of every byte, in upper case or not.
pub(super) fn digits_in(uppercase: bool) -> &'static [[u8; 2]; 256] {
    if uppercase { &UPPER_DIGITS } else { &DIGITS }
}

/// The two hexadecimal digits of `byte`.
pub(super) fn digits(byte: u8) -> [u8; 2] {
    DIGITS[usize::from(byte)]
}

/// The hexadecimal digits, in upper case or not.
pub(super) fn nibbles_in(uppercase: bool) -> &'static [u8; 16] {
    if uppercase { UPPER_NIBBLES } else { NIBBLES }
}

/// A byte as a character of ASCII; a full stop if it is not printable.
#[inline(always)]
pub(super) const fn printable(byte: u8) -> u8 {
    match byte {
        b' '..=b'~' => byte,
        _ => b'.',
    }
}

/// Every byte as such a character.
pub(super) static PRINTABLE: [u8; 256] = {
    let mut characters = [0; 256];
    let mut byte = 0;
    while byte < characters.len() {
        characters[byte] = printable(byte as u8);
        byte += 1;
    }
    characters
};
