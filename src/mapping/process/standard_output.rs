//! The standard output of this process, without a buffer and without a lock, and memory that a pipe can take over.

use std::fs::File;
use std::io::{self, Write};
use std::ops::Range;

use super::privileges::is_memory_scarce;
use crate::mapping::sys;
use crate::mapping::types::ByteLength;

/// Why the standard output takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// It was closed when this process was started.
    Closed,
    /// It is open for reading.
    ReadOnly,
}

/// The standard output, unbuffered and without a lock, for a single writer.
#[derive(Debug)]
pub struct StandardOutput {
    out: sys::StandardOutput,
    /// How many bytes are written at once, at most.
    piece: usize,
}

/// From how many bytes on a pipe may be given memory.
const BULK: ByteLength = ByteLength(4 << 20);

/// What goes into a pipe at once: while it is copied there the reader waits.
const PIPE_PIECE: usize = 64 << 10;

impl StandardOutput {
    /// The handle of the running process.
    #[must_use]
    pub fn new() -> Self {
        Self {
            out: sys::StandardOutput::new(),
            piece: usize::MAX,
        }
    }

    /// Why nothing can be written to it, where that is known without trying.
    #[must_use]
    pub fn unusable(&self) -> Option<Unusable> {
        match self.out.state() {
            sys::OutputState::Writable => None,
            sys::OutputState::Closed => Some(Unusable::Closed),
            sys::OutputState::ReadOnly => Some(Unusable::ReadOnly),
        }
    }

    /// The open file behind it, where the system writes terminals and files alike.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        self.out.file()
    }

    /// Prepares it for bytes in bulk: a pipe is made to hold more.
    pub fn widen(&mut self) {
        if self.out.widen() {
            self.piece = PIPE_PIECE;
        }
    }

    /// How large a [`PipeMemory`] for it is, when it takes any and `length` bytes are enough for that to be
    /// worth finding out.
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

/// Fresh memory that the standard output, a pipe, takes over with what is in it instead of copying it
/// (`vmsplice(2)`).
///
/// Whoever reads the pipe sees what was in it when it was sent: it is never written again.
#[derive(Debug)]
pub struct PipeMemory {
    memory: sys::PipeMemory,
    pipe: sys::StandardOutput,
}

impl PipeMemory {
    /// Memory that has room for more than `size` bytes, of which so many are the best to use; from
    /// [`StandardOutput::memory_size`].
    ///
    /// # Errors
    /// What `mmap(2)` and `madvise(2)` answer.
    pub fn new(size: usize) -> io::Result<Self> {
        Ok(Self {
            memory: sys::PipeMemory::new(size)?,
            pipe: sys::StandardOutput::new(),
        })
    }

    /// The memory, to be written; empty once a byte of it was sent.
    pub fn room(&mut self) -> &mut [u8] {
        self.memory.room()
    }

    /// The memory, to be read.
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

    /// Sends these bytes, by copying them if they cannot be handed over, and says how many of them went.
    ///
    /// # Errors
    /// As [`Write::write`].
    pub fn send(&mut self, bytes: Range<usize>) -> io::Result<usize> {
        use io::ErrorKind::{BrokenPipe, Interrupted, WouldBlock};
        let Some(pipe) = self.pipe.file() else {
            return Err(io::ErrorKind::Unsupported.into());
        };
        match self.memory.send(pipe, bytes.clone()) {
            // What forbids or lacks the call says so in many ways.
            Err(error) if !matches!(error.kind(), BrokenPipe | Interrupted | WouldBlock) => {
                let bytes = self.memory.bytes().get(bytes).unwrap_or_default();
                self.pipe.writer().write(bytes)
            }
            other => other,
        }
    }
}
