//! Runs of printable characters with their offsets, as `strings -t x` prints them. A run has any length, so the bytes
//! are searched in order and not in lines.

use std::io::Write;

use super::block::Block;
use super::error::{DumpError, Summary};
use super::input::{Input, Piece};
use super::output::Output;

/// Bytes read at a time.
const SIZE: usize = 64 * 1024;

/// Whether a byte belongs to a run.
static IS_TEXT: [bool; 256] = {
    let mut is_text = [false; 256];
    is_text[b'\t' as usize] = true;
    let mut byte = b' ' as usize;
    while byte <= b'~' as usize {
        is_text[byte] = true;
        byte += 1;
    }
    is_text
};

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
    let mut search = Search::new(shortest, offset);
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
}

impl Search {
    fn new(shortest: u16, offset: u64) -> Self {
        Self {
            shortest: usize::from(shortest.max(1)),
            at: offset,
            start: offset,
            held: Vec::new(),
            shown: false,
        }
    }

    /// Searches the next bytes.
    fn bytes(&mut self, bytes: &[u8], text: &mut Block) {
        let is_text = |byte: &u8| IS_TEXT[usize::from(*byte)];
        let mut rest = bytes;
        while !rest.is_empty() {
            if !self.shown && self.held.is_empty() {
                let first = rest.iter().position(is_text).unwrap_or(rest.len());
                rest = rest.get(first..).unwrap_or_default();
                self.start = self.at.wrapping_add((bytes.len() - rest.len()) as u64);
            }
            let length = rest.iter().position(|byte| !is_text(byte));
            let (run, later) = rest.split_at(length.unwrap_or(rest.len()));
            self.more(run, text);
            if length.is_some() {
                self.end(text);
            }
            rest = later;
        }
    }

    /// Adds characters to the current run.
    fn more(&mut self, run: &[u8], text: &mut Block) {
        if !self.shown {
            if self.held.len() + run.len() < self.shortest {
                self.held.extend(run);
                return;
            }
            // Writing to a block cannot fail.
            let _ = write!(text, "{:7x} ", self.start);
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
