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

/// The options of the `c` format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct COptions {
    /// The identifier to declare (see [`c_identifier`]). Without one only the elements are printed, as `xxd -i` does
    /// for its standard input.
    pub name: Option<String>,
    /// Whether letters in the identifiers are upper case.
    pub capitalize: bool,
    /// Elements in a line, at least 1.
    pub columns: u64,
    /// Whether elements are upper case: `0X4A`.
    pub uppercase: bool,
    /// Whether elements have binary digits: `0b01001010`.
    pub binary: bool,
}

impl Default for COptions {
    fn default() -> Self {
        Self {
            name: None,
            capitalize: false,
            columns: BYTES as u64,
            uppercase: false,
            binary: false,
        }
    }
}

impl COptions {
    /// The identifiers of the array and of its length.
    fn names(&self) -> Option<(String, String)> {
        let name = self.name.as_ref()?;
        Some(match self.capitalize {
            true => {
                let name = name.to_ascii_uppercase();
                (name.clone(), format!("{name}_LEN"))
            }
            false => (name.clone(), format!("{name}_len")),
        })
    }

    /// Whether the elements are those of the template.
    fn is_usual(&self) -> bool {
        self.columns == BYTES as u64 && !self.uppercase && !self.binary
    }
}

/// `xxd -i`. With a name, the array and its length are declared.
#[derive(Clone, Debug)]
pub(super) struct C {
    options: COptions,
    /// The vectors to use.
    level: Option<Level>,
}

impl C {
    /// The format with these options and vectors.
    pub(super) fn new(options: COptions, level: Option<Level>) -> Self {
        Self { options, level }
    }

    /// Appends elements, the first of which has this index.
    fn elements(&self, index: u64, bytes: &[u8], text: &mut Block) {
        let digits = hex::digits_in(self.options.uppercase);
        let lead = if self.options.uppercase { b"0X" } else { b"0x" };
        for (index, byte) in (index..).zip(bytes) {
            text.push(match index {
                0 => b"  ",
                index if index.is_multiple_of(self.options.columns.max(1)) => LEAD,
                _ => b", ",
            });
            if self.options.binary {
                text.push(b"0b");
                text.push(&hex::BITS[usize::from(*byte)]);
            } else {
                let [a, b] = digits[usize::from(*byte)];
                text.push(&[lead[0], lead[1], a, b]);
            }
        }
    }
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
        // Each element is a line here, so that a printed line can have any length.
        if self.options.is_usual() { BYTES } else { 1 }
    }

    fn text_per_line(&self) -> usize {
        match (self.options.is_usual(), self.options.binary) {
            (true, _) => PICTURE.len(),
            (false, true) => LEAD.len() + "0b00000000".len(),
            (false, false) => LEAD.len() + "0x00".len(),
        }
    }

    fn begin(&self, text: &mut Block) {
        if let Some((name, _)) = self.options.names() {
            text.push(format!("unsigned char {name}[] = {{\n").as_bytes());
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            let Run::Lines(at, data) = run else { continue };
            if !self.options.is_usual() {
                self.elements(at.index, data, text);
                continue;
            }
            let first = if at.index == 0 { BYTES } else { 0 };
            let (first, rest) = data.split_at(first.min(data.len()));
            self.elements(at.index, first, text);
            TEMPLATE.lines::<BYTES>(self.level, None, rest, text);
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        self.elements(ending.at.index, ending.tail, text);
        let total = ending.end().index;
        if total > 0 {
            text.push(b"\n");
        }
        if let Some((_, length)) = self.options.names() {
            text.push(format!("}};\nunsigned int {length} = {total};\n").as_bytes());
        }
    }
}
