//! This process: what it sets up before anything else, and its standard output as a bare handle.
//!
//! Nothing here opens a descriptor: the numbers that the user hands over with `--fd` must still mean what
//! the parent process made them mean.

use std::fs::File;
use std::io::{self, Write};

use super::sys;

/// Prepares the process; to be called before any source is opened.
///
/// Growing a file beyond RLIMIT_FSIZE becomes an error (EFBIG) instead of an end by SIGXFSZ. A child
/// process inherits that unless its spawner undoes it.
pub fn prepare() {
    sys::ignore_file_size_signal();
}

/// The standard output, unbuffered and without a lock, for a single writer.
#[derive(Debug)]
pub struct StandardOutput(sys::StandardOutput);

impl StandardOutput {
    /// The handle of the running process.
    #[must_use]
    pub fn new() -> Self {
        Self(sys::StandardOutput::new())
    }

    /// The open file behind it, where the system writes terminals and files alike.
    #[must_use]
    pub fn file(&self) -> Option<&File> {
        self.0.file()
    }

    /// Makes it hold more when it is a pipe, for bytes in bulk.
    pub fn widen(&self) {
        self.0.widen();
    }
}

impl Default for StandardOutput {
    fn default() -> Self {
        Self::new()
    }
}

impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.writer().write(bytes)
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.writer().write_all(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.writer().flush()
    }
}
