//! The format of `xxd -p`: digits only, usually thirty bytes in a line. It is read back in `parse`.

use fearless_simd::prelude::*;
use fearless_simd::{Level, Simd, dispatch, u8x16};

use super::block::Block;
use super::characters::Characters;
use super::hex;
use super::line::{Ending, Lines, Run};
use super::offset::Offsets;
use super::place::room;
use super::template::{Digits, Template, digits};

/// Bytes in a line.
const BYTES: usize = 30;
/// The text of a full line.
const TEXT: usize = 2 * BYTES + 1;

/// The options of the `plain` format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlainOptions {
    /// Bytes in a line; 0 for all bytes in one line.
    pub columns: u64,
    /// Whether digits are upper case.
    pub uppercase: bool,
}

impl Default for PlainOptions {
    fn default() -> Self {
        Self {
            columns: BYTES as u64,
            uppercase: false,
        }
    }
}

/// The limit of bytes in a line that is made by a template.
const MOST_COLUMNS: u64 = 256;

/// `xxd -p` with options.
#[derive(Clone, Debug)]
pub(super) struct PlainLayout {
    options: PlainOptions,
    /// A line. Without one each byte is a line here, so that a printed line can have any length.
    template: Option<Template>,
    /// The vectors to use.
    level: Option<Level>,
}

impl PlainLayout {
    pub(super) fn new(options: PlainOptions, level: Option<Level>) -> Self {
        let digits = match options.uppercase {
            true => Digits::Uppercase,
            false => Digits::Hexadecimal,
        };
        let template = (1..=MOST_COLUMNS).contains(&options.columns).then(|| {
            let columns = options.columns as usize;
            let places = (0..columns).map(|byte| 2 * byte).collect();
            let text = vec![b' '; 2 * columns];
            Template::new(digits, text, places, Characters::None, b"\n")
        });
        Self {
            options,
            template,
            level,
        }
    }

    /// Appends the digits of bytes, with a newline wherever a printed line is full.
    fn digits(&self, index: u64, bytes: &[u8], text: &mut Block) {
        let digits = hex::digits_in(self.options.uppercase);
        let mut index = index;
        let mut rest = bytes;
        while !rest.is_empty() {
            let left = match self.options.columns {
                0 => u64::MAX,
                columns => columns - index % columns,
            };
            let count = usize::try_from(left).unwrap_or(usize::MAX).min(rest.len());
            let (line, later) = rest.split_at(count);
            let (places, _) = text.spare(2 * count).as_chunks_mut::<2>();
            for (byte, place) in line.iter().zip(places) {
                *place = digits[usize::from(*byte)];
            }
            text.advance(2 * count);
            if count as u64 == left {
                text.push(b"\n");
            }
            index = index.wrapping_add(count as u64);
            rest = later;
        }
    }
}

impl Lines for PlainLayout {
    fn bytes_per_line(&self) -> usize {
        self.template.as_ref().map_or(1, Template::columns)
    }

    fn text_per_line(&self) -> usize {
        // Without a template, one newline for each byte at most.
        let byte = 2 + usize::from(self.options.columns > 0);
        self.template.as_ref().map_or(byte, Template::length)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            let Run::Lines(at, data) = run else { continue };
            match &self.template {
                Some(template) => template.lines(self.level, Offsets::None, data, text),
                None => self.digits(at.index, data, text),
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        self.digits(ending.at.index, ending.tail, text);
        if ending.end().index.checked_rem(self.options.columns) != Some(0) {
            text.push(b"\n");
        }
    }
}

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

/// Writes one line without vectors.
fn portable(bytes: &[u8; BYTES], text: &mut [u8; TEXT]) {
    let (places, _) = text.as_chunks_mut::<2>();
    for (byte, place) in bytes.iter().zip(places) {
        *place = hex::digits(*byte);
    }
    text[TEXT - 1] = b'\n';
}

/// Writes lines with vectors: the first and the last sixteen bytes of each line, which overlap by
/// two.
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
        if let Some(place) = room(text, 28) {
            back.store_array(place);
        }
        text[TEXT - 1] = b'\n';
    }
}
