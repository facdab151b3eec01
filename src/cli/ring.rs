//! The argument that names a ring.

use std::path::PathBuf;

use clap::Args;

use super::source::tag_parser;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::Tag;

/// A ring: a file or a tag.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Ring")]
#[group(id = "ring", required = true, multiple = false)]
pub struct RingArgs {
    /// The file that holds the ring
    #[arg(group = "ring", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub file: Option<PathBuf>,
    /// A shared memory region that holds the ring: --tag service-log
    ///
    /// A leading slash is dropped. shm_overview(7) describes these regions, and 'mmapctl tags' lists them.
    #[arg(long, group = "ring", value_name = "NAME", value_parser = tag_parser())]
    pub tag: Option<Tag>,
}

impl RingArgs {
    /// The file or tag of the ring.
    ///
    /// # Errors
    /// `usage` for a hyphen: standard input holds no ring.
    pub fn spec(&self) -> Result<SourceSpec> {
        match (&self.tag, &self.file) {
            (Some(tag), _) => Ok(SourceSpec::Tag(tag.clone())),
            (None, Some(path)) if path.as_os_str() == "-" => {
                let complaint = Error::usage("'-' is no ring: a ring is a file or a tag");
                Err(complaint.hint("use './-' for a file of that name"))
            }
            (None, path) => Ok(SourceSpec::File(path.clone().unwrap_or_default())),
        }
    }
}
