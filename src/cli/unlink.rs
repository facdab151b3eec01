//! The arguments of `unlink`.

use clap::Args;

use super::source::tag_parser;
use crate::mapping::types::Tag;

/// Remove shared memory regions by name
///
/// A region that somebody has mapped loses its name at once, and its memory when the last of them unmaps it.
#[derive(Clone, Debug, Args)]
pub struct UnlinkArgs {
    /// Which to remove
    #[arg(value_name = "NAME", required = true, value_parser = tag_parser())]
    pub names: Vec<Tag>,
    /// Do not complain about a name that is not there
    #[arg(short, long, help_heading = "Tags")]
    pub force: bool,
}
