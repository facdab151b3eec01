//! Chooses the lines that are built from the tables. The crate's printer prints the others.

use std::sync::OnceLock;

use fearless_simd::Level;

use super::super::block::Block;
use super::super::line::{Ending, Lines, Position, Run, Squeeze};
use super::fast::Fast;
use super::options::{Base, GroupSize, HexylOptions};
use super::printer::{self, Frame};
use super::tables::Tables;

/// The longest dump that the crate prints as a whole, which is faster than making the tables.
const WHOLE: usize = 4096;

/// `hexyl` with its options.
#[derive(Debug)]
pub(in super::super) struct Hexyl {
    options: HexylOptions,
    level: Option<Level>,
    frame: OnceLock<Frame>,
    fast: OnceLock<Option<Fast>>,
}

impl Hexyl {
    /// The format with `options`.
    pub(in super::super) fn new(options: HexylOptions, level: Option<Level>) -> Self {
        Self {
            options,
            level,
            frame: OnceLock::new(),
            fast: OnceLock::new(),
        }
    }

    /// Appends the text before the first line.
    pub(in super::super) fn top(&self, text: &mut Block) {
        self.frame().begin(text);
    }

    /// Appends the marker for lines left out.
    pub(in super::super) fn marker(&self, text: &mut Block) {
        self.frame().squeezed(text);
    }

    /// Appends the text after the last line.
    pub(in super::super) fn bottom(&self, text: &mut Block) {
        self.frame().end(text);
    }

    /// Appends the lines of `data`, of which the last may be short.
    pub(in super::super) fn data(&self, offset: u64, data: &[u8], text: &mut Block) {
        let full = data.len() - data.len() % self.options.bytes_per_line();
        let (data, tail) = data.split_at(full);
        // The text before the first line is only added at index 0.
        let at = Position { offset, index: 1 };
        if !data.is_empty() {
            self.runs(&mut [Run::Lines(at, data)].into_iter(), text);
        }
        if !tail.is_empty() {
            let at = at.after(full as u64);
            self.frame().short(self.options, at, tail, text);
        }
    }

    /// Appends a line with an offset and without bytes. There must be an offset column.
    pub(in super::super) fn blank(&self, offset: u64, text: &mut Block) {
        self.frame().blank(Position { offset, index: 1 }, text);
    }

    /// Whether lines are built from the tables.
    #[cfg(test)]
    pub(in super::super) fn is_fast(&self) -> bool {
        self.fast().is_some()
    }

    fn frame(&self) -> &Frame {
        self.frame.get_or_init(|| Frame::new(self.options))
    }

    /// The lines built from the tables; none if these options need the printer.
    fn fast(&self) -> Option<&Fast> {
        let make = || {
            if !is_default_layout(&self.options) {
                return None;
            }
            let tables = Tables::new(self.options, self.frame())?;
            Fast::new(&tables, self.options.panels.get().into(), self.level)
        };
        self.fast.get_or_init(make).as_ref()
    }
}

/// Whether lines have an offset, single bytes in hexadecimal, and characters.
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
        Squeeze::Uniform.only_if(self.options.squeeze)
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
