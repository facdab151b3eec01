//! The format of `xxd -i`: an array in C, with its length when it has a name.

use super::hex;
use super::line::{Ending, Lines, Run, plain_lines};
use super::output::Block;

/// Bytes on a line.
const BYTES: usize = 12;
/// The end of the line before, and the indent.
const LEAD: &[u8; 4] = b",\n  ";
/// A byte with the comma and space that separate it from the next.
const ELEMENT: usize = 6;
/// A full line: the last element has no separator, which belongs to the next line's lead.
const TEXT: usize = LEAD.len() + BYTES * ELEMENT - 2;

/// `xxd -i`; with a name, the array and its length are declared.
#[derive(Clone, Debug)]
pub(super) struct C {
    /// The identifier.
    pub(super) name: Option<String>,
}

/// The identifier that `xxd -i` makes of a file's path: what is not an ASCII letter or digit
/// becomes `_`, and a digit at the start gets `__` before it.
#[must_use]
pub fn c_identifier(path: &[u8]) -> String {
    let lead = if path.first().is_some_and(u8::is_ascii_digit) {
        "__"
    } else {
        ""
    };
    let letters = path.iter().map(|byte| {
        if byte.is_ascii_alphanumeric() {
            *byte as char
        } else {
            '_'
        }
    });
    lead.chars().chain(letters).collect()
}

impl Lines for C {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        TEXT
    }

    fn begin(&self, text: &mut Block) {
        if let Some(name) = &self.name {
            text.push(format!("unsigned char {name}[] = {{\n").as_bytes());
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(at, data) = run {
                let (first, rest) = match data.split_first_chunk::<BYTES>() {
                    Some(split) if at.index == 0 => split,
                    _ => {
                        plain_lines(data, text, body);
                        continue;
                    }
                };
                // Nothing to end before the first line: its lead is the indent alone.
                let mut line = [0; TEXT];
                body(first, &mut line);
                text.push(line.get(2..).unwrap_or_default());
                plain_lines(rest, text, body);
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        for (place, byte) in ending.tail.iter().enumerate() {
            let [a, b] = hex::digits(*byte);
            let lead: &[u8] = match (place, ending.at.index) {
                (0, 0) => b"  ",
                (0, _) => LEAD,
                _ => b", ",
            };
            text.push(lead);
            text.push(&[b'0', b'x', a, b]);
        }
        let total = ending.end().index;
        if total > 0 {
            text.push(b"\n");
        }
        if let Some(name) = &self.name {
            text.push(format!("}};\nunsigned int {name}_len = {total};\n").as_bytes());
        }
    }
}

/// One line that is not the first.
fn body(bytes: &[u8; BYTES], text: &mut [u8; TEXT]) {
    let Some((lead, elements)) = text.split_first_chunk_mut::<4>() else {
        return;
    };
    *lead = *LEAD;
    let (places, last) = elements.as_chunks_mut::<ELEMENT>();
    for (byte, place) in bytes.iter().zip(places) {
        let [a, b] = hex::digits(*byte);
        *place = [b'0', b'x', a, b, b',', b' '];
    }
    let [a, b] = hex::digits(bytes[BYTES - 1]);
    last.copy_from_slice(&[b'0', b'x', a, b]);
}
