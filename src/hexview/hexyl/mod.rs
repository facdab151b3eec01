//! The format of `hexyl` 0.17. The hexyl crate is the authority on every byte of it.

mod options;
mod printer;

pub use options::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, GroupSize, HexylOptions,
};

use super::line::{Ending, Lines, Run, Squeeze};
use super::output::Block;
use printer::Look;

/// `hexyl` with its options.
#[derive(Debug)]
pub(super) struct Hexyl {
    options: HexylOptions,
    look: Look,
}

impl Hexyl {
    /// The format with `options`.
    pub(super) fn new(options: HexylOptions) -> Self {
        Self {
            options,
            look: Look::new(options),
        }
    }
}

impl Lines for Hexyl {
    fn bytes_per_line(&self) -> usize {
        self.options.bytes_per_line()
    }

    fn text_per_line(&self) -> usize {
        self.options.text_per_line()
    }

    fn squeeze(&self) -> Squeeze {
        if self.options.squeeze {
            Squeeze::Uniform
        } else {
            Squeeze::Never
        }
    }

    fn begin(&self, _text: &mut Block) {}

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        self.look.runs(runs, text);
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        self.look.finish(ending, text);
    }
}
