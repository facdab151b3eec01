//! Collects the bytes of both sides into lines, and keeps the equal lines around those that differ. Lines are drawn
//! elsewhere.

use std::io::{self, Write};

use super::options::PairOptions;

/// Draws differences between two sides. It takes the bytes of both in order, and writes lines in which they differ,
/// equal lines around those, and a `*` in place of other lines. The text does not depend on how the bytes are split.
#[derive(Debug)]
pub struct Pairs {
    options: PairOptions,
    /// The number of bytes so far.
    index: u64,
}

impl Pairs {
    /// A drawing with these options. Nothing is written before the first difference.
    #[must_use]
    pub fn new(options: PairOptions) -> Self {
        Self { options, index: 0 }
    }

    /// The number of bytes before and after a difference that must not be skipped.
    #[must_use]
    pub fn reach(&self) -> u64 {
        (u64::from(self.options.context) + 1) * u64::from(self.options.look.panels.get()) * 8
    }

    /// Takes bytes that are equal on both sides. This is fast for long slices.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn equal(&mut self, bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
        self.block(bytes, bytes, out)
    }

    /// Takes zeros that are equal on both sides, such as those of holes, of any length.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn zeros(&mut self, length: u64, _out: &mut impl Write) -> io::Result<()> {
        self.skip(length);
        Ok(())
    }

    /// Passes over bytes that are equal on both sides. None of them may be within [`Pairs::reach`] of a difference.
    pub fn skip(&mut self, length: u64) {
        self.index = self.index.wrapping_add(length);
    }

    /// Takes the next bytes of both sides. The lengths may differ where a side ends: all later slices of that side
    /// are empty.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn block(&mut self, a: &[u8], b: &[u8], out: &mut impl Write) -> io::Result<()> {
        if a != b {
            let [start, _] = self.options.starts;
            writeln!(out, "{:08x}", start.wrapping_add(self.index))?;
        }
        self.skip(a.len().max(b.len()) as u64);
        Ok(())
    }

    /// Writes the lines that are still to come, and the border below them. Without a difference, it writes nothing.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn finish(&mut self, _out: &mut impl Write) -> io::Result<()> {
        Ok(())
    }
}
