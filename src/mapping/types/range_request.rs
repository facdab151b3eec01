//! A range as the user asks for it, before the size of the source is known.

use std::fmt;

use super::offset::{ByteLength, MAX_OFFSET, SourceOffset};
use super::range::SourceRange;
use super::text::count_text;

/// Where a range begins, as the user asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OffsetRequest {
    /// That many bytes after the start.
    FromStart(SourceOffset),
    /// That many bytes before the end.
    FromEnd(ByteLength),
}

impl Default for OffsetRequest {
    fn default() -> Self {
        Self::FromStart(SourceOffset(0))
    }
}

/// A range as the user asked for it, before the size of the source is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RangeRequest {
    /// Where it begins.
    pub offset: OffsetRequest,
    /// How long it is; to the end of the source when absent.
    pub length: Option<ByteLength>,
}

impl RangeRequest {
    /// Where the range begins in a source of `size` bytes.
    ///
    /// # Errors
    /// [`RangeError::BeforeStart`] when an offset from the end reaches back beyond the start, and
    /// [`RangeError::TooLarge`] when the offset exceeds what a file can have.
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

    /// The range in a source of `size` bytes: with the length asked for, which may reach beyond the end,
    /// or else up to the end.
    ///
    /// # Errors
    /// Those of [`RangeRequest::start`]; [`RangeError::TooLarge`] when the end exceeds what a file can
    /// have; [`RangeError::BeyondEnd`] when no length was asked for and the offset lies after the end.
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

/// Names the range that no file can have, as far as it was asked for.
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

/// A request that [`RangeError::TooLarge`] answers.
#[derive(Clone, Copy, Debug)]
pub struct TooLarge(pub RangeRequest);

/// Why a requested range cannot be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RangeError {
    /// An offset from the end that reaches back beyond the start.
    BeforeStart {
        /// How far back was asked for.
        back: ByteLength,
        /// How large the source is.
        size: ByteLength,
    },
    /// An offset after the end, with no length to say how far.
    BeyondEnd {
        /// The offset asked for.
        offset: SourceOffset,
        /// How large the source is.
        size: ByteLength,
    },
    /// An offset, or an end, that no file can have.
    TooLarge,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BeforeStart { back, size } => {
                write!(
                    f,
                    "offset -{} lies before the start: the size is {}, so the nearest is -{}",
                    back.0,
                    count_text(size.0, "byte"),
                    size.0
                )
            }
            Self::BeyondEnd { offset, size } => {
                write!(
                    f,
                    "offset {} lies beyond the end: the size is {}",
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
