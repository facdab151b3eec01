//! The characters of EBCDIC and the colours of bytes, as `xxd` has them.

/// The characters of the bytes from 64 on, sixteen in a row; a full stop for each that is not printable.
const ROWS: &[&[u8; 16]; 12] = &[
    b" ...........<(+|",
    b"&.........!$*);~",
    b"-/.........,%_>?",
    b".........`:#@'=\"",
    b".abcdefghi......",
    b".jklmnopqr^.....",
    b"..stuvwxyz...[..",
    b".............]..",
    b"{ABCDEFGHI......",
    b"}JKLMNOPQR......",
    b"\\.STUVWXYZ......",
    b"0123456789......",
];

/// The character of every byte in EBCDIC.
pub(in super::super) static EBCDIC: [u8; 256] = {
    let mut characters = [b'.'; 256];
    let mut byte = 64;
    while byte < 256 {
        characters[byte] = ROWS[(byte - 64) / 16][byte % 16];
        byte += 1;
    }
    characters
};

/// The digit of the colour of a byte, as in the escape sequence.
pub(super) const fn colour(byte: u8, ebcdic: bool) -> u8 {
    match byte {
        0 => b'7',
        255 => b'4',
        b'\t' | b'\n' | b'\r' if !ebcdic => b'3',
        b' '..=b'~' if !ebcdic => b'2',
        5 | 13 | 37 if ebcdic => b'3',
        64 | 75..=80 | 90..=97 | 107..=111 | 121..=127 | 129..=137 | 145..=154 | 162..=169
            if ebcdic =>
        {
            b'2'
        }
        173 | 189 | 192..=201 | 208..=217 | 224 | 226..=233 | 240..=249 if ebcdic => b'2',
        _ => RED,
    }
}

/// The digit of red, the colour of other bytes.
pub(super) const RED: u8 = b'1';

/// The escape sequence that ends a colour.
pub(super) const RESET: &[u8; 4] = b"\x1b[0m";

/// The escape sequence of a colour.
pub(super) const fn escape(colour: u8) -> [u8; 7] {
    [b'\x1b', b'[', b'1', b';', b'3', colour, b'm']
}
