//! The format of `xxd -i`: an array in C, with its length when it has a name.

use fearless_simd::Level;

use super::block::Block;
use super::hex;
use super::line::{Ending, Lines, Run};
use super::template::{Cell, Template};

/// Bytes on a line.
const BYTES: usize = 12;
/// The end of the line before, and the indent.
const LEAD: &[u8; 4] = b",\n  ";
/// A byte with the comma and space that separate it from the next.
const ELEMENT: usize = 6;
/// A full line: the last element has no separator, which belongs to the next line's lead.
const TEXT: usize = LEAD.len() + BYTES * ELEMENT - 2;

static TEMPLATE: Template<TEXT> = Template::new(cells());

/// `xxd -i`; with a name, the array and its length are declared.
#[derive(Clone, Debug)]
pub(super) struct C {
    /// The identifier.
    pub(super) name: Option<String>,
    /// The vectors to use.
    pub(super) level: Option<Level>,
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
            let Run::Lines(at, data) = run else { continue };
            let (first, rest) = data.split_at(if at.index == 0 {
                BYTES.min(data.len())
            } else {
                0
            });
            // Nothing is to be ended before the first line.
            elements(first, b"  ", text);
            TEMPLATE.lines::<BYTES>(self.level, None, rest, text);
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        let lead: &[u8] = if ending.at.index == 0 { b"  " } else { LEAD };
        elements(ending.tail, lead, text);
        let total = ending.end().index;
        if total > 0 {
            text.push(b"\n");
        }
        if let Some(name) = &self.name {
            text.push(format!("}};\nunsigned int {name}_len = {total};\n").as_bytes());
        }
    }
}

/// Some elements behind `lead`.
fn elements(bytes: &[u8], lead: &[u8], text: &mut Block) {
    let mut lead = lead;
    for byte in bytes {
        let [a, b] = hex::digits(*byte);
        text.push(lead);
        text.push(&[b'0', b'x', a, b]);
        lead = b", ";
    }
}

/// A line that is not the first, character by character.
const fn cells() -> [Cell; TEXT] {
    let mut cells = [Cell::Text(b' '); TEXT];
    cells[0] = Cell::Text(LEAD[0]);
    cells[1] = Cell::Text(LEAD[1]);
    let mut byte = 0;
    while byte < BYTES {
        let place = LEAD.len() + byte * ELEMENT;
        cells[place] = Cell::Text(b'0');
        cells[place + 1] = Cell::Text(b'x');
        cells[place + 2] = Cell::High(byte as u8);
        cells[place + 3] = Cell::Low(byte as u8);
        if byte + 1 < BYTES {
            cells[place + 4] = Cell::Text(b',');
        }
        byte += 1;
    }
    cells
}
