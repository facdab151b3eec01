//! Reading a stream: a pipe, a socket, a terminal, a character device. Its bytes can be read once and in order, and its
//! length is not known before its end.

use std::io::{self, ErrorKind, Read};

use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::SourceName;

/// An open stream.
#[derive(Debug)]
pub struct ByteStream {
    file: OpenFile,
    name: SourceName,
}

impl ByteStream {
    /// A stream that was opened for reading.
    #[must_use]
    pub fn new(file: OpenFile, name: SourceName) -> Self {
        sys::widen_pipe(&file);
        Self { file, name }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// Its open file.
    pub(in crate::mapping) fn file(&mut self) -> &mut OpenFile {
        &mut self.file
    }

    /// Whether a read would return at once. False where the system does not report it.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        sys::is_ready(&self.file)
    }

    /// Reads available bytes, and waits until there are some. Returns 0 at the end, or when a request to stop came
    /// first.
    ///
    /// # Errors
    /// Those of `poll(2)` and `read(2)`.
    pub fn read(&mut self, into: &mut [u8], interrupts: &Interrupts) -> Result<usize> {
        loop {
            interrupts
                .wait_for(&self.file)
                .map_err(|error| error.on(&self.name))?;
            if interrupts.requested().is_some() {
                return Ok(0);
            }
            match self.file.read(into) {
                Err(e) if is_passing(&e) => {}
                Err(e) => return Err(Error::os("read", &e).on(&self.name)),
                Ok(count) => return Ok(count),
            }
        }
    }
}

/// Whether the read is to be repeated: a signal was handled (EINTR), or nothing was there to read (EAGAIN).
pub(in crate::mapping) fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::Interrupted | ErrorKind::WouldBlock)
}
