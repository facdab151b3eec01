//! The arguments of `generate`.

use std::path::PathBuf;

use clap::Args;

/// Write the manual pages, the JSON Schemas and the completions of this program
///
/// Without arguments it lists the names of the files there are.
#[derive(Clone, Debug, Args)]
pub struct GenerateArgs {
    /// Print the file of this name: man/mmapctl.1
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Write every file under this directory, in man/, schema/ and completions/
    #[arg(long, value_name = "DIR", conflicts_with = "name", value_hint = clap::ValueHint::DirPath)]
    pub into: Option<PathBuf>,
}
