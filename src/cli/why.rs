//! The arguments of `why`.

use clap::Args;

use super::source::NamedSourceArgs;

/// Show the memory of a file, what keeps it there, and why it is not huge
///
/// Shows how much of a file is in memory and dirty, the sizes of its folios, the control groups and NUMA nodes, and the
/// processes that map it or have it open. Loads no pages and changes nothing. Root sees everything; other users see
/// which capability a line needs.
#[derive(Clone, Debug, Args)]
pub struct WhyArgs {
    /// The source.
    #[command(flatten)]
    pub source: NamedSourceArgs,
}
