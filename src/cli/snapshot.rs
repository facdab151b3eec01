//! The arguments of `snapshot`.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Args;

use super::cached::check_output;
use super::paths::TreesArgs;
use crate::mapping::cache::walk::Paths;
use crate::mapping::error::Result;

/// Write down which ranges of files are in the page cache
///
/// Prints a line of JSON for each file of the PATHs, with its ranges that are in memory. `mmapctl restore` loads them
/// again. With a program after `--`, the snapshot has what the program brought into memory. Nothing is loaded.
#[derive(Clone, Debug, Args)]
pub struct SnapshotArgs {
    /// The paths.
    #[command(flatten)]
    pub paths: TreesArgs,
    /// Write to this file: --output cache.json
    ///
    /// The file gets its name, or replaces an older one, when it is complete. Without this option, the snapshot is
    /// written to standard output.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath, help_heading = "Snapshot")]
    pub output: Option<PathBuf>,
    /// Drop the PATHs from the page cache before the program runs
    ///
    /// The snapshot then has everything that the program needs, not only what was missing.
    #[arg(long, requires = "program", help_heading = "Snapshot")]
    pub evict_first: bool,
    /// Run this program, and write down what it brought into memory
    ///
    /// This needs --output. SIGHUP, SIGINT, SIGQUIT and SIGTERM are forwarded to the program. The exit status is that of
    /// the program, 128 + N if signal N killed it, 127 if it is not found, or 126 if it cannot be run.
    #[arg(
        last = true,
        value_name = "CMD",
        requires = "output",
        help_heading = "Snapshot"
    )]
    pub program: Vec<OsString>,
}

impl SnapshotArgs {
    /// The requested paths.
    ///
    /// # Errors
    /// Those of reading a list of paths; `usage` for an output that is not a file of its own.
    pub fn paths(&self) -> Result<Paths> {
        let output = self.output.as_deref();
        output.map_or(Ok(()), |path| check_output("--output", path))?;
        self.paths.paths()
    }
}
