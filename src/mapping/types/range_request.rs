//! A requested range, before the size of the source is known.

use std::fmt;

use super::offset::{ByteLength, MAX_OFFSET, SourceOffset};
use super::range::SourceRange;
use super::text::count_text;

/// The requested start of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetRequest {
    /// An offset from the start of the source.
    FromStart(SourceOffset),
    /// A number of bytes before the end of the source.
    FromEnd(ByteLength),
}

impl Default for OffsetRequest {
    fn default() -> Self {
        Self::FromStart(SourceOffset(0))
    }
}

/// A requested range, before the size of the source is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RangeRequest {
    /// Its start.
    pub offset: OffsetRequest,
    /// Its length; if absent, the range extends to the end of the source.
    pub length: Option<ByteLength>,
}

impl RangeRequest {
    /// The start of the range in a source of `size` bytes.
    ///
    /// # Errors
    /// [`RangeError::BeforeStart`] when an offset from the end is before the start, and
    /// [`RangeError::TooLarge`] when the offset exceeds [`MAX_OFFSET`].
    pub fn start(&self, size: ByteLength) -> Result<SourceOffset, RangeError> {
        match self.offset {
            OffsetRequest::FromStart(offset) if offset.0 > MAX_OFFSET => Err(RangeError::TooLarge),
            OffsetRequest::FromStart(offset) => Ok(offset),
            OffsetRequest::FromEnd(back) => size
                .checked_minus(back)
                .map(|ahead| SourceOffset::START.plus(ahead))
                .ok_or(RangeError::BeforeStart { back, size }),
        }
    }

    /// The range in a source of `size` bytes. A requested length may extend beyond the end. Without a length the range
    /// ends at the end of the source.
    ///
    /// # Errors
    /// Those of [`RangeRequest::start`]; [`RangeError::TooLarge`] when the end exceeds [`MAX_OFFSET`];
    /// [`RangeError::BeyondEnd`] when no length was requested and the offset is beyond the end.
    pub fn resolve(&self, size: ByteLength) -> Result<SourceRange, RangeError> {
        let offset = self.start(size)?;
        let length = match self.length {
            Some(length) => length,
            None => size
                .0
                .checked_sub(offset.0)
                .map(ByteLength)
                .ok_or(RangeError::BeyondEnd { offset, size })?,
        };
        SourceRange::new(offset, length).ok_or(RangeError::TooLarge)
    }
}

/// The error message, with the numbers of the request.
impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RangeRequest { offset, length } = self.0;
        match (offset, length) {
            (OffsetRequest::FromStart(SourceOffset(0)), Some(length)) => {
                write!(f, "length {}", length.0)?;
            }
            (OffsetRequest::FromStart(offset), None) => write!(f, "offset {}", offset.0)?,
            (OffsetRequest::FromStart(offset), Some(length)) => {
                write!(f, "offset {} + length {}", offset.0, length.0)?;
            }
            (OffsetRequest::FromEnd(back), _) => {
                let length = length.unwrap_or_default();
                write!(f, "offset -{} + length {}", back.0, length.0)?;
            }
        }
        write!(f, " exceeds {MAX_OFFSET}, the largest offset")
    }
}

/// A request that failed with [`RangeError::TooLarge`], for its message.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge(pub RangeRequest);

/// Why a requested range is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// An offset from the end that is before the start.
    BeforeStart {
        /// The requested number of bytes before the end.
        back: ByteLength,
        /// The size of the source in bytes.
        size: ByteLength,
    },
    /// An offset beyond the end, without a length.
    BeyondEnd {
        /// The requested offset.
        offset: SourceOffset,
        /// The size of the source in bytes.
        size: ByteLength,
    },
    /// An offset or end beyond [`MAX_OFFSET`].
    TooLarge,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeStart { back, size } => {
                write!(
                    f,
                    "offset -{} is before the start: the size is {}, so the lowest is -{}",
                    back.0,
                    count_text(size.0, "byte"),
                    size.0
                )
            }
            Self::BeyondEnd { offset, size } => {
                write!(
                    f,
                    "offset {} is beyond the end: the size is {}",
                    offset.0,
                    count_text(size.0, "byte")
                )
            }
            Self::TooLarge => write!(
                f,
                "offset + length exceeds {MAX_OFFSET}, the largest offset"
            ),
        }
    }
}

impl std::error::Error for RangeError {}
