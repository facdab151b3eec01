//! Inputs: a file of known size, which can be read at any position, or a stream, which can be read once.
//!
//! This module does not know where the bytes go.

use std::io::{self, BufReader, Read};

use super::text::{Text, TextParser};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::Readable;
use crate::mapping::region::byte_stream::{ByteStream, is_passing};
use crate::mapping::source::{OpenFile, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Conflict, Kind, SourceName, SourceOffset};

/// An open input.
#[derive(Debug)]
pub(super) enum Input {
    /// A regular file, whose size is known.
    Sized(SizedInput),
    /// A stream, whose length is not known before its end.
    Stream(ByteStream),
}

/// A regular file.
#[derive(Debug)]
pub struct SizedInput {
    file: OpenFile,
    name: SourceName,
    start: u64,
    length: u64,
}

impl Input {
    /// Opens an input for reading. A regular file on standard input is read from its current position on.
    ///
    /// # Errors
    /// Those of [`Readable::open`].
    pub(super) fn open(spec: &SourceSpec) -> Result<Self> {
        let (source, position) = match Readable::open(spec)? {
            Readable::Source { source, position } => (source, position),
            Readable::Stream(stream) => return Ok(Self::Stream(stream)),
        };
        let (name, size) = (source.name().clone(), source.size()?);
        let file = source.into_file();
        let no_file = || Error::new(Kind::Unsupported, "read", "it has no file").on(&name);
        Ok(Self::Sized(SizedInput {
            file: file.ok_or_else(no_file)?,
            start: position.0,
            length: size.0.saturating_sub(position.0),
            name,
        }))
    }

    /// Reads the input as text.
    ///
    /// # Errors
    /// Those of the parser; a kind that is a request.
    pub(super) fn read_text(
        &mut self,
        parser: TextParser,
        interrupts: &Interrupts,
    ) -> Result<Text> {
        let file = match self {
            Self::Sized(input) => &mut input.file,
            Self::Stream(input) => input.file(),
        };
        let reader = Waiting { file, interrupts };
        // `BufReader` cannot report that there is no memory for its buffer.
        let block = memory::buffer(TEXT_BLOCK, 1 << 12, "read the dump")?.len();
        let outcome = parser.parse(&mut BufReader::with_capacity(block, reader));
        match interrupts.requested() {
            Some(kind) => {
                let reason = "stopped while reading the input; nothing was written";
                Err(Error::new(kind, "read", reason).on(self.name()))
            }
            None => {
                let text = outcome.map_err(|error| error.on(self.name()))?;
                Ok(Text {
                    failure: text.failure.map(|error| error.on(self.name())),
                    ..text
                })
            }
        }
    }

    /// The open file.
    pub(super) fn file(&mut self) -> &OpenFile {
        match self {
            Self::Sized(input) => &input.file,
            Self::Stream(input) => input.file(),
        }
    }

    /// The name of the input.
    fn name(&self) -> &SourceName {
        match self {
            Self::Sized(input) => &input.name,
            Self::Stream(input) => input.name(),
        }
    }
}

/// The failure of an input that has no bytes to repeat.
pub(super) fn nothing_to_repeat(name: &SourceName) -> Error {
    Error::new(Kind::FileTooShort, "read", Conflict::NothingToRepeat).on(name)
}

impl SizedInput {
    /// The number of bytes from the position at which it was opened to its end.
    pub(super) fn length(&self) -> ByteLength {
        ByteLength(self.length)
    }

    /// Reads from a position on, modulo the length: the input repeats.
    pub(super) fn read(&self, position: u64, into: &mut [u8]) -> Result<()> {
        let mut done = 0_usize;
        while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let position = position.saturating_add(done as u64);
            let inside = position
                .checked_rem(self.length)
                .ok_or_else(|| nothing_to_repeat(&self.name))?;
            let left = ByteLength(self.length.saturating_sub(inside));
            let wanted = left.saturating_usize().min(rest.len());
            let rest = rest.get_mut(..wanted).unwrap_or_default();
            let at = self.start.saturating_add(inside);
            let read = sys::read_at(&self.file, rest, at)
                .map_err(|e| Error::os("read", &e).on(&self.name).at(SourceOffset(at)))?;
            if read == 0 {
                return Err(self.truncated(at));
            }
            done = done.saturating_add(read);
        }
        Ok(())
    }

    fn truncated(&self, at: u64) -> Error {
        let size = self.start.saturating_add(self.length);
        let reason = format!("it was {size} bytes long when opened, but now ends at offset {at}");
        Error::new(Kind::Failed, "read", reason).on(&self.name)
    }
}

/// The size of the buffer for text.
const TEXT_BLOCK: usize = 128 << 10;

/// An input that fails when a request to stop arrives.
struct Waiting<'a> {
    file: &'a mut OpenFile,
    interrupts: &'a Interrupts,
}

impl Read for Waiting<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let waited = self.interrupts.wait_for(self.file);
            if waited.is_err() || self.interrupts.requested().is_some() {
                return Err(io::Error::other("stopped on request"));
            }
            match self.file.read(into) {
                Err(e) if is_passing(&e) => {}
                other => return other,
            }
        }
    }
}
