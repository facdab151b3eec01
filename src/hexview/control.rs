//! How a dump is run: its threads, and the memory for its text. Nothing here changes the output.

use std::num::NonZeroUsize;

use super::block::Parcels;

/// The default limit of threads. With more, memory bandwidth is the limit.
const MOST_WORKERS: usize = 8;

/// How a dump is run.
#[derive(Clone, Copy, Default)]
pub struct Control<'a> {
    /// The number of threads. The default is the number of cores, at most eight. A short input
    /// uses one thread.
    pub threads: Option<NonZeroUsize>,
    /// Memory that the output takes over instead of copying the text. Used for long dumps.
    pub parcels: Option<&'a dyn Parcels>,
}

impl Control<'_> {
    /// The number of threads to use.
    pub(super) fn workers(&self) -> usize {
        let cores = || std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.threads
            .map_or_else(|| cores().min(MOST_WORKERS), NonZeroUsize::get)
    }
}
