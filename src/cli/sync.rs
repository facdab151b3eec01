//! The arguments of `sync`.

use clap::Args;

use super::paths::PathsArgs;
use super::range::RangeArgs;
use crate::mapping::cache::sync::{SyncMode, SyncRequest};

/// Write dirty pages to storage
///
/// Flushes the dirty pages of each PATH, waits for completion, and reports what was dirty before and after. Names in
/// directories are flushed too.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("jobs", |arg| arg.help("Number of files to flush at once: --jobs 1 [default: 32]")))]
pub struct SyncArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: PathsArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Start writing; do not wait for completion
    #[arg(long = "async", help_heading = "Flushing")]
    pub no_wait: bool,
    /// Invalidate other mappings of the file (MS_INVALIDATE)
    ///
    /// This has no effect where all mappings of a file share its pages, as on Linux.
    #[arg(long, help_heading = "Flushing")]
    pub invalidate: bool,
}

impl SyncArgs {
    /// The request to flush.
    #[must_use]
    pub fn request(&self) -> SyncRequest {
        SyncRequest {
            mode: match self.no_wait {
                true => SyncMode::Async,
                false => SyncMode::Sync,
            },
            invalidate: self.invalidate,
        }
    }
}
