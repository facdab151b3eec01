//! The format of `xxd -p`: digits only, thirty bytes on a line.

use super::hex;
use super::line::{Ending, Lines, Run, plain_lines};
use super::output::Block;

/// Bytes on a line.
const BYTES: usize = 30;
/// What a full line becomes, with the line end.
const TEXT: usize = 2 * BYTES + 1;

/// `xxd -p` without options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain;

impl Lines for Plain {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        TEXT
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(_, data) = run {
                plain_lines(data, text, body);
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        for byte in ending.tail {
            text.push(&hex::digits(*byte));
        }
        if !ending.tail.is_empty() {
            text.push(b"\n");
        }
    }
}

/// One line.
fn body(bytes: &[u8; BYTES], text: &mut [u8; TEXT]) {
    let (places, _) = text.as_chunks_mut::<2>();
    for (byte, place) in bytes.iter().zip(places) {
        *place = hex::digits(*byte);
    }
    text[TEXT - 1] = b'\n';
}
