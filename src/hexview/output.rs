//! Writing blocks of text to the writer of the caller. Building the text is up to the formats.

use std::io::{self, Write};

use super::block::Block;

/// A writer that counts its bytes.
pub(super) struct Output<'a, W> {
    writer: &'a mut W,
    written: u64,
}

impl<'a, W: Write> Output<'a, W> {
    pub(super) fn new(writer: &'a mut W) -> Self {
        Self { writer, written: 0 }
    }

    /// Bytes written so far.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Writes all of `text`.
    pub(super) fn write(&mut self, text: &mut Block) -> io::Result<()> {
        let mut done = 0;
        while done < text.length() {
            match text.send(done, self.writer) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(length) => done += length,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.written += done as u64;
        Ok(())
    }

    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}
