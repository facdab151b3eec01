//! The format of `xxd -i`: an array in C, with its length if it has a name. It is read back in `parse`.

use fearless_simd::Level;

use super::block::Block;
use super::characters::Characters;
use super::hex;
use super::line::{Ending, Lines, Run};
use super::offset::Offsets;
use super::template::{Digits, Template};

/// Bytes in a line without options.
const BYTES: u64 = 12;
/// The limit of bytes in a line that is made by a template.
const MOST_COLUMNS: u64 = 256;
/// The start of a line that is not the first: the end of the line before, and the indent.
const LEAD: &[u8; 4] = b",\n  ";
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
            columns: BYTES,
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

    /// The digits of an element, and the text before them.
    fn digits(&self) -> (Digits, &'static str) {
        match (self.binary, self.uppercase) {
            (true, _) => (Digits::Binary, "0b"),
            (false, true) => (Digits::Uppercase, "0X"),
            (false, false) => (Digits::Hexadecimal, "0x"),
        }
    }

    /// A line that is not the first; none if it is too long.
    fn template(&self) -> Option<Template> {
        let columns = usize::try_from(self.columns).ok()?;
        let (digits, lead) = self.digits();
        let mut text = LEAD.to_vec();
        let mut places = Vec::new();
        for byte in 0..columns.min(MOST_COLUMNS as usize) {
            text.extend_from_slice(if byte > 0 { b", " } else { b"" });
            text.extend_from_slice(lead.as_bytes());
            places.push(text.len());
            text.resize(text.len() + digits.count(), b' ');
        }
        (self.columns <= MOST_COLUMNS)
            .then(|| Template::new(digits, text, places, Characters::None, b""))
    }
}

/// `xxd -i`. With a name, the array and its length are declared.
#[derive(Clone, Debug)]
pub(super) struct C {
    options: COptions,
    /// A line that is not the first; none if each element is a line here.
    template: Option<Template>,
    /// The vectors to use.
    level: Option<Level>,
}

impl C {
    /// The format with these options and vectors.
    pub(super) fn new(options: COptions, level: Option<Level>) -> Self {
        Self {
            template: options.template(),
            options,
            level,
        }
    }

    /// Appends elements, the first of which has this index.
    fn elements(&self, index: u64, bytes: &[u8], text: &mut Block) {
        let (digits, lead) = self.options.digits();
        for (index, byte) in (index..).zip(bytes) {
            text.push(match index {
                0 => b"  ",
                index if index.is_multiple_of(self.options.columns.max(1)) => LEAD,
                _ => b", ",
            });
            text.push(lead.as_bytes());
            match digits {
                Digits::Binary => text.push(&hex::BITS[usize::from(*byte)]),
                _ => text.push(&hex::digits_in(digits == Digits::Uppercase)[usize::from(*byte)]),
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
        self.template.as_ref().map_or(1, Template::columns)
    }

    fn text_per_line(&self) -> usize {
        let element = LEAD.len() + 2 + self.options.digits().0.count();
        self.template.as_ref().map_or(element, Template::length)
    }

    fn begin(&self, text: &mut Block) {
        if let Some((name, _)) = self.options.names() {
            text.push(format!("unsigned char {name}[] = {{\n").as_bytes());
        }
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            let Run::Lines(at, data) = run else { continue };
            let Some(template) = &self.template else {
                self.elements(at.index, data, text);
                continue;
            };
            let first = if at.index == 0 { template.columns() } else { 0 };
            let (first, rest) = data.split_at(first.min(data.len()));
            self.elements(at.index, first, text);
            template.lines(self.level, Offsets::None, rest, text);
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
