//! The arguments of `evict`.

use clap::Args;

use super::range::RangeArgs;
use super::source::NamedSourcesArgs;

/// Drop files from the page cache
///
/// Writes dirty pages to the storage, drops all pages of the range from the page cache, and measures which stayed
/// and why. No data is lost.
#[derive(Clone, Debug, Args)]
pub struct EvictArgs {
    /// What to drop.
    #[command(flatten)]
    pub sources: NamedSourcesArgs,
    /// Which bytes of it.
    #[command(flatten)]
    pub range: RangeArgs,
}
