//! The outcome of a dump: the number of bytes shown, and why no more were shown.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use super::memory::MemoryGap;
use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, SourceOffset};

/// The number of bytes shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// The number of bytes of the source.
    pub read: u64,
    /// The number of bytes written for them.
    pub written: u64,
}

impl Shown {
    /// Bytes that are written unchanged.
    pub(super) const fn copied(bytes: u64) -> Self {
        Self {
            read: bytes,
            written: bytes,
        }
    }
}

/// Why not all bytes were shown.
#[derive(Debug)]
pub enum ShowError {
    /// The source failed.
    Source {
        /// The failure.
        error: Error,
        /// The bytes shown before.
        shown: Shown,
    },
    /// The output failed.
    Output(io::Error),
    /// The bytes cannot be shown in this format.
    Refused(Error),
}

/// The bytes shown, and the failure of the source, which is reported last.
#[derive(Debug)]
pub struct Ended {
    /// The bytes shown.
    pub shown: Shown,
    /// The failure of the source.
    pub failure: Option<Error>,
}

/// Facts about a dump of the memory of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MemoryDumped {
    /// With --pid: the process ID.
    pub pid: u32,
    /// With --pid: the addresses that could not be read, and count as zeros.
    pub gaps: Vec<MemoryGap>,
}

/// A dump to a file (`--output`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dumped {
    /// The start offset in the source, in bytes.
    pub offset: SourceOffset,
    /// The number of bytes of the source that were shown.
    pub length: ByteLength,
    /// Whether all requested bytes are included. If not, the failure is reported on standard error, or `gaps` has the
    /// addresses of a process that could not be read.
    pub complete: bool,
    /// The number of bytes written.
    pub written: u64,
    /// The process.
    #[serde(flatten)]
    pub process: Option<MemoryDumped>,
}
