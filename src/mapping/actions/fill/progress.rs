//! How a fill is carried out: with how many threads, who receives the progress, and what may stop it.

use std::num::NonZeroUsize;

use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::types::ByteLength;

/// How a fill is carried out.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Requests to stop.
    pub interrupts: &'a Interrupts,
    /// Who receives the progress.
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

/// What a fill is busy with.
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
