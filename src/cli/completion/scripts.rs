//! The scripts of all shells: those that ask the program, and the definitions of the one that does not.

use clap::CommandFactory;

use super::shell::SHELLS;
use crate::cli::command::Cli;

const NAME: &str = "mmapctl";

/// The scripts of all shells, each by the name that its file has.
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

/// Without blanks at the ends of lines and without empty lines at either end.
fn tidy(script: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(script);
    let mut tidy = String::new();
    for line in text.trim().lines() {
        tidy.push_str(line.trim_end());
        tidy.push('\n');
    }
    tidy.into_bytes()
}
