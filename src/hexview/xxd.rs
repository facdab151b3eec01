//! The format of `xxd`: offset, eight groups of two bytes, characters. It is read back in `parse`.

use fearless_simd::Level;

use super::block::Block;
use super::line::{Ending, Lines, Run};
use super::template::{BYTES, Template};

/// A full line.
const PICTURE: &str = "OOOOOOOO: HHHH HHHH HHHH HHHH HHHH HHHH HHHH HHHH  CCCCCCCCCCCCCCCC\n";

static TEMPLATE: Template<{ PICTURE.len() }> = Template::new(PICTURE);

/// `xxd` without options.
#[derive(Clone, Copy, Debug)]
pub(super) struct Xxd {
    /// The vectors to use.
    pub(super) level: Option<Level>,
}

impl Lines for Xxd {
    fn bytes_per_line(&self) -> usize {
        BYTES
    }

    fn text_per_line(&self) -> usize {
        PICTURE.len()
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        for run in runs {
            if let Run::Lines(at, data) = run {
                TEMPLATE.lines::<BYTES>(self.level, Some(at.offset), data, text);
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        TEMPLATE.short_line(ending, text);
    }
}
