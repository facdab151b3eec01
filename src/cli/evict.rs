//! The arguments of `evict`.

use std::path::PathBuf;

use clap::Args;

use super::cached::check_output;
use super::paths::PathsArgs;
use super::range::RangeArgs;
use crate::mapping::cache::walk::Paths;
use crate::mapping::error::Result;

/// Drop files and directories from the page cache
///
/// Writes dirty pages to storage first, so no data is lost. Then drops all pages of each PATH from the page cache, and
/// reports which pages stayed and why.
#[derive(Clone, Debug, Args)]
pub struct EvictArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: PathsArgs,
    /// The range.
    #[command(flatten)]
    pub range: RangeArgs,
    /// Write down what was dropped: --snapshot dropped.json
    ///
    /// The file has the format of mmapctl-snapshot(1), so `mmapctl restore` loads the same pages again. It gets its name,
    /// or replaces an older one, when the command ends.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Snapshot")]
    pub snapshot: Option<PathBuf>,
}

impl EvictArgs {
    /// The requested paths.
    ///
    /// # Errors
    /// Those of reading a list of paths; `usage` for a snapshot that is not a file of its own.
    pub fn paths(&self) -> Result<Paths> {
        let output = self.snapshot.as_deref();
        output.map_or(Ok(()), |path| check_output("--snapshot", path))?;
        self.paths.paths()
    }
}
