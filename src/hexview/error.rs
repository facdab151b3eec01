//! The result of a dump: its byte counts, or the reason for the failure. The caller writes the
//! message.

use std::collections::TryReserveError;
use std::io;

/// The byte counts of a dump.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Bytes of input shown, including holes and repeated lines.
    pub input: u64,
    /// Bytes of text written.
    pub output: u64,
}

/// Why a dump ended early.
#[derive(Debug, thiserror::Error)]
pub enum DumpError<E> {
    /// The input failed. All bytes before the failure were dumped.
    #[error("cannot read the input: {error}")]
    Input {
        /// The error of the input.
        error: E,
        /// The byte counts up to the failure.
        shown: Summary,
    },
    /// The text could not be written; `BrokenPipe` when the reader is gone.
    #[error("cannot write the dump: {0}")]
    Output(#[source] io::Error),
    /// There is not enough memory for a line of the format.
    #[error("not enough memory")]
    NoMemory,
    /// The printed offsets would pass 2^64. All bytes before that were dumped.
    #[error("the printed offsets do not fit in 64 bits")]
    OffsetOverflow,
}

impl<E> From<TryReserveError> for DumpError<E> {
    fn from(_: TryReserveError) -> Self {
        Self::NoMemory
    }
}
