//! The format of `hexyl` 0.17. The hexyl crate is the authority on every byte of it: lines of the
//! default layout are built from tables taken from the crate's printer, all others are printed by
//! the crate.

mod colored;
mod fast;
mod glyphs;
mod options;
mod printer;
mod tables;
mod uncolored;

use std::sync::OnceLock;

use fearless_simd::Level;

pub use options::{
    Base, BorderStyle, CharacterTable, ColorScheme, Endianness, GroupSize, HexylOptions,
};

use super::block::Block;
use super::line::{Ending, Lines, Position, Run, Squeeze};
use fast::Fast;
use printer::Frame;
use tables::Tables;

/// A dump as short as this is printed by the crate whole: that is done before the tables are
/// there.
const WHOLE: usize = 4096;

/// `hexyl` with its options.
#[derive(Debug)]
pub(super) struct Hexyl {
    options: HexylOptions,
    level: Option<Level>,
    frame: OnceLock<Frame>,
    fast: OnceLock<Option<Fast>>,
}

impl Hexyl {
    /// The format with `options`.
    pub(super) fn new(options: HexylOptions, level: Option<Level>) -> Self {
        Self {
            options,
            level,
            frame: OnceLock::new(),
            fast: OnceLock::new(),
        }
    }

    /// Whether lines are built from the tables.
    #[cfg(test)]
    pub(super) fn is_fast(&self) -> bool {
        self.fast().is_some()
    }

    fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| Frame::new(self.options))
    }

    /// The fast path, where there is one for the options.
    fn fast(&self) -> Option<&Fast> {
        let make = || {
            let tables = Tables::new(self.options, self.frame())?;
            Fast::new(&tables, self.options.panels.get().into(), self.level)
        };
        let fast = self.fast.get_or_init(|| {
            if is_default_layout(&self.options) {
                make()
            } else {
                None
            }
        });
        fast.as_ref()
    }
}

/// The character of every byte in a table; none when the printer's text is not as expected.
pub(super) fn characters(table: CharacterTable) -> Option<Vec<char>> {
    let options = HexylOptions {
        character_table: table,
        ..HexylOptions::default()
    };
    let tables = Tables::new(options, &Frame::new(options))?;
    let looks = tables.bytes.iter();
    looks
        .map(|look| str::from_utf8(&look.character).ok()?.chars().next())
        .collect()
}

/// Whether lines have offset, single bytes in hexadecimal, and characters.
fn is_default_layout(options: &HexylOptions) -> bool {
    options.base == Base::Hexadecimal
        && options.group_size == GroupSize::One
        && options.characters
        && options.position
}

impl Lines for Hexyl {
    fn bytes_per_line(&self) -> usize {
        self.options.bytes_per_line()
    }

    fn text_per_line(&self) -> usize {
        self.options.text_per_line()
    }

    fn room_per_line(&self) -> usize {
        self.fast()
            .map_or_else(|| self.text_per_line(), Fast::longest)
    }

    fn squeeze(&self) -> Squeeze {
        if self.options.squeeze {
            Squeeze::Uniform
        } else {
            Squeeze::Never
        }
    }

    fn whole(&self, at: Position, data: &[u8], text: &mut Block) -> bool {
        let short = data.len() <= WHOLE;
        if short {
            printer::print(self.options, self.options.squeeze, at.offset, data, text);
        }
        short
    }

    fn runs(&self, runs: &mut dyn Iterator<Item = Run<'_>>, text: &mut Block) {
        let mut runs = runs.peekable();
        let Some(first) = runs.peek() else { return };
        let frame = self.frame();
        if matches!(first, Run::Lines(Position { index: 0, .. }, _)) {
            frame.begin(text);
        }
        let Some(fast) = self.fast() else {
            return frame.runs(self.options, &mut runs, text);
        };
        for run in runs {
            match run {
                Run::Lines(at, data) => fast.lines(at, data, text),
                Run::Squeezed => frame.squeezed(text),
            }
        }
    }

    fn finish(&self, ending: &Ending<'_>, text: &mut Block) {
        if ending.end().index == 0 {
            return printer::print(self.options, false, 0, &[], text);
        }
        if ending.at.index == 0 {
            self.frame().begin(text);
        }
        self.frame().finish(self.options, ending, text);
    }
}
