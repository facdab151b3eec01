//! The format of `hexdump -C`: offset, two groups of eight bytes, characters, a `*` for repeated
//! lines, and a last line with the end offset. It is read back in `parse`.

use fearless_simd::Level;

use super::block::Block;
use super::characters::Characters;
use super::line::{Ending, Lines, Run, Squeeze};
use super::offset::{self, Offsets};
use super::template::Template;

/// A line between its offset and its characters.
const PICTURE: &str = "  HH HH HH HH HH HH HH HH  HH HH HH HH HH HH HH HH  |";

/// `hexdump -C`; without squeezing `hexdump -C -v`.
#[derive(Clone, Debug)]
pub(super) struct Canonical {
    /// Whether repeated lines become one `*`.
    squeeze: bool,
    template: Template,
    /// The vectors to use.
    level: Option<Level>,
}

impl Canonical {
    pub(super) fn new(squeeze: bool, level: Option<Level>) -> Self {
        Self {
            squeeze,
            template: Template::pictured(PICTURE, Characters::Ascii, b"|\n"),
            level,
        }
    }
}

impl Lines for Canonical {
    fn bytes_per_line(&self) -> usize {
        self.template.columns()
    }

    fn text_per_line(&self) -> usize {
        8 + self.template.length()
    }

    fn squeeze(&self) -> Squeeze {
        Squeeze::Repeats.only_if(self.squeeze)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    let offsets = Offsets::hexadecimal(at.offset);
                    self.template.lines(self.level, offsets, data, text);
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if !ending.tail.is_empty() {
            offset::push(ending.at.offset, text);
            self.template.short_line(ending.tail, text);
        }
        let end = ending.end();
        if end.index > 0 {
            offset::push(end.offset, text);
            text.push(b"\n");
        }
    }
}
