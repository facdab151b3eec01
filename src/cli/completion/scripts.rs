//! The completion scripts of all shells: those that run the program, and the definitions for Nushell.

use clap::CommandFactory;

use super::shell::SHELLS;
use crate::cli::command::Cli;

const NAME: &str = "mmapctl";

/// The completion scripts of all shells, with the names of their files.
#[must_use]
pub fn scripts() -> Vec<(&'static str, Vec<u8>)> {
    let mut nushell = Vec::new();
    clap_complete::generate(
        clap_complete_nushell::Nushell,
        &mut Cli::command(),
        NAME,
        &mut nushell,
    );
    let asking = SHELLS.iter();
    let asking = asking.map(|shell| (shell.file, shell.script.as_bytes().to_vec()));
    asking.chain([("mmapctl.nu", tidy(&nushell))]).collect()
}

/// Removes blanks at the end of lines, and empty lines at the start and the end.
fn tidy(script: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(script);
    let mut tidy = String::new();
    for line in text.trim().lines() {
        tidy.push_str(line.trim_end());
        tidy.push('\n');
    }
    tidy.into_bytes()
}
