//! Completion of command lines in shells.
//!
//! The scripts under `completions/` ask the program itself on every press of the key: with the shell's name
//! in the environment variable [`VARIABLE`], and what is typed so far after `--`, it prints an answer. Its
//! first line says what can be completed: `values`, which follow, one a line; or `files` or `command`, which
//! shells complete better than the program could. Nushell has a file of definitions and asks nothing.

mod bash;
mod candidates;
mod found;
mod shell;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::CommandFactory;

use super::Cli;
use crate::mapping::error::Error;
use shell::{SHELLS, Shell};

/// The environment variable that asks for completion, and of which shell.
const VARIABLE: &str = "MMAPCTL_COMPLETE";

const NAME: &str = "mmapctl";

/// What a shell is told, when it is a shell that asks: an answer, or its script when nothing is typed.
pub(super) fn answer(arguments: &[OsString]) -> Option<Result<Vec<u8>, Error>> {
    let shell = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    Some(tell(&shell, arguments))
}

fn tell(shell: &OsStr, arguments: &[OsString]) -> Result<Vec<u8>, Error> {
    let name = Path::new(shell).file_stem().unwrap_or(shell);
    let name = name.to_string_lossy();
    let shell = Shell::named(&name).ok_or_else(|| {
        let known: Vec<&str> = SHELLS.iter().map(|shell| shell.name).collect();
        let known = known.join(", ");
        Error::usage(format!("{VARIABLE} is '{name}'; the shells are {known}"))
    })?;
    let typed = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let typed: Vec<OsString> = typed.cloned().collect();
    if typed.is_empty() {
        return Ok(shell.script.as_bytes().to_vec());
    }
    let answer = (shell.answer)(&typed).map_err(|error| Error::os("complete", &error))?;
    Ok(answer.into_bytes())
}

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
