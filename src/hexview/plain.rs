//! The format of `xxd -p`: digits only, thirty bytes on a line.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16};

use super::block::Block;
use super::hex;
use super::line::{Ending, Lines, Run};
use super::template::digits;

/// Bytes on a line.
const BYTES: usize = 30;
/// What a full line becomes, with the line end.
const TEXT: usize = 2 * BYTES + 1;

/// `xxd -p` without options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    /// The vectors to use.
    pub(super) level: Option<Level>,
}

impl Lines for Plain {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        TEXT
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            let Run::Lines(_, data) = run else { continue };
            let (lines, _) = data.as_chunks::<BYTES>();
            let size = lines.len() * TEXT;
            let (places, _) = text.spare(size).as_chunks_mut::<TEXT>();
            match self.level {
                Some(level) => dispatch!(level, simd => vectors(simd, lines, places)),
                None => lines
                    .iter()
                    .zip(places)
                    .for_each(|(line, place)| portable(line, place)),
            }
            text.advance(size);
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

/// One line without vectors.
fn portable(bytes: &[u8; BYTES], text: &mut [u8; TEXT]) {
    let (places, _) = text.as_chunks_mut::<2>();
    for (byte, place) in bytes.iter().zip(places) {
        *place = hex::digits(*byte);
    }
    text[TEXT - 1] = b'\n';
}

/// Lines with vectors: sixteen bytes from the front and sixteen from the back of each line, which
/// overlap by two.
#[inline(always)]
fn vectors<S: Simd>(simd: S, lines: &[[u8; BYTES]], places: &mut [[u8; TEXT]]) {
    for (bytes, text) in lines.iter().zip(places) {
        let (Some(front), Some(back)) = (bytes.first_chunk(), bytes.last_chunk()) else {
            continue;
        };
        let [front, back] =
            [front, back].map(|bytes| digits(simd, u8x16::load_array_ref(simd, bytes)));
        if let Some(place) = text.first_chunk_mut() {
            front.store_array(place);
        }
        if let Some(place) = text
            .get_mut(28..60)
            .and_then(|place| place.first_chunk_mut())
        {
            back.store_array(place);
        }
        text[TEXT - 1] = b'\n';
    }
}
