//! One side of a comparison.

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::actions::dump::{Dump, MemoryGap, MemoryPart, MemoryRequest, Reading};
use crate::mapping::error::Result;
use crate::mapping::source::{Source, SourceSpec, range_failure};
use crate::mapping::types::{
    AddressRange, ByteLength, OffsetRequest, RangeRequest, SourceName, SourceOffset, SourceRange,
};

/// The source of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SideSpec {
    /// A file, descriptor, tag or stream.
    Source(SourceSpec),
    /// Memory of a process.
    Process(u32, AddressRange),
}

/// Which of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SideName {
    /// The first one.
    A,
    /// The second one.
    B,
}

impl SideName {
    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

impl SideSpec {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> SourceName {
        match self {
            Self::Source(spec) => spec.name(),
            Self::Process(pid, _) => SourceName::Process(*pid),
        }
    }

    /// The number of the inherited descriptor that it reads.
    pub(super) fn descriptor(&self) -> Option<i32> {
        match self {
            Self::Source(SourceSpec::StandardInput) => Some(0),
            Self::Source(SourceSpec::Descriptor(number)) => Some(*number),
            _ => None,
        }
    }
}

/// An open side.
#[derive(Debug)]
pub(super) struct Side {
    dump: Dump,
    /// The number of bytes to compare at most.
    limit: Option<ByteLength>,
}

impl Side {
    /// Opens a side, to compare at most `limit` bytes from an offset. The offset counts within the range of a process.
    ///
    /// # Errors
    /// Those of [`Dump::open`] and [`Dump::of_process`]; `file_too_short` when the side ends before the offset.
    pub(super) fn open(
        spec: &SideSpec,
        offset: Option<OffsetRequest>,
        limit: Option<ByteLength>,
    ) -> Result<Self> {
        let dump = match spec {
            SideSpec::Source(spec) => Dump::open(spec, offset, None)?,
            SideSpec::Process(pid, range) => {
                let request = RangeRequest {
                    offset: offset.unwrap_or_default(),
                    length: None,
                };
                let part = request.resolve(ByteLength(range.length()));
                let part = part.map_err(|e| range_failure(e, &request).on(&spec.name()))?;
                let start = range.start().saturating_add(part.offset().0);
                let range = AddressRange::between(start, range.end()).unwrap_or(*range);
                Dump::of_process(&MemoryRequest {
                    pid: *pid,
                    part: MemoryPart::Range(range),
                    strict: false,
                })?
            }
        };
        Ok(Self { dump, limit })
    }

    /// Reads a stream up to the start of the range.
    ///
    /// # Errors
    /// Those of [`Dump::skip_to_start`].
    pub(super) fn skip_to_start(&mut self) -> Result<()> {
        self.dump.skip_to_start()
    }

    /// The name of its source.
    pub(super) fn name(&self) -> &SourceName {
        self.dump.name()
    }

    /// The start of its range.
    pub(super) fn start(&self) -> SourceOffset {
        self.dump.start()
    }

    /// The number of bytes to compare; `None` for a stream, whose end is not known.
    pub(super) fn length(&self) -> Option<ByteLength> {
        let length = self.dump.length()?;
        Some(self.limit.map_or(length, |limit| limit.min(length)))
    }

    /// The greatest number of bytes to compare.
    pub(super) fn limit(&self) -> Option<ByteLength> {
        self.length().or(self.limit)
    }

    /// The source and its range, if it is mapped.
    pub(super) fn mapped(&self) -> Option<(&Source, SourceRange)> {
        let source = self.dump.source()?;
        let range = SourceRange::new(self.start(), self.length()?)?;
        source.handle().map(|_| (source, range))
    }

    /// Its bytes, to be read in order.
    pub(super) fn reading(&mut self) -> Reading<'_> {
        self.dump.reading()
    }

    /// The addresses of a process that could not be read.
    pub(super) fn gaps(&self) -> &[MemoryGap] {
        self.dump.gaps()
    }
}
