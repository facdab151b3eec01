//! The format of `hexdump -C`: offset, two groups of eight bytes, characters, squeezed repeats,
//! and the end offset on a line of its own.

use super::hex;
use super::line::{Ending, Lines, Run, Squeeze, offset_lines, short_offset_line};
use super::offset;
use super::output::Block;

/// Bytes on a line.
const BYTES: usize = 16;
/// Where the characters start, counted from behind the offset's digits.
const CHARACTERS: usize = 2 + 8 * 3 + 1 + 8 * 3 + 2;
/// What a full line has behind the offset's digits, with the line end.
const BODY: usize = CHARACTERS + BYTES + 2;

/// `hexdump -C`, and `hexdump -C -v` without squeezing.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canonical {
    /// Whether repeated lines become one `*`.
    pub(super) squeeze: bool,
}

impl Lines for Canonical {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        8 + BODY
    }

    fn squeeze(&self) -> Squeeze {
        if self.squeeze {
            Squeeze::Repeats
        } else {
            Squeeze::Never
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Lines(at, data) => offset_lines(at.offset, data, text, body),
                Run::Squeezed => text.push(b"*\n"),
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        short_offset_line(ending, text, body, |shape, bytes| {
            let used = 2 + bytes * 3 + usize::from(bytes > 8);
            if let Some(unused) = shape.get_mut(used..CHARACTERS - 1) {
                unused.fill(b' ');
            }
            if let Some(end) = shape.get_mut(CHARACTERS + bytes) {
                *end = b'|';
            }
            CHARACTERS + bytes + 1
        });
        let end = ending.end();
        if end.index > 0 {
            text.push(offset::column(end.offset).as_bytes());
            text.push(b"\n");
        }
    }
}

/// One line behind its offset.
fn body(bytes: &[u8; BYTES], text: &mut [u8; BODY]) {
    let (left, right) = bytes.split_at(BYTES / 2);
    text[0] = b' ';
    text[1] = b' ';
    half(left, &mut text[2..26]);
    text[26] = b' ';
    half(right, &mut text[27..51]);
    text[51] = b' ';
    text[52] = b'|';
    for (byte, place) in bytes.iter().zip(&mut text[53..69]) {
        *place = hex::printable(*byte);
    }
    text[69] = b'|';
    text[70] = b'\n';
}

/// Eight bytes, a space behind each.
fn half(bytes: &[u8], text: &mut [u8]) {
    let (places, _) = text.as_chunks_mut::<3>();
    for (byte, place) in bytes.iter().zip(places) {
        let [a, b] = hex::digits(*byte);
        *place = [a, b, b' '];
    }
}
