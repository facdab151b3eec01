//! Runs of printable characters with their offsets, as `strings -t x` prints them. A run has any length, so the bytes
//! are searched in order and not in lines.
//!
//! The bytes are searched as bits: one for each byte, set if it is printable. A run of some length is where as many
//! shifted copies of the bits are all set.

use std::io::Write;

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u8x64};

use super::block::Block;
use super::error::{DumpError, Summary};
use super::hex::NIBBLES;
use super::input::{Input, Piece};
use super::output::Output;
use super::vectors;

/// Bytes read at a time.
const SIZE: usize = 64 * 1024;

/// Bytes whose bits fit in a word.
const WORD: usize = 64;

/// Writes each run of at least `shortest` printable characters of ASCII, with its offset. `offset` is the printed
/// offset of the first byte.
///
/// # Errors
/// As for [`dump()`](super::dump()).
pub fn strings<I: Input, W: Write>(
    shortest: u16,
    offset: u64,
    input: &mut I,
    output: &mut W,
) -> Result<Summary, DumpError<I::Error>> {
    let mut output = Output::new(output);
    let mut text = Block::default();
    let mut buffer = vec![0; SIZE];
    let mut search = Search::new(shortest, offset, vectors::detect());
    let failure = loop {
        let length = match input.next(&mut buffer) {
            Ok(Piece::End) => break None,
            Err(error) => break Some(error),
            Ok(Piece::Pause) => {
                output.write(&mut text).map_err(DumpError::Output)?;
                text.clear();
                continue;
            }
            Ok(Piece::Bytes(length)) => length.get() as u64,
            Ok(Piece::Zeros(length)) => {
                search.end(&mut text);
                search.at = search
                    .at
                    .checked_add(length.get())
                    .ok_or(DumpError::OffsetOverflow)?;
                continue;
            }
        };
        let end = search
            .at
            .checked_add(length)
            .ok_or(DumpError::OffsetOverflow)?;
        let bytes = usize::try_from(length)
            .ok()
            .and_then(|length| buffer.get(..length));
        search.bytes(bytes.unwrap_or_default(), &mut text);
        search.at = end;
        if text.length() >= SIZE {
            output.write(&mut text).map_err(DumpError::Output)?;
            text.clear();
        }
    };
    search.end(&mut text);
    output.write(&mut text).map_err(DumpError::Output)?;
    output.flush().map_err(DumpError::Output)?;
    let shown = Summary {
        input: search.at.wrapping_sub(offset),
        output: output.written(),
    };
    match failure {
        Some(error) => Err(DumpError::Input { error, shown }),
        None => Ok(shown),
    }
}

/// Which bytes are printable.
struct Bits {
    level: Option<Level>,
    /// A bit for each byte, and a word of zeros after the last one.
    words: Vec<u64>,
}

impl Bits {
    /// Finds the bits of other bytes.
    fn set(&mut self, bytes: &[u8]) {
        self.words.clear();
        match self.level {
            Some(level) => dispatch!(level, simd => self.fill(bytes, #[inline(always)] |bytes| {
                let bytes = u8x64::load_array_ref(simd, bytes);
                let shown = bytes.simd_ge(b' ') & bytes.simd_le(b'~');
                (shown | bytes.simd_eq(b'\t')).to_bitmask()
            })),
            None => self.fill(bytes, |bytes| {
                let bit = |byte: &u8| u64::from(matches!(byte, b'\t' | b' '..=b'~'));
                bytes
                    .iter()
                    .rev()
                    .fold(0, |bits, byte| bits << 1 | bit(byte))
            }),
        }
        self.words.push(0);
    }

    #[inline(always)]
    fn fill(&mut self, bytes: &[u8], bits: impl Fn(&[u8; WORD]) -> u64) {
        let (words, rest) = bytes.as_chunks::<WORD>();
        self.words.extend(words.iter().map(&bits));
        if !rest.is_empty() {
            let mut padded = [0; WORD];
            padded[..rest.len()].copy_from_slice(rest);
            self.words.push(bits(&padded));
        }
    }

    /// The word at an index; zeros after the last one.
    fn word(&self, index: usize) -> u64 {
        self.words.get(index).copied().unwrap_or(0)
    }

    /// The end of the run that a byte belongs to; the byte itself if it belongs to none.
    fn end(&self, byte: usize) -> usize {
        let (mut index, shift) = (byte / WORD, byte % WORD);
        let ones = (self.word(index) >> shift).trailing_ones() as usize;
        if ones < WORD - shift {
            return byte + ones;
        }
        loop {
            index += 1;
            match self.word(index) {
                u64::MAX => {}
                word => return index * WORD + word.trailing_ones() as usize,
            }
        }
    }

    /// The start of the next run of at least `shortest` bytes, at most [`WORD`], from a byte on that begins no run in
    /// the middle.
    fn start(&self, byte: usize, shortest: usize) -> Option<usize> {
        let mut seen = u128::MAX << (byte % WORD);
        for index in byte / WORD..self.words.len() {
            let both = u128::from(self.word(index)) | u128::from(self.word(index + 1)) << WORD;
            let (mut starts, mut length) = (both & seen, 1);
            while length < shortest {
                let step = length.min(shortest - length);
                starts &= starts >> step;
                length += step;
            }
            match (starts as u64).trailing_zeros() as usize {
                WORD => seen = u128::MAX,
                place => return Some(index * WORD + place),
            }
        }
        None
    }
}

/// A search for runs.
struct Search {
    shortest: usize,
    /// The offset of the next byte.
    at: u64,
    /// The offset of the current run.
    start: u64,
    /// The characters of the current run, while it is too short to be shown.
    held: Vec<u8>,
    /// Whether the current run is shown.
    shown: bool,
    bits: Bits,
}

impl Search {
    fn new(shortest: u16, offset: u64, level: Option<Level>) -> Self {
        Self {
            shortest: usize::from(shortest.max(1)),
            at: offset,
            start: offset,
            held: Vec::new(),
            shown: false,
            bits: Bits {
                level,
                words: Vec::new(),
            },
        }
    }

    /// Searches the next bytes.
    fn bytes(&mut self, bytes: &[u8], text: &mut Block) {
        self.bits.set(bytes);
        let mut next = 0;
        // The current run goes on, or ends.
        if self.shown || !self.held.is_empty() {
            next = self.run(0, bytes, text);
        }
        while let Some(start) = self.bits.start(next, self.shortest.min(WORD)) {
            next = self.run(start, bytes, text);
        }
        // A short run at the end may go on.
        let tail = bytes
            .iter()
            .rev()
            .zip(1..=self.shortest.min(bytes.len() - next));
        let is_text = |byte: usize| self.bits.end(byte) > byte;
        let length = tail
            .take_while(|(_, back)| is_text(bytes.len() - back))
            .count();
        if length > 0 {
            self.run(bytes.len() - length, bytes, text);
        }
    }

    /// Adds the run at a place to the current one, and ends it unless it reaches the end of the bytes. Returns where to
    /// search on.
    fn run(&mut self, start: usize, bytes: &[u8], text: &mut Block) -> usize {
        let end = self.bits.end(start).min(bytes.len());
        if !self.shown && self.held.is_empty() {
            self.start = self.at.wrapping_add(start as u64);
        }
        self.more(bytes.get(start..end).unwrap_or_default(), text);
        if end < bytes.len() {
            self.end(text);
        }
        end
    }

    /// Adds characters to the current run.
    fn more(&mut self, run: &[u8], text: &mut Block) {
        if !self.shown {
            if self.held.len() + run.len() < self.shortest {
                self.held.extend(run);
                return;
            }
            offset(self.start, text);
            text.push(&self.held);
            self.held.clear();
            self.shown = true;
        }
        text.push(run);
    }

    /// Ends the current run.
    fn end(&mut self, text: &mut Block) {
        if self.shown {
            text.push(b"\n");
        }
        self.held.clear();
        self.shown = false;
    }
}

/// Appends an offset and a space.
fn offset(at: u64, text: &mut Block) {
    let mut characters = [b' '; 17];
    let mut rest = at;
    for (place, character) in characters.iter_mut().rev().enumerate().skip(1) {
        if rest == 0 && place > 1 {
            break;
        }
        *character = NIBBLES[(rest & 15) as usize];
        rest >>= 4;
    }
    let digits = (u64::BITS - at.leading_zeros()).div_ceil(4) as usize;
    text.push(&characters[16 - digits.max(7)..]);
}
