//! The arguments of `unlink`.

use clap::Args;

use super::source::tag_parser;
use super::tag_filters::TagFilterArgs;
use crate::mapping::types::Tag;

/// Remove shared memory regions by name
///
/// The name is removed at once. The memory is freed when the last process unmaps the region.
#[derive(Clone, Debug, Args)]
pub struct UnlinkArgs {
    /// Regions to remove
    #[arg(value_name = "NAME", required_unless_present_any = ["orphans", "older", "patterns", "min_size"], value_parser = tag_parser())]
    pub names: Vec<Tag>,
    /// Ignore names that do not exist
    #[arg(short, long, help_heading = "Tags")]
    pub force: bool,
    /// Print what would be removed, and remove nothing
    #[arg(long, help_heading = "Tags")]
    pub dry_run: bool,
    /// Which regions.
    #[command(flatten)]
    pub filter: TagFilterArgs,
}
