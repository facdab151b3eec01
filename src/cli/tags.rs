//! The arguments of `tags`.

use clap::Args;

use super::source::tag_parser;
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
    /// Show the processes that map each region
    #[arg(long, help_heading = "Tags")]
    pub users: bool,
    /// List only regions that no visible process maps
    #[arg(long, help_heading = "Tags")]
    pub orphans: bool,
}
