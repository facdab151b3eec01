//! The arguments of `evict`.

use clap::Args;

use super::paths::PathsArgs;
use super::range::RangeArgs;

/// Drop files and directories from the page cache
///
/// Writes dirty pages to storage first, so no data is lost. Then drops all pages of each PATH from the page cache, and
/// reports which pages stayed and why.
#[derive(Clone, Debug, Args)]
pub struct EvictArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: PathsArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
}
