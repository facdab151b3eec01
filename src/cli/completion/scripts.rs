//! The completion scripts: those that run the program, and the definitions for Nushell.

use clap::CommandFactory;

use super::shell::SHELLS;
use crate::cli::command::Cli;

const NAME: &str = "mmapctl";

/// The completion script of a shell.
#[derive(Clone, Debug)]
pub struct Script {
    /// The name of its file under `completions/`.
    pub kept_as: &'static str,
    /// Its path under the installation prefix.
    pub installed_as: &'static str,
    /// The script.
    pub contents: Vec<u8>,
}

/// The completion scripts of all shells.
#[must_use]
pub fn scripts() -> Vec<Script> {
    let mut nushell = Vec::new();
    clap_complete::generate(
        clap_complete_nushell::Nushell,
        &mut Cli::command(),
        NAME,
        &mut nushell,
    );
    let asking = SHELLS.iter();
    let asking = asking.map(|shell| Script {
        kept_as: shell.file,
        installed_as: shell.installed_as,
        contents: shell.script.as_bytes().to_vec(),
    });
    let nushell = Script {
        kept_as: "mmapctl.nu",
        installed_as: "share/mmapctl/completions/mmapctl.nu",
        contents: tidy(&nushell),
    };
    asking.chain([nushell]).collect()
}

/// Removes trailing blanks, and empty lines at the start and end.
fn tidy(script: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(script);
    let mut tidy = String::new();
    for line in text.trim().lines() {
        tidy.push_str(line.trim_end());
        tidy.push('\n');
    }
    tidy.into_bytes()
}
