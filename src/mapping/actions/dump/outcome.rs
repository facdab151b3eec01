//! How far the bytes of a source were shown, and why no further.

use std::io;

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::error::Error;
use crate::mapping::types::{ByteLength, SourceOffset};

/// How much was shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// How many bytes of the source.
    pub read: u64,
    /// How many bytes were written for them.
    pub written: u64,
}

impl Shown {
    /// So many bytes, written as they are.
    pub(super) const fn copied(bytes: u64) -> Self {
        Self {
            read: bytes,
            written: bytes,
        }
    }
}

/// Why bytes were not shown to the end.
#[derive(Debug)]
pub enum ShowError {
    /// The source failed.
    Source {
        /// Why.
        error: Error,
        /// What was shown before.
        shown: Shown,
    },
    /// The output failed.
    Output(io::Error),
    /// The bytes cannot be shown in this way.
    Refused(Error),
}

/// What was shown, and the failure of the source, which is reported when all else is done.
#[derive(Debug)]
pub struct Ended {
    /// What was shown.
    pub shown: Shown,
    /// The failure.
    pub failure: Option<Error>,
}

/// What a dump did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dumped {
    /// Where in the source it begins, in bytes.
    pub offset: SourceOffset,
    /// How many bytes of the source were shown.
    pub length: ByteLength,
    /// Whether these are all that were asked for and could be asked for.
    pub complete: bool,
    /// How many bytes were written.
    pub written: u64,
}
