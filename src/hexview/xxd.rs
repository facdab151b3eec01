//! The format of `xxd`: offset, eight groups of two bytes, characters.

use super::hex;
use super::line::{Ending, Lines, Run, offset_lines, short_offset_line};
use super::output::Block;

/// Bytes on a line.
const BYTES: usize = 16;
/// Where the characters start, counted from behind the offset's digits.
const CHARACTERS: usize = 1 + 8 * 5 + 2;
/// What a full line has behind the offset's digits, with the line end.
const BODY: usize = CHARACTERS + BYTES + 1;

/// `xxd` without options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Xxd;

impl Lines for Xxd {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        8 + BODY
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(at, data) = run {
                offset_lines(at.offset, data, text, body);
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        short_offset_line(ending, text, body, |shape, bytes| {
            // The hexadecimal part keeps its width, the characters end where the bytes end.
            let used = 1 + bytes * 2 + bytes.div_ceil(2);
            if let Some(unused) = shape.get_mut(used..CHARACTERS) {
                unused.fill(b' ');
            }
            CHARACTERS + bytes
        });
    }
}

/// One line behind its offset.
fn body(bytes: &[u8; BYTES], text: &mut [u8; BODY]) {
    text[0] = b':';
    let (groups, _) = text[1..].as_chunks_mut::<5>();
    let (pairs, _) = bytes.as_chunks::<2>();
    for (pair, group) in pairs.iter().zip(groups) {
        let [a, b] = hex::digits(pair[0]);
        let [c, d] = hex::digits(pair[1]);
        *group = [b' ', a, b, c, d];
    }
    text[41] = b' ';
    text[42] = b' ';
    for (byte, place) in bytes.iter().zip(&mut text[43..59]) {
        *place = hex::printable(*byte);
    }
    text[59] = b'\n';
}
