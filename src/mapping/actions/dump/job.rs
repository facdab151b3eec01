//! One dump: the open source or stream, the range to show, and the output file.

use std::io;
use std::path::Path;

use super::outcome::{Dumped, Ended, ShowError, Shown};
use super::reading::{Reading, StreamRange};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::byte_stream::ByteStream;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::Region;
use crate::mapping::region::stream::Stream;
use crate::mapping::source::output::{Output, OutputWriter};
use crate::mapping::source::{Readable, Source, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, OffsetRequest, RangeRequest, SourceName, SourceOffset, SourceRange,
};

/// An open source or stream, and the range of it to show.
#[derive(Debug)]
pub struct Dump {
    name: SourceName,
    bytes: Material,
    /// Requests to stop, watched where one could leave an unfinished file.
    interrupts: Interrupts,
}

/// The bytes to show.
#[derive(Debug)]
enum Material {
    /// A part of a source.
    Source {
        source: Box<Source>,
        range: SourceRange,
        /// The failure that the source is shorter than requested.
        shortfall: Option<Error>,
    },
    /// A part of a stream.
    Stream(StreamRange),
}

impl Dump {
    /// Opens a source, to show the part of the range that exists. Without an offset the range starts at the position of
    /// the standard input, and at the start of any other source. A stream is read up to the start of the range.
    ///
    /// # Errors
    /// Those of [`Readable::open`], [`Source::available`], [`Region::check_mappable`] and [`StreamRange::new`].
    pub fn open(
        spec: &SourceSpec,
        offset: Option<OffsetRequest>,
        length: Option<ByteLength>,
    ) -> Result<Self> {
        let name = spec.name();
        let interrupts = Interrupts::new();
        let mut request = RangeRequest {
            offset: offset.unwrap_or_default(),
            length,
        };
        let bytes = match Readable::open(spec)? {
            Readable::Source(source) => {
                if offset.is_none() && *spec == SourceSpec::StandardInput {
                    request.offset = position(&source).map_err(|error| error.on(&name))?;
                }
                let (range, shortfall) = source.available(&request)?;
                Region::check_mappable(&source, range)?;
                Material::Source {
                    source,
                    range,
                    shortfall,
                }
            }
            Readable::Stream(file) => {
                let stream = ByteStream::new(file, name.clone());
                Material::Stream(StreamRange::new(stream, &request, &interrupts)?)
            }
        };
        Ok(Self {
            name,
            bytes,
            interrupts,
        })
    }

    /// The name of the source.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// The source; `None` for a stream.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        match &self.bytes {
            Material::Source { source, .. } => Some(source),
            Material::Stream(_) => None,
        }
    }

    /// The start of the range.
    #[must_use]
    pub fn start(&self) -> SourceOffset {
        match &self.bytes {
            Material::Source { range, .. } => range.offset(),
            Material::Stream(range) => range.start(),
        }
    }

    /// The number of bytes to show; `None` for a stream without a limit.
    #[must_use]
    pub fn length(&self) -> Option<ByteLength> {
        match &self.bytes {
            Material::Source { range, .. } => Some(range.length()),
            Material::Stream(range) => range.length(),
        }
    }

    /// Whether the source is shorter than requested. A stream shows that at its end, as a failure of reading.
    #[must_use]
    pub fn falls_short(&self) -> bool {
        matches!(
            &self.bytes,
            Material::Source {
                shortfall: Some(_),
                ..
            }
        )
    }

    /// The failure that the source is shorter than requested, if it is.
    #[must_use]
    pub fn into_shortfall(self) -> Option<Error> {
        match self.bytes {
            Material::Source { shortfall, .. } => shortfall,
            Material::Stream(_) => None,
        }
    }

    /// The bytes to show.
    #[must_use]
    pub fn reading(&mut self) -> Reading<'_> {
        match &mut self.bytes {
            Material::Source { source, range, .. } => {
                Reading::Mapped(Stream::new(source, *range).until(&self.interrupts))
            }
            Material::Stream(range) => Reading::Streamed(range.flow(&self.interrupts)),
        }
    }

    /// Writes to a file by `write`. The file gets its name when it is complete.
    ///
    /// # Errors
    /// Those of the file; that of the source if the output is a regular file, with the number of bytes overwritten.
    pub fn to_file(
        &mut self,
        path: &Path,
        write: impl FnOnce(Reading<'_>, &mut OutputWriter<'_>) -> Result<Shown, ShowError>,
    ) -> Result<Ended> {
        if !Output::is_special(path) {
            self.interrupts.watch()?;
        }
        let target = Output::open(path, self.source())?;
        let outcome = write(self.reading(), &mut target.writer()?);
        let ended = Self::ended(outcome, |error| match error.kind() {
            io::ErrorKind::BrokenPipe => Ok(()),
            _ => Err(target.failure(error)),
        })?;
        match ended.failure {
            Some(error) if target.is_file() => return Err(target.with_loss(error)),
            Some(_) => {}
            None => target.finish()?,
        }
        Ok(ended)
    }

    /// The result of showing bytes. A failure of the output that `output_failed` accepts counts as no bytes shown.
    ///
    /// # Errors
    /// That of `output_failed`; the refusal to show the bytes in this format.
    pub fn ended(
        outcome: Result<Shown, ShowError>,
        output_failed: impl FnOnce(io::Error) -> Result<()>,
    ) -> Result<Ended> {
        let (shown, failure) = match outcome {
            Ok(shown) => (shown, None),
            Err(ShowError::Source { error, shown }) => (shown, Some(error)),
            Err(ShowError::Output(error)) => {
                output_failed(error)?;
                (Shown::default(), None)
            }
            Err(ShowError::Refused(error)) => return Err(error),
        };
        Ok(Ended { shown, failure })
    }

    /// The result.
    #[must_use]
    pub fn outcome(&self, ended: &Ended) -> Dumped {
        Dumped {
            offset: self.start(),
            length: ByteLength(ended.shown.read),
            complete: ended.failure.is_none() && !self.falls_short(),
            written: ended.shown.written,
        }
    }
}

/// The current position of an inherited file, which its other users share.
fn position(source: &Source) -> Result<OffsetRequest> {
    let position = match source.handle() {
        Some(handle) => sys::position(handle.file()).map_err(|e| Error::os("examine", &e))?,
        None => 0,
    };
    Ok(OffsetRequest::FromStart(SourceOffset(position)))
}
