//! Hexadecimal and octal numbers, characters, and short floating-point numbers. Other types are in `value`.

use super::float::{self, Style};
use super::number::{GROUPS, SPACES, Text, WIDTH};
use super::value::Value;

/// Unsigned numbers with all their digits.
macro_rules! digits {
    ($($Name:ident: $type:ident, $size:literal, $bits:literal, $digits:literal;)+) => {$(
        /// A number of this size in a base of `2^bits`.
        pub(super) struct $Name;

        impl Value<$size> for $Name {
            const COLUMNS: usize = $digits + 1;

            #[inline(always)]
            fn text(bytes: [u8; $size], _style: Style) -> Text {
                let mut text = [b' '; WIDTH];
                let mut rest = u64::from($type::from_le_bytes(bytes));
                for place in text.iter_mut().rev().take($digits) {
                    let digit = (rest & ((1 << $bits) - 1)) as u8;
                    *place = digit + if digit < 10 { b'0' } else { b'a' - 10 };
                    rest >>= $bits;
                }
                Text::of_all(&text)
            }
        }
    )+};
}

digits! {
    Hex8: u8, 1, 4, 2;
    Hex16: u16, 2, 4, 4;
    Hex32: u32, 4, 4, 8;
    Hex64: u64, 8, 4, 16;
    Octal8: u8, 1, 3, 3;
    Octal16: u16, 2, 3, 6;
    Octal32: u32, 4, 3, 11;
    Octal64: u64, 8, 3, 22;
}

/// A byte as a character, as `od -c` prints it.
pub(super) struct Character;

/// The last four characters of the text of every byte.
static CHARACTERS: [u32; 256] = {
    let mut texts = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        texts[byte] = u32::from_le_bytes(character(byte as u8));
        byte += 1;
    }
    texts
};

/// The text of a byte, right-aligned.
const fn character(byte: u8) -> [u8; 4] {
    let digits = [
        b'0' + (byte >> 6),
        b'0' + (byte >> 3 & 7),
        b'0' + (byte & 7),
    ];
    let [first, second, third] = match byte {
        0 => *b" \\0",
        7 => *b" \\a",
        8 => *b" \\b",
        b'\t' => *b" \\t",
        b'\n' => *b" \\n",
        11 => *b" \\v",
        12 => *b" \\f",
        b'\r' => *b" \\r",
        b' '..=b'~' => [b' ', b' ', byte],
        _ => digits,
    };
    [b' ', first, second, third]
}

impl Value<1> for Character {
    const COLUMNS: usize = 4;

    #[inline(always)]
    fn text([byte]: [u8; 1], _style: Style) -> Text {
        let mut text = [SPACES; GROUPS];
        text[GROUPS - 1] = CHARACTERS[usize::from(byte)];
        Text(text)
    }
}

/// A floating-point number of 16 bits. All digits that a number of 32 bits needs are shown, as in `od -t fH`.
macro_rules! short_float {
    ($Name:ident, $wide:path) => {
        /// A floating-point number of 16 bits.
        pub(super) struct $Name;

        impl Value<2> for $Name {
            const COLUMNS: usize = 16;

            #[inline(always)]
            fn text(bytes: [u8; 2], style: Style) -> Text {
                let value = $wide(u16::from_le_bytes(bytes));
                float::text(style, value, value.into(), 6)
            }
        }
    };
}

short_float!(Half, half);
short_float!(Brain, brain);

/// The value of a number of IEEE 754 with 5 bits of exponent.
fn half(bits: u16) -> f32 {
    let sign = u32::from(bits & 0x8000) << 16;
    let exponent = u32::from(bits >> 10 & 0x1f);
    let fraction = u32::from(bits & 0x3ff);
    let magnitude = match exponent {
        // The fraction counts multiples of 2^-24.
        0 => (fraction as f32 / 16_777_216.0).to_bits(),
        0x1f => 0x7f80_0000 | fraction << 13,
        _ => (exponent + 112) << 23 | fraction << 13,
    };
    f32::from_bits(sign | magnitude)
}

/// The value of the upper half of a number of 32 bits.
fn brain(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_floats_have_their_values() {
        for (bits, value) in [
            (0x0000, 0.0),
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0400, 6.103_515_6e-5),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x3555, 0.333_251_95),
            (0xfc00, f32::NEG_INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:x}");
        }
        assert!(half(0x7e00).is_nan() && brain(0x7fc0).is_nan());
        assert_eq!(half(0x8000).to_bits(), 1 << 31);
        for value in [0.0, 1.0, -1.5, 1e30, f32::INFINITY] {
            let bits = (f32::to_bits(value) >> 16) as u16;
            assert!((brain(bits) - value).abs() <= value.abs() / 100.0 || brain(bits) == value);
        }
    }
}
