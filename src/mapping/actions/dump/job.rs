//! One dump: the open source or stream, the range to show, and the output file.

use std::io;
use std::path::Path;

use super::memory::{MemoryGap, MemoryRange, MemoryRequest};
use super::outcome::{Dumped, Ended, MemoryDumped, ShowError, Shown};
use super::reading::{Reading, StreamRange};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::Readable;
use crate::mapping::region::stream::Stream;
use crate::mapping::source::output::{Output, OutputWriter};
use crate::mapping::source::{Handle, Source, SourceSpec};
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
    /// A part of the memory of a process.
    Process(u32, MemoryRange),
}

impl Dump {
    /// Opens a source, to show the part of the range that exists. Without an offset the range starts at the position of
    /// the standard input, and at the start of any other source.
    ///
    /// # Errors
    /// Those of [`Readable::open`], [`Source::available`] and `StreamRange::new`.
    pub fn open(
        spec: &SourceSpec,
        offset: Option<OffsetRequest>,
        length: Option<ByteLength>,
    ) -> Result<Self> {
        let name = spec.name();
        let request = |start| RangeRequest {
            offset: offset.unwrap_or(OffsetRequest::FromStart(start)),
            length,
        };
        let bytes = match Readable::open(spec)? {
            Readable::Source { source, position } => {
                let (range, shortfall) = source.available(&request(position))?;
                Material::Source {
                    source,
                    range,
                    shortfall,
                }
            }
            Readable::Stream(stream) => {
                let range = StreamRange::new(stream, &request(SourceOffset::START));
                Material::Stream(range.map_err(|error| error.on(&name))?)
            }
        };
        Ok(Self {
            name,
            bytes,
            interrupts: Interrupts::new(),
        })
    }

    /// Opens the memory of a process.
    ///
    /// # Errors
    /// Those of `MemoryRange::open`.
    pub fn of_process(request: &MemoryRequest) -> Result<Self> {
        let name = SourceName::Process(request.pid);
        let range = MemoryRange::open(request).map_err(|error| error.on(&name))?;
        Ok(Self {
            name,
            bytes: Material::Process(request.pid, range),
            interrupts: Interrupts::new(),
        })
    }

    /// The addresses of a process that could not be read so far.
    #[must_use]
    pub fn gaps(&self) -> &[MemoryGap] {
        match &self.bytes {
            Material::Source { .. } | Material::Stream(_) => &[],
            Material::Process(_, range) => range.gaps(),
        }
    }

    /// Reads a stream up to the start of the range.
    ///
    /// # Errors
    /// Those of `StreamRange::skip`.
    pub fn skip_to_start(&mut self) -> Result<()> {
        match &mut self.bytes {
            Material::Source { .. } | Material::Process(..) => Ok(()),
            Material::Stream(range) => {
                let skipped = range.skip(&self.interrupts);
                skipped.map_err(|error| error.on(&self.name))
            }
        }
    }

    /// The name of the source.
    #[must_use]
    pub fn name(&self) -> &SourceName {
        &self.name
    }

    /// The source; `None` for a stream and for a process.
    #[must_use]
    pub fn source(&self) -> Option<&Source> {
        match &self.bytes {
            Material::Source { source, .. } => Some(source),
            Material::Stream(_) | Material::Process(..) => None,
        }
    }

    /// The start of the range.
    #[must_use]
    pub fn start(&self) -> SourceOffset {
        match &self.bytes {
            Material::Source { range, .. } => range.offset(),
            Material::Stream(range) => range.start(),
            Material::Process(_, range) => range.start(),
        }
    }

    /// The number of bytes to show; `None` for a stream without a limit.
    #[must_use]
    pub fn length(&self) -> Option<ByteLength> {
        match &self.bytes {
            Material::Source { range, .. } => Some(range.length()),
            Material::Stream(range) => range.length(),
            Material::Process(_, range) => Some(range.length()),
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
            Material::Stream(_) | Material::Process(..) => None,
        }
    }

    /// The bytes to show.
    #[must_use]
    pub fn reading(&mut self) -> Reading<'_> {
        match &mut self.bytes {
            Material::Source { source, range, .. } => {
                Reading::Mapped(Stream::new(source, *range).until(&self.interrupts))
            }
            Material::Stream(range) => Reading::Streamed(range, &self.interrupts),
            Material::Process(_, range) => Reading::Process(range, &self.interrupts),
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
        let ended = self.ended(outcome, |error| match error.kind() {
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

    /// The result of showing bytes. A failure of the output that `output_failed` accepts counts as no bytes shown. The
    /// position of the standard input is then after the last byte shown, as after reading a stream.
    ///
    /// # Errors
    /// That of `output_failed`; the refusal to show the bytes in this format.
    pub fn ended(
        &self,
        outcome: Result<Shown, ShowError>,
        output_failed: impl FnOnce(io::Error) -> Result<()>,
    ) -> Result<Ended> {
        let (shown, failure) = match outcome {
            Ok(shown) => (shown, None),
            Err(ShowError::Source { error, shown }) => (shown, Some(error)),
            Err(ShowError::Output(error)) => {
                output_failed(error)?;
                let shown = Shown::default();
                return Ok(Ended {
                    shown,
                    failure: None,
                });
            }
            Err(ShowError::Refused(error)) => return Err(error.on(&self.name)),
        };
        let failure = failure.or(self.move_position(shown).err());
        Ok(Ended {
            shown,
            failure: failure.map(|error| error.on(&self.name)),
        })
    }

    /// Moves the position of a mapped standard input after the bytes shown.
    fn move_position(&self, shown: Shown) -> Result<()> {
        match self.source().and_then(Source::handle).map(Handle::file) {
            Some(file) if self.name == SourceName::StandardInput => {
                let position = self.start().plus(ByteLength(shown.read));
                sys::set_position(file, position.0).map_err(|e| Error::os("seek", &e))
            }
            _ => Ok(()),
        }
    }

    /// The result.
    #[must_use]
    pub fn outcome(&self, ended: &Ended) -> Dumped {
        Dumped {
            offset: self.start(),
            length: ByteLength(ended.shown.read),
            complete: ended.failure.is_none() && !self.falls_short() && self.gaps().is_empty(),
            written: ended.shown.written,
            process: match &self.bytes {
                Material::Source { .. } | Material::Stream(_) => None,
                Material::Process(pid, range) => Some(MemoryDumped {
                    pid: *pid,
                    gaps: range.gaps().to_vec(),
                }),
            },
        }
    }
}
