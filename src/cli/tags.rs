//! The arguments of `tags`.

use clap::Args;

use super::source::tag_parser;
use crate::mapping::types::Tag;

/// List shared memory regions
///
/// Shows the size, the memory that is allocated and resident, mode, owner and age of each, and in the last
/// line how much room is left for them.
#[derive(Clone, Debug, Args)]
pub struct TagsArgs {
    /// Show only these [default: all]
    #[arg(value_name = "NAME", value_parser = tag_parser())]
    pub names: Vec<Tag>,
    /// Show which processes map each
    #[arg(long, help_heading = "Tags")]
    pub users: bool,
    /// Show only those that no process maps
    #[arg(long, help_heading = "Tags")]
    pub orphans: bool,
}
