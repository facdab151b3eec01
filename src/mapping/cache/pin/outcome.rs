//! What to keep in memory, and what is reported meanwhile.

use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::cache::walk::{Paths, Tally};
use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, SourceName};

/// What to keep in memory.
#[derive(Clone, Debug, Default)]
pub struct PinRequest {
    /// The paths.
    pub paths: Paths,
    /// How long; without a time, until a signal.
    pub time: Option<Duration>,
    /// Whether to follow changes of the files.
    pub follow: bool,
}

/// What is kept in memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PinTotals {
    /// The number of files with locked pages. Empty files and files without data have none.
    pub files: u64,
    /// The size of these files, in bytes.
    pub size: ByteLength,
    /// The amount that is locked, in whole pages, in bytes.
    pub locked: ByteLength,
    /// The amount in holes, which have no pages, in bytes.
    pub holes: ByteLength,
}

impl Tally for PinTotals {
    fn add(&mut self, other: &Self) {
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            locked: self.locked.plus(other.locked),
            holes: self.holes.plus(other.holes),
        };
    }
}

/// A file whose locked pages changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinChange {
    /// The file.
    pub name: SourceName,
    /// The number of bytes that were locked before; `None` for a file that was not known.
    pub before: Option<ByteLength>,
    /// The number of bytes that are locked now; `None` for a file that is gone.
    pub now: Option<ByteLength>,
}

/// What is kept in memory, and what is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pinned {
    /// The amounts.
    pub totals: PinTotals,
    /// The number of directory entries that are no files.
    pub skipped: u64,
    /// The number of failures.
    pub failures: u64,
}

/// What happens while files are kept in memory.
#[derive(Debug)]
pub enum PinEvent {
    /// A file or directory could not be locked; the others are.
    Failure(Error),
    /// So much of the first amount was brought into memory.
    Progress {
        /// The amount that will be locked.
        total: ByteLength,
        /// The amount that is in memory.
        done: ByteLength,
    },
    /// The locked pages of a file changed.
    Change(PinChange),
    /// Everything is locked.
    Ready(Pinned),
    /// The amounts are different now.
    Now(Pinned),
}
