//! The format of `xxd -i`: an array in C, with its length if it has a name. It is read back in `parse`.

use fearless_simd::Level;

use super::block::Block;
use super::hex;
use super::line::{Ending, Lines, Run};
use super::template::Template;

/// Bytes in a line.
const BYTES: usize = 12;
/// The start of a line that is not the first: the end of the line before, and the indent.
const LEAD: &[u8; 4] = b",\n  ";
/// A line that is not the first.
const PICTURE: &str = ",\n  0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH, 0xHH";

static TEMPLATE: Template<{ PICTURE.len() }> = Template::new(PICTURE);

/// `xxd -i`. With a name, the array and its length are declared.
#[derive(Clone, Debug)]
pub(super) struct C {
    /// The identifier.
    pub(super) name: Option<String>,
    /// The vectors to use.
    pub(super) level: Option<Level>,
}

/// The identifier that `xxd -i` makes from the path of a file: every byte that is not an ASCII
/// letter or digit becomes `_`, and a leading digit gets `__` before it.
#[must_use]
pub fn c_identifier(path: &[u8]) -> String {
    let starts_with_digit = path.first().is_some_and(u8::is_ascii_digit);
    let lead = if starts_with_digit { "__" } else { "" };
    let letters = path.iter().map(|byte| match byte {
        byte if byte.is_ascii_alphanumeric() => char::from(*byte),
        _ => '_',
    });
    lead.chars().chain(letters).collect()
}

impl Lines for C {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        PICTURE.len()
    }

    fn begin(&self, text: &mut Block) {
        if let Some(name) = &self.name {
            text.push(format!("unsigned char {name}[] = {{\n").as_bytes());
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            let Run::Lines(at, data) = run else { continue };
            let first = if at.index == 0 { BYTES } else { 0 };
            let (first, rest) = data.split_at(first.min(data.len()));
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

/// Appends `lead` and some elements.
fn elements(bytes: &[u8], lead: &[u8], text: &mut Block) {
    let mut lead = lead;
    for byte in bytes {
        let [a, b] = hex::digits(*byte);
        text.push(lead);
        text.push(&[b'0', b'x', a, b]);
        lead = b", ";
    }
}
