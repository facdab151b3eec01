//! One dump: the open source, the range to show, and the output file.

use std::io;
use std::path::Path;

use super::outcome::{Dumped, Ended, ShowError, Shown};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::Region;
use crate::mapping::region::stream::Stream;
use crate::mapping::source::output::{Output, OutputWriter};
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::{ByteLength, RangeRequest, SourceRange};

/// A range of an open source to show.
#[derive(Debug)]
pub struct Dump {
    source: Source,
    range: SourceRange,
    /// The failure that the source is shorter than requested.
    shortfall: Option<Error>,
    /// Requests to stop, watched where one could leave an unfinished file.
    interrupts: Interrupts,
}

impl Dump {
    /// Opens a source, to show the part of the range that it has.
    ///
    /// # Errors
    /// Those of [`Source::open`], [`Source::available`] and [`Region::check_mappable`].
    pub fn open(spec: &SourceSpec, range: &RangeRequest) -> Result<Self> {
        let source = Source::open(spec, &OpenRequest::READ)?;
        let (range, shortfall) = source.available(range)?;
        Region::check_mappable(&source, range)?;
        Ok(Self {
            source,
            range,
            shortfall,
            interrupts: Interrupts::new(),
        })
    }

    /// The source.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The part of the range that the source has.
    #[must_use]
    pub fn range(&self) -> SourceRange {
        self.range
    }

    /// Whether the source is shorter than requested.
    #[must_use]
    pub fn falls_short(&self) -> bool {
        self.shortfall.is_some()
    }

    /// The failure that the source is shorter than requested, if it is.
    #[must_use]
    pub fn into_shortfall(self) -> Option<Error> {
        self.shortfall
    }

    /// The bytes to show.
    #[must_use]
    pub fn stream(&self) -> Stream<'_> {
        Stream::new(&self.source, self.range).until(&self.interrupts)
    }

    /// Writes to a file by `write`. The file gets its name when it is complete.
    ///
    /// # Errors
    /// Those of the file; that of the source where no file is left, with the number of bytes lost.
    pub fn to_file(
        &self,
        path: &Path,
        write: impl FnOnce(&mut OutputWriter<'_>) -> Result<Shown, ShowError>,
    ) -> Result<Ended> {
        if !Output::is_special(path) {
            self.interrupts.watch()?;
        }
        let target = Output::open(path, Some(&self.source))?;
        let outcome = write(&mut target.writer()?);
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

    /// The end of showing. A failure of the output that `output_failed` accepts counts as no bytes shown.
    ///
    /// # Errors
    /// That of `output_failed`; that the bytes cannot be shown in this way.
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
            offset: self.range.offset(),
            length: ByteLength(ended.shown.read),
            complete: ended.failure.is_none() && !self.falls_short(),
            written: ended.shown.written,
        }
    }
}
