//! The list of bytes that differ, in the format of `cmp -l`.
//!
//! Numbers that differ in their last two digits only share the text before these. A line is stored
//! as two texts of fixed size, whether its bytes differ or not; the next line overwrites it if they
//! do not. So random bytes cost no wrong predictions.

use super::super::place::room;

/// The text of every byte: a space and three digits or spaces.
type Texts = [[u8; 4]; 256];

static OCTAL: Texts = texts(8);
static DECIMAL: Texts = texts(10);

/// The two digits of every number below 100.
static DIGITS: [[u8; 2]; HUNDRED] = {
    let mut digits = [[0; 2]; HUNDRED];
    let mut number = 0;
    while number < HUNDRED {
        digits[number] = [b'0' + number as u8 / 10, b'0' + number as u8 % 10];
        number += 1;
    }
    digits
};

const HUNDRED: usize = 100;
/// The limit of digits in a number.
const WIDEST: usize = 20;
/// The part of a line after the number: a text for each byte, and the end of the line.
const REST: usize = 9;
/// Room for the start of a number.
const START: usize = 32;
/// Room for the two texts of a line.
const ROOM: usize = 64;

const fn texts(base: usize) -> Texts {
    let mut texts = [[b' '; 4]; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut left = byte;
        let mut place = 3;
        loop {
            texts[byte][place] = b'0' + (left % base) as u8;
            left /= base;
            place -= 1;
            if left == 0 {
                break;
            }
        }
        byte += 1;
    }
    texts
}

/// The lines of `cmp -l`: the number of a byte, from 1 on, and that byte of both sides.
#[derive(Debug)]
pub struct ByteList {
    width: usize,
    bytes: &'static Texts,
}

impl ByteList {
    /// A list with the bytes in octal, as in `cmp -l`, or `decimal`. The numbers are right-aligned
    /// to `width` columns, at most 20: see [`byte_list_width`].
    #[must_use]
    pub fn new(width: usize, decimal: bool) -> Self {
        Self {
            width: width.min(WIDEST),
            bytes: if decimal { &DECIMAL } else { &OCTAL },
        }
    }

    /// Writes the lines of the bytes that differ to the start of `text`, and returns their length.
    /// `first` bytes of each side come before `a` and `b`. Bytes that only one of them has are left
    /// out.
    ///
    /// `text` grows if needed and is never shortened, because the memory of a buffer that is used
    /// again is already initialised.
    pub fn lines(&self, first: u64, a: &[u8], b: &[u8], text: &mut Vec<u8>) -> usize {
        let count = a.len().min(b.len());
        let digits = digit_count(first.saturating_add(count as u64));
        let line = digits.max(self.width) + REST;
        let size = count.saturating_mul(line).saturating_add(ROOM);
        if text.len() < size {
            text.resize(size, 0);
        }
        let (mut a, mut b) = (a, b);
        let mut number = first;
        let mut at = 0;
        while !a.is_empty() && !b.is_empty() {
            number = number.saturating_add(1);
            let in_hundred = (number % HUNDRED as u64) as usize;
            let length = (HUNDRED - in_hundred).min(a.len()).min(b.len());
            let (now_a, later_a) = a.split_at(length);
            let (now_b, later_b) = b.split_at(length);
            if now_a != now_b {
                at = self.hundred(number, now_a, now_b, text, at);
            }
            number = number.saturating_add(length as u64 - 1);
            (a, b) = (later_a, later_b);
        }
        at
    }

    /// Writes the lines of bytes whose numbers, from `number` on, have the same start, and returns
    /// the place after them.
    fn hundred(&self, number: u64, a: &[u8], b: &[u8], text: &mut [u8], at: usize) -> usize {
        let in_hundred = (number % HUNDRED as u64) as usize;
        let number = number / HUNDRED as u64;
        if number == 0 {
            return self.first_hundred(in_hundred, a, b, text, at);
        }
        let mut start = [b' '; START];
        let digits = number
            .checked_ilog10()
            .map_or(0, |digits| digits as usize + 1);
        // The remainder never changes the length. It proves to the compiler that the text fits.
        let length = digits.max(self.width.saturating_sub(2)) % START;
        let mut left = number;
        for place in start.iter_mut().take(length).rev().take(digits) {
            *place = b'0' + (left % 10) as u8;
            left /= 10;
        }
        let mut at = at;
        let digits = DIGITS.iter().skip(in_hundred);
        for ((a, b), digits) in a.iter().zip(b).zip(digits) {
            let Some(room) = room::<ROOM>(text, at) else {
                return at;
            };
            let [tens, ones] = *digits;
            let [a0, a1, a2, a3] = self.bytes[usize::from(*a)];
            let [b0, b1, b2, b3] = self.bytes[usize::from(*b)];
            let rest = [
                tens, ones, a0, a1, a2, a3, b0, b1, b2, b3, b'\n', 0, 0, 0, 0, 0,
            ];
            room[..START].copy_from_slice(&start);
            room[length..length + 16].copy_from_slice(&rest);
            at += if a == b { 0 } else { length + 2 + REST };
        }
        at
    }

    /// Writes the lines of bytes whose numbers, from `number` on, are below 100.
    fn first_hundred(
        &self,
        number: usize,
        a: &[u8],
        b: &[u8],
        text: &mut [u8],
        at: usize,
    ) -> usize {
        let mut at = at;
        for ((number, a), b) in (number..).zip(a).zip(b) {
            if a == b {
                continue;
            }
            let number = format!("{number:>width$}", width = self.width);
            let [a, b] = [a, b].map(|byte| &self.bytes[usize::from(*byte)]);
            for part in [number.as_bytes(), a, b, b"\n"] {
                if let Some(place) = text.get_mut(at..at + part.len()) {
                    place.copy_from_slice(part);
                }
                at += part.len();
            }
        }
        at
    }
}

/// The width of the numbers in `cmp -l`: the digits of the number of bytes that can be compared.
/// `None` is for sides without a size, such as pipes.
#[must_use]
pub fn byte_list_width(compared: Option<u64>) -> usize {
    let most = i64::MAX as u64;
    let compared = compared.map_or(most, |compared| compared.min(most));
    digit_count(compared)
}

/// The number of digits of a number.
fn digit_count(number: u64) -> usize {
    number.checked_ilog10().unwrap_or(0) as usize + 1
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn listed(list: &ByteList, first: u64, a: &[u8], b: &[u8]) -> String {
        let mut text = vec![b'x'; 3];
        let length = list.lines(first, a, b, &mut text);
        String::from_utf8(text[..length].to_vec()).unwrap()
    }

    /// The same text by the rules of the format.
    fn expected(width: usize, decimal: bool, first: u64, a: &[u8], b: &[u8]) -> String {
        let mut text = String::new();
        for ((number, a), b) in (first + 1..).zip(a).zip(b).filter(|((_, a), b)| a != b) {
            match decimal {
                true => writeln!(text, "{number:>width$} {a:>3} {b:>3}"),
                false => writeln!(text, "{number:>width$} {a:>3o} {b:>3o}"),
            }
            .unwrap();
        }
        text
    }

    #[test]
    fn every_byte_has_its_text() {
        let all: Vec<u8> = (0..=u8::MAX).collect();
        let other: Vec<u8> = all.iter().map(|byte| !byte).collect();
        for decimal in [false, true] {
            let list = ByteList::new(3, decimal);
            let text = expected(3, decimal, 0, &all, &other);
            assert_eq!(listed(&list, 0, &all, &other), text);
        }
    }

    #[test]
    fn the_width_is_that_of_the_last_number() {
        for (compared, width) in [
            (Some(0), 1),
            (Some(9), 1),
            (Some(10), 2),
            (Some(99), 2),
            (Some(100), 3),
            (Some(u64::MAX), 19),
            (None, 19),
        ] {
            assert_eq!(byte_list_width(compared), width);
        }
    }

    proptest! {
        #[test]
        fn a_list_is_as_formatted_one_by_one(
            bytes in proptest::collection::vec((0..3_u8, any::<u8>()), 0..400),
            all_differ in any::<bool>(),
            width in 0..25_usize,
            decimal in any::<bool>(),
            first in prop_oneof![
                Just(0_u64), 0..200_u64, 9_900..10_100_u64, 999_800..1_000_200_u64,
                Just((1 << 63) - 300), (0..1000_u64).prop_map(|back| u64::MAX - 500 - back),
            ],
            split in 0..400_usize,
            longer in 0..2_usize,
        ) {
            let other = |(same, byte): &(u8, u8)| if *same < 2 && !all_differ { *byte } else { !byte };
            let a: Vec<u8> = bytes.iter().map(|(_, byte)| *byte).collect();
            let mut b: Vec<u8> = bytes.iter().map(other).collect();
            b.extend(std::iter::repeat_n(0, longer));
            let list = ByteList::new(width, decimal);
            let text = expected(width.min(WIDEST), decimal, first, &a, &b);
            prop_assert_eq!(&listed(&list, first, &a, &b), &text);
            let split = split.min(a.len());
            let [(a0, a1), (b0, b1)] = [a.split_at(split), b.split_at(split)];
            let parts = listed(&list, first, a0, b0) + &listed(&list, first + split as u64, a1, b1);
            prop_assert_eq!(parts, text);
        }
    }
}
