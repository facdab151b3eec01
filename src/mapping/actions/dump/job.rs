//! A range of an open source that is to be shown, and writing it to a file.

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

/// A range of an open source that is to be shown.
#[derive(Debug)]
pub struct Dump {
    source: Source,
    range: SourceRange,
    /// That the source has less than was asked for.
    shortfall: Option<Error>,
    /// Watched where an end would leave something behind.
    interrupts: Interrupts,
}

impl Dump {
    /// Opens a source, of which as much is to be shown as it has of the range.
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

    /// Whether the source has less than was asked for.
    #[must_use]
    pub fn falls_short(&self) -> bool {
        self.shortfall.is_some()
    }

    /// The failure that the source has less than was asked for, if it has.
    #[must_use]
    pub fn into_shortfall(self) -> Option<Error> {
        self.shortfall
    }

    /// The bytes.
    #[must_use]
    pub fn stream(&self) -> Stream<'_> {
        Stream::new(&self.source, self.range).until(&self.interrupts)
    }

    /// Has the bytes written to a file, which gets its name when all of them are in it.
    ///
    /// # Errors
    /// Those of the file; that of the source where it leaves no file, with what is lost.
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

    /// What showing came to. A failure of the output that `output_failed` forgives shows nothing.
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

    /// What was done.
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
