//! The bytes of a dump, read in order: those of a source through a guarded mapping, those of a stream as they come.

use std::num::NonZeroUsize;

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::byte_stream::ByteStream;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::stream::{Part, Stream};
use crate::mapping::types::{
    ByteLength, Kind, LengthText, OffsetRequest, RangeError, RangeRequest, SourceOffset,
    SourceRange, TooLarge,
};

/// The bytes to show.
#[derive(Debug)]
pub enum Reading<'a> {
    /// Those of a source that can be mapped.
    Mapped(Stream<'a>),
    /// Those of a stream.
    Streamed(Flow<'a>),
}

impl Reading<'_> {
    /// Reads the next part into a buffer, which must not be empty.
    ///
    /// # Errors
    /// Those of [`Stream::next`] and [`Flow::next`].
    pub fn next(&mut self, buffer: &mut [u8]) -> Result<Part> {
        match self {
            Self::Mapped(stream) => stream.next(buffer),
            Self::Streamed(flow) => {
                let read = flow.next(buffer)?;
                Ok(read.map_or(Part::End, Part::Bytes))
            }
        }
    }

    /// Whether the next part has to be waited for.
    #[must_use]
    pub fn is_dry(&self) -> bool {
        match self {
            Self::Mapped(_) => false,
            Self::Streamed(flow) => flow.is_dry(),
        }
    }
}

/// A range of a stream, whose length is the limit, or not known.
#[derive(Debug)]
pub(super) struct StreamRange {
    stream: ByteStream,
    start: SourceOffset,
    length: Option<ByteLength>,
}

impl StreamRange {
    /// Reads a stream up to the start of the range.
    ///
    /// # Errors
    /// `unsupported` for an offset from the end; `usage` for a range that no source can have; `file_too_short` when the
    /// stream ends before the start; those of [`ByteStream::read`].
    pub(super) fn new(
        mut stream: ByteStream,
        request: &RangeRequest,
        interrupts: &Interrupts,
    ) -> Result<Self> {
        let start = start(request).map_err(|error| error.on(stream.name()))?;
        skip(&mut stream, start, interrupts)?;
        Ok(Self {
            stream,
            start,
            length: request.length,
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

    /// Its bytes.
    pub(super) fn flow<'a>(&'a mut self, interrupts: &'a Interrupts) -> Flow<'a> {
        Flow {
            at: self.start,
            range: self,
            interrupts,
        }
    }
}

/// The start of a range of a stream.
fn start(request: &RangeRequest) -> Result<SourceOffset> {
    let start = match request.offset {
        OffsetRequest::FromStart(start) => start,
        OffsetRequest::FromEnd(_) => {
            let reason = "the offset counts from the end, which is not known before all is read";
            let remedy = "save the input to a file first: an offset from the end needs its size";
            return Err(Error::new(Kind::Unsupported, "read", reason).hint(remedy));
        }
    };
    match SourceRange::new(start, request.length.unwrap_or_default()) {
        Some(_) => Ok(start),
        None => Err(Error::usage(TooLarge(*request).to_string())),
    }
}

/// The number of bytes to skip at a time.
const SKIPPED_AT_ONCE: usize = 64 << 10;

/// The least number of bytes to skip at a time, where memory is short.
const LEAST: usize = 4 << 10;

/// Reads a stream up to an offset.
fn skip(stream: &mut ByteStream, offset: SourceOffset, interrupts: &Interrupts) -> Result<()> {
    let mut left = ByteLength(offset.0);
    if left.is_zero() {
        return Ok(());
    }
    let mut buffer = memory::buffer(SKIPPED_AT_ONCE, LEAST, "read")?;
    while !left.is_zero() {
        let wanted = left.saturating_usize().min(buffer.len());
        let count = stream.read(buffer.get_mut(..wanted).unwrap_or_default(), interrupts)?;
        interrupts.check("read")?;
        if count == 0 {
            let size = ByteLength(offset.0).minus(left);
            let reason = RangeError::BeyondEnd { offset, size }.to_string();
            let error = Error::new(Kind::FileTooShort, "", reason).on(stream.name());
            return Err(error.at(offset));
        }
        left = left.minus(ByteLength::of(count));
    }
    Ok(())
}

/// The bytes of a range of a stream. They are returned as they come, and no more are read than the range has.
#[derive(Debug)]
pub struct Flow<'a> {
    range: &'a mut StreamRange,
    at: SourceOffset,
    interrupts: &'a Interrupts,
}

impl Flow<'_> {
    /// The number of bytes before the end of the range, if that is known.
    fn left(&self) -> Option<ByteLength> {
        let done = SourceOffset::from_to(self.range.start, self.at);
        self.range.length.map(|length| length.minus(done))
    }

    /// Whether the next part has to be waited for.
    fn is_dry(&self) -> bool {
        self.left() != Some(ByteLength::ZERO) && !self.range.stream.is_ready()
    }

    /// Reads the next bytes, and waits until there are some. Returns their number; `None` at the end.
    ///
    /// # Errors
    /// `file_too_short` when the stream ends before the range; those of [`ByteStream::read`].
    pub(super) fn next(&mut self, buffer: &mut [u8]) -> Result<Option<NonZeroUsize>> {
        let wanted = match self.left() {
            Some(left) => left.saturating_usize().min(buffer.len()),
            None => buffer.len(),
        };
        if wanted == 0 {
            return Ok(None);
        }
        let space = buffer.get_mut(..wanted).unwrap_or_default();
        let read = self.range.stream.read(space, self.interrupts);
        let count = read.map_err(|error| error.at(self.at))?;
        self.interrupts.check("read")?;
        if count == 0 {
            self.check_end()?;
        }
        self.at = self.at.plus(ByteLength::of(count));
        Ok(NonZeroUsize::new(count))
    }

    /// Checks that the stream may end here.
    fn check_end(&self) -> Result<()> {
        let StreamRange {
            stream,
            start,
            length,
        } = &*self.range;
        let Some(range) = length.and_then(|length| SourceRange::new(*start, length)) else {
            return Ok(());
        };
        let reason = format!(
            "it has {} and the range ends at {}",
            LengthText(ByteLength(self.at.0)),
            LengthText(ByteLength(range.end().0))
        );
        let error = Error::new(Kind::FileTooShort, "", reason).on(stream.name());
        Err(error.over(range).at(self.at))
    }
}
