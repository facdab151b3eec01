//! The arguments of `sync`.

use clap::Args;

use super::range::RangeArgs;
use super::source::SourcesArgs;
use crate::mapping::cache::sync::{SyncMode, SyncRequest};

/// Write dirty pages to storage
///
/// Flushes the pages of the range with msync(2), waits for completion, and reports the dirty pages before and
/// after. A file that you may not write is flushed entirely, because msync(2) flushes nothing through a read-only mapping.
// `--anon` is parsed, so that the error can explain why anonymous memory cannot be flushed.
#[derive(Clone, Debug, Args)]
#[command(mut_arg("anon", |arg| arg.hide(true)))]
pub struct SyncArgs {
    /// The sources.
    #[command(flatten)]
    pub sources: SourcesArgs,
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
