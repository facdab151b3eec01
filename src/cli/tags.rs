//! The arguments of `tags`.

use clap::Args;

use super::source::tag_parser;
use super::tag_filters::TagFilterArgs;
use crate::mapping::types::Tag;

/// List shared memory regions
///
/// Shows the size, allocated and resident memory, mode, owner and age of each region. The last line shows the free
/// space for shared memory.
#[derive(Clone, Debug, Args)]
pub struct TagsArgs {
    /// Regions to list [default: all]
    #[arg(value_name = "NAME", value_parser = tag_parser())]
    pub names: Vec<Tag>,
    /// Show the processes that map each region or have it open
    #[arg(long, help_heading = "Tags")]
    pub users: bool,
    /// List only shared memory without a name: deleted regions and memfds, with the processes that hold them
    #[arg(long, conflicts_with_all = ["names", "orphans"], help_heading = "Tags")]
    pub deleted: bool,
    /// Show where the memory is: all regions, with and without a name, their processes and paths
    #[arg(long = "where", conflicts_with_all = ["names", "orphans", "deleted"], help_heading = "Tags")]
    pub places: bool,
    /// Which regions.
    #[command(flatten)]
    pub filter: TagFilterArgs,
}
