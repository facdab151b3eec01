//! The control of a running fill: the number of threads, the receiver of its progress, and requests to stop.

use std::num::NonZeroUsize;

use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::types::ByteLength;

/// The control of a running fill.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Requests to stop.
    pub interrupts: &'a Interrupts,
    /// The receiver of the progress.
    pub progress: &'a dyn Progress,
    /// The number of threads; chosen by the length when absent.
    pub threads: Option<NonZeroUsize>,
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Control")
            .field("threads", &self.threads)
            .finish_non_exhaustive()
    }
}

/// The phase of a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Storing the bytes.
    Filling,
    /// Reading them back.
    Verifying,
}

/// Receives the progress of a fill. Called from all threads that work on it.
pub trait Progress: Sync {
    /// A phase begins, over `total` bytes if that is known.
    fn begin(&self, phase: Phase, total: Option<ByteLength>);
    /// `bytes` more are done.
    fn advance(&self, bytes: ByteLength);
}
