//! The block of text that lines are built in before it is written.

use std::io::{self, Write};

/// A block of text under construction.
///
/// The memory behind it is kept (and kept initialised) between blocks, so that a formatter can
/// take a slice of the final size and fill it without clearing it first.
#[derive(Debug, Default)]
pub(super) struct Block {
    memory: Vec<u8>,
    length: usize,
}

impl Block {
    /// Forgets the text, keeps the memory.
    pub(super) fn clear(&mut self) {
        self.length = 0;
    }

    /// The text so far.
    pub(super) fn text(&self) -> &[u8] {
        self.memory.get(..self.length).unwrap_or_default()
    }

    /// `size` bytes behind the text, of undefined content; [`Block::advance`] makes them text.
    pub(super) fn spare(&mut self, size: usize) -> &mut [u8] {
        let end = self.length.saturating_add(size);
        if self.memory.len() < end {
            self.memory.resize(end, 0);
        }
        self.memory.get_mut(self.length..end).unwrap_or_default()
    }

    /// Counts the first `size` bytes of the spare part as text.
    pub(super) fn advance(&mut self, size: usize) {
        self.length = self.length.saturating_add(size).min(self.memory.len());
    }

    /// Appends `text`.
    pub(super) fn push(&mut self, text: &[u8]) {
        self.spare(text.len()).copy_from_slice(text);
        self.advance(text.len());
    }
}

impl Write for Block {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.push(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
