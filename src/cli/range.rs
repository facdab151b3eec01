//! The options on the range of a source.

use clap::Args;

use super::size::{parse_length, parse_offset};
use crate::mapping::error::{Error, Result};
use crate::mapping::types::{
    ByteLength, OffsetRequest, RangeRequest, SourceOffset, SourceRange, TooLarge,
};

/// Where in the source, and how much of it.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Range")]
pub struct RangeArgs {
    /// Begin at this offset; -4K is from the end [default: 0]
    ///
    /// Sizes are decimal or 0x hexadecimal numbers with K, M, G, T, P, E or KiB, MiB, … (powers of 1024),
    /// kB, MB, … (powers of 1000) or pg (pages): 4096, 0x1000, 4K, 1.5M, 2pg, 1_000_000. --offset -4K
    /// begins 4 KiB before the end.
    #[arg(short, long, value_name = "OFFSET", value_parser = parse_offset, allow_hyphen_values = true)]
    pub offset: Option<OffsetRequest>,
    /// Take this many bytes [default: up to the end]
    ///
    /// Written like an offset, without a sign: --length 64K.
    #[arg(short = 'n', long, value_name = "SIZE", value_parser = parse_length, allow_hyphen_values = true)]
    pub length: Option<ByteLength>,
}

impl RangeArgs {
    /// The requested range.
    #[must_use]
    pub fn request(&self) -> RangeRequest {
        RangeRequest {
            offset: self.offset.unwrap_or_default(),
            length: self.length,
        }
    }

    /// The smallest range that the request can mean, independent of the source: an offset from the end is 0, and a
    /// missing length is 1.
    ///
    /// # Errors
    /// `usage` for a range that no source can have.
    pub fn smallest(&self) -> Result<SourceRange> {
        let offset = match self.request().offset {
            OffsetRequest::FromStart(offset) => offset,
            OffsetRequest::FromEnd(_) => SourceOffset(0),
        };
        let length = self.length.unwrap_or(ByteLength(1));
        SourceRange::new(offset, length)
            .ok_or_else(|| Error::usage(TooLarge(self.request()).to_string()))
    }

    /// Refuses an offset from the end, for a file that is truncated to 0.
    ///
    /// # Errors
    /// `usage`.
    pub fn check_from_start(&self) -> Result<()> {
        match self.request().offset {
            OffsetRequest::FromStart(_) => Ok(()),
            OffsetRequest::FromEnd(_) => Err(Error::usage(
                "--open truncate leaves nothing that --offset could count back from",
            )),
        }
    }
}
