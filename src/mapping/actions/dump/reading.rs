//! The bytes of a dump, read in order: those of a source through a guarded mapping, those of a stream as they arrive,
//! those of a process from its memory.

use std::num::NonZeroUsize;

use super::memory::MemoryRange;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::byte_stream::ByteStream;
use crate::mapping::region::stream::{LaterBytes, Part, Stream};
use crate::mapping::source::{range_failure, too_short};
use crate::mapping::types::{
    ByteLength, Kind, OffsetRequest, RangeError, RangeRequest, SourceOffset, SourceRange,
};

/// The bytes to show.
#[derive(Debug)]
pub enum Reading<'a> {
    /// Those of a source that can be mapped.
    Mapped(Stream<'a>),
    /// Those of a stream.
    Streamed(&'a mut StreamRange, &'a Interrupts),
    /// Those of the memory of a process.
    Process(&'a mut MemoryRange, &'a Interrupts),
}

impl Reading<'_> {
    /// Reads the next part into a buffer, which must not be empty.
    ///
    /// # Errors
    /// Those of [`Stream::next`], `StreamRange::next` and `MemoryRange::next`.
    pub fn next(&mut self, buffer: &mut [u8]) -> Result<Part> {
        match self {
            Self::Mapped(stream) => stream.next(buffer),
            Self::Streamed(range, interrupts) => {
                let read = range.next(buffer, interrupts)?;
                Ok(read.map_or(Part::End, Part::Bytes))
            }
            Self::Process(range, interrupts) => range.next(buffer, interrupts),
        }
    }

    /// As [`Stream::later`]; `None` for bytes that are not mapped.
    pub fn later(&mut self, most: NonZeroUsize) -> Option<LaterBytes> {
        match self {
            Self::Mapped(stream) => stream.later(most),
            Self::Streamed(..) | Self::Process(..) => None,
        }
    }

    /// As [`Stream::back`]; only after [`Reading::later`].
    pub fn back(&mut self, bytes: u64) {
        if let Self::Mapped(stream) = self {
            stream.back(bytes);
        }
    }

    /// Whether reading the next part has to wait.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        match self {
            Self::Mapped(_) | Self::Process(..) => false,
            Self::Streamed(range, _) => range.is_dry(),
        }
    }
}

/// A range of a stream. Its bytes are returned as they arrive, and no bytes beyond the range are read.
#[derive(Debug)]
pub struct StreamRange {
    stream: ByteStream,
    start: SourceOffset,
    /// Its length, if it is limited.
    length: Option<ByteLength>,
    /// The number of bytes read from the stream.
    at: SourceOffset,
}

/// The number of bytes to skip at a time.
const SKIPPED_AT_ONCE: usize = 64 << 10;

/// The least number of bytes to skip at a time, where memory is short.
const LEAST: usize = 4 << 10;

impl StreamRange {
    /// A range of a stream, of which nothing is read yet.
    ///
    /// # Errors
    /// `unsupported` for an offset from the end; `usage` for a range that no source can have.
    pub(super) fn new(stream: ByteStream, request: &RangeRequest) -> Result<Self> {
        if let OffsetRequest::FromEnd(_) = request.offset {
            let reason = "an offset from the end requires a known size";
            let error = Error::new(Kind::Unsupported, "read", reason);
            return Err(error.hint("save the input to a file first"));
        }
        let known = RangeRequest {
            length: request.length.or(Some(ByteLength::ZERO)),
            ..*request
        };
        let range = known.resolve(ByteLength::ZERO);
        let range = range.map_err(|error| range_failure(error, request))?;
        Ok(Self {
            stream,
            start: range.offset(),
            length: request.length,
            at: SourceOffset::START,
        })
    }

    /// Its start offset.
    pub(super) fn start(&self) -> SourceOffset {
        self.start
    }

    /// Its length, if it is limited.
    pub(super) fn length(&self) -> Option<ByteLength> {
        self.length
    }

    /// Reads the bytes before the range.
    ///
    /// # Errors
    /// `file_too_short` when the stream ends before the start; those of [`ByteStream::read`].
    pub(super) fn skip(&mut self, interrupts: &Interrupts) -> Result<()> {
        if self.at >= self.start {
            return Ok(());
        }
        let mut buffer = memory::buffer(SKIPPED_AT_ONCE, LEAST, "read")?;
        while self.at < self.start {
            let left = SourceOffset::from_to(self.at, self.start);
            if self.read(Some(left), &mut buffer, interrupts)?.is_none() {
                let (offset, size) = (self.start, ByteLength(self.at.0));
                let error = RangeError::BeyondEnd { offset, size };
                return Err(range_failure(error, &RangeRequest::default()));
            }
        }
        Ok(())
    }

    /// The number of bytes before the end of the range, if that is known.
    fn left(&self) -> Option<ByteLength> {
        let done = SourceOffset::from_to(self.start, self.at);
        self.length.map(|length| length.minus(done))
    }

    /// Whether reading the next part has to wait.
    fn is_dry(&self) -> bool {
        self.left() != Some(ByteLength::ZERO) && !self.stream.is_ready()
    }

    /// Reads the next bytes, and waits until there are some. Returns their number; `None` at the end.
    ///
    /// # Errors
    /// `file_too_short` when the stream ends before the range; those of [`ByteStream::read`].
    pub(super) fn next(
        &mut self,
        buffer: &mut [u8],
        interrupts: &Interrupts,
    ) -> Result<Option<NonZeroUsize>> {
        let left = self.left();
        if left == Some(ByteLength::ZERO) {
            return Ok(None);
        }
        let read = self.read(left, buffer, interrupts)?;
        let range = self
            .length
            .and_then(|length| SourceRange::new(self.start, length));
        match (read, range) {
            (None, Some(range)) => Err(too_short("the stream", range, ByteLength(self.at.0))),
            (read, _) => Ok(read),
        }
    }

    /// Reads at most `most` bytes of the stream. Returns their number; `None` at the end of the stream.
    fn read(
        &mut self,
        most: Option<ByteLength>,
        buffer: &mut [u8],
        interrupts: &Interrupts,
    ) -> Result<Option<NonZeroUsize>> {
        let wanted = most.map_or(usize::MAX, ByteLength::saturating_usize);
        let wanted = wanted.min(buffer.len());
        let space = buffer.get_mut(..wanted).unwrap_or_default();
        let count = self.stream.read(space, interrupts);
        let count = count.map_err(|error| error.at(self.at))?;
        interrupts.check("read")?;
        self.at = self.at.plus(ByteLength::of(count));
        Ok(NonZeroUsize::new(count))
    }
}
