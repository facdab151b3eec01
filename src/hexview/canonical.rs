//! The format of `hexdump -C`: offset, two groups of eight bytes, characters, a `*` for repeated
//! lines, and a last line with the end offset. It is read back in `parse`.

use fearless_simd::Level;

use super::block::Block;
use super::line::{Ending, Lines, Run, Squeeze};
use super::offset;
use super::template::{BYTES, Template};

/// A full line.
const PICTURE: &str =
    "OOOOOOOO  HH HH HH HH HH HH HH HH  HH HH HH HH HH HH HH HH  |CCCCCCCCCCCCCCCC|\n";

static TEMPLATE: Template<{ PICTURE.len() }> = Template::new(PICTURE);

/// `hexdump -C`; without squeezing `hexdump -C -v`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Canonical {
    /// Whether repeated lines become one `*`.
    pub(super) squeeze: bool,
    /// The vectors to use.
    pub(super) level: Option<Level>,
}

impl Lines for Canonical {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        PICTURE.len()
    }

    fn squeeze(&self) -> Squeeze {
        Squeeze::Repeats.only_if(self.squeeze)
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            match run {
                Run::Squeezed => text.push(b"*\n"),
                Run::Lines(at, data) => {
                    TEMPLATE.lines::<BYTES>(self.level, Some(at.offset), data, text);
                }
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        TEMPLATE.short_line(ending, text);
        let end = ending.end();
        if end.index > 0 {
            offset::push(end.offset, text);
            text.push(b"\n");
        }
    }
}
