//! The standard output of this process, unbuffered and without a lock, and memory that a pipe can take over.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

use super::privileges::is_memory_scarce;
use crate::mapping::sys;
use crate::mapping::types::ByteLength;

/// The reason why the standard output cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It was closed when this process started.
    Closed,
    /// It is open for reading only.
    ReadOnly,
}

/// The standard output, unbuffered and without a lock, for a single writer.
#[derive(Debug)]
pub struct StandardOutput {
    out: sys::StandardOutput,
    /// The largest number of bytes to write at once.
    piece: usize,
}

/// The smallest number of bytes for which a pipe may take over memory.
const BULK: ByteLength = ByteLength(4 << 20);

/// The number of bytes to write to a pipe at once. The reader waits while they are copied.
const PIPE_PIECE: usize = 64 << 10;

impl StandardOutput {
    /// The standard output of this process.
    #[must_use]
    pub fn new() -> Self {
        Self {
            out: sys::StandardOutput::new(),
            piece: usize::MAX,
        }
    }

    /// The reason why it cannot be written, if known without a write.
    #[must_use]
    pub fn unusable(&self) -> Option<Unusable> {
        match self.out.state() {
            sys::OutputState::Writable => None,
            sys::OutputState::Closed => Some(Unusable::Closed),
            sys::OutputState::ReadOnly => Some(Unusable::ReadOnly),
        }
    }

    /// Whether its reader has closed it, as far as is known without a write.
    #[must_use]
    pub fn has_no_reader(&self) -> bool {
        self.out.has_no_reader()
    }

    /// Its open file; `None` on systems that do not write to terminals as files.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        self.out.file()
    }

    /// Enlarges the buffer of a pipe, for large amounts of data.
    pub fn widen(&mut self) {
        if self.out.widen() {
            self.piece = PIPE_PIECE;
        }
    }

    /// The size of a [`PipeMemory`] for it; `None` when it cannot take over memory, or `length` bytes are too few.
    #[must_use]
    pub fn memory_size(&self, length: ByteLength) -> Option<usize> {
        if length < BULK || is_memory_scarce() {
            return None;
        }
        sys::PipeMemory::size(self.out.file()?)
    }
}

impl Default for StandardOutput {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let piece = bytes.get(..self.piece).unwrap_or(bytes);
        self.out.writer().write(piece)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.writer().flush()
    }
}

/// Memory whose pages the standard output, a pipe, takes over without a copy (`vmsplice(2)`).
///
/// It is never written again after it was sent, so the reader of the pipe receives the bytes that were sent.
#[derive(Debug)]
pub struct PipeMemory {
    memory: sys::PipeMemory,
    pipe: sys::StandardOutput,
}

impl PipeMemory {
    /// Memory with room for more than `size` bytes, which come from [`StandardOutput::memory_size`]. Use `size`
    /// bytes for best performance.
    ///
    /// # Errors
    /// Those of `mmap(2)` and `madvise(2)`.
    pub fn new(size: usize) -> io::Result<Self> {
        Ok(Self {
            memory: sys::PipeMemory::new(size)?,
            pipe: sys::StandardOutput::new(),
        })
    }

    /// The memory for writing; empty once any of it was sent.
    pub fn room(&mut self) -> &mut [u8] {
        self.memory.room()
    }

    /// The memory for reading.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.memory.bytes()
    }

    /// Sends the first `count` bytes.
    ///
    /// # Errors
    /// As [`Write::write_all`].
    pub fn send_all(mut self, count: usize) -> io::Result<()> {
        let mut done = 0_usize;
        while done < count {
            match self.send(done..count) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(sent) => done = done.saturating_add(sent),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Sends bytes, and copies them if the pipe cannot take them over; returns the number of bytes sent.
    ///
    /// # Errors
    /// As [`Write::write`].
    pub fn send(&mut self, bytes: Range<usize>) -> io::Result<usize> {
        use io::ErrorKind::{BrokenPipe, Interrupted, WouldBlock};
        let Some(pipe) = self.pipe.file() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        match self.memory.send(pipe, bytes.clone()) {
            // Systems that lack or forbid the call report various error numbers.
            Err(error) if !matches!(error.kind(), BrokenPipe | Interrupted | WouldBlock) => {
                let bytes = self.memory.bytes().get(bytes).unwrap_or_default();
                self.pipe.writer().write(bytes)
            }
            other => other,
        }
    }
}
