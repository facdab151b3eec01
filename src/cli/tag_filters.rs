//! The options that select shared memory regions.

use std::time::Duration;

use clap::Args;

use super::duration::parse_duration;
use super::paths::parse_glob;
use super::size::parse_length;
use crate::mapping::actions::tags::TagFilters;
use crate::mapping::error::Result;
use crate::mapping::types::ByteLength;

/// Which regions are taken.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Tags")]
pub struct TagFilterArgs {
    /// Only regions that no process maps or has open
    ///
    /// A region is left out if it is unknown whether a process uses it; see ORPHANS.
    #[arg(long)]
    pub orphans: bool,
    /// With --orphans: assume that processes that cannot be inspected use none
    ///
    /// This matters only for regions on whose use the kernel gives no answer.
    #[arg(long, requires = "orphans")]
    pub assume_unseen: bool,
    /// Only regions of at least this age: --older 4h
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, allow_hyphen_values = true)]
    pub older: Option<Duration>,
    /// Only names that match; '!GLOB' excludes: --match 'psm_*'
    ///
    /// May be repeated; a later pattern takes precedence.
    #[arg(long = "match", value_name = "GLOB", value_parser = parse_glob, allow_hyphen_values = true)]
    pub patterns: Vec<String>,
    /// Only regions of at least this size: --min-size 1M
    #[arg(long, value_name = "SIZE", value_parser = parse_length)]
    pub min_size: Option<ByteLength>,
}

impl TagFilterArgs {
    /// Whether any region is left out.
    #[must_use]
    pub fn is_any(&self) -> bool {
        let by_value = self.older.is_some() || self.min_size.is_some();
        self.orphans || by_value || !self.patterns.is_empty()
    }

    /// The filters of names, ages and sizes.
    ///
    /// # Errors
    /// `usage` for an invalid pattern.
    pub fn filters(&self) -> Result<TagFilters> {
        TagFilters::new(&self.patterns, self.older, self.min_size)
    }
}
