//! The arguments of `evict`.

use clap::Args;

use super::range::RangeArgs;
use super::source::NamedSourcesArgs;

/// Drop files from the page cache
///
/// Writes dirty pages to storage, drops all pages of the range from the page cache, and reports which pages stayed
/// and why. No data is lost.
#[derive(Clone, Debug, Args)]
pub struct EvictArgs {
    /// The sources.
    #[command(flatten)]
    pub sources: NamedSourcesArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
}
