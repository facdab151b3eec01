//! The layout of `xxd` without options: offset, eight groups of two bytes, characters.

use fearless_simd::Level;

use super::super::block::Block;
use super::super::line::{Ending, Lines, Run};
use super::super::template::{BYTES, Template};

/// A full line.
const PICTURE: &str = "OOOOOOOO: HHHH HHHH HHHH HHHH HHHH HHHH HHHH HHHH  CCCCCCCCCCCCCCCC\n";

static TEMPLATE: Template<{ PICTURE.len() }> = Template::new(PICTURE);

/// `xxd` without options.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Usual {
    /// The vectors to use.
    pub(in super::super) level: Option<Level>,
}

impl Lines for Usual {
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
