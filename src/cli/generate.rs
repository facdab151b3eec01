//! The arguments of `generate`.

use std::path::PathBuf;

use clap::Args;

/// Write the manual pages, the shell completions and the JSON Schemas
///
/// Without arguments, lists the names of the files. A name is the path of a file relative to the installation prefix.
#[derive(Clone, Debug, Args)]
pub struct GenerateArgs {
    /// Print this file: share/man/man1/mmapctl.1
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Write every file under this prefix: --into ~/.local
    ///
    /// Existing files with these names are replaced.
    #[arg(long, value_name = "DIR", conflicts_with = "name", value_hint = clap::ValueHint::DirPath, help_heading = "Output")]
    pub into: Option<PathBuf>,
}
