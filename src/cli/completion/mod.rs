//! Completion of command lines in shells.
//!
//! The scripts that shells load ask the program itself on every press of the key: with the shell's name in
//! the environment variable [`VARIABLE`], and the words typed so far after `--`, it prints the candidates.
//! Bash, zsh and fish complete paths and other programs' command lines better than anybody else could: for
//! those the answer is one line that hands over to them. Elvish and PowerShell have clap's own scripts, and
//! nushell has a file of definitions and asks nobody.

mod candidates;
mod native;

use std::ffi::{OsStr, OsString};
use std::path::Path;

use clap::{Command, CommandFactory};
use clap_complete::env::{Elvish, EnvCompleter, Powershell, Shells};

use super::Cli;
use crate::mapping::error::Error;
use native::Native;

/// The environment variable that asks for completion, and of which shell.
const VARIABLE: &str = "MMAPCTL_COMPLETE";

const NAME: &str = "mmapctl";

/// The shells that ask the program.
const SHELLS: [&dyn EnvCompleter; 5] = [
    &Native::BASH,
    &Native::ZSH,
    &Native::FISH,
    &Elvish,
    &Powershell,
];

/// What a shell is told, when it is a shell that asks: candidates, or its script when it says no words.
pub(super) fn answer(arguments: &[OsString]) -> Option<Result<Vec<u8>, Error>> {
    let shell = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty())?;
    Some(tell(&shell, arguments))
}

fn tell(shell: &OsStr, arguments: &[OsString]) -> Result<Vec<u8>, Error> {
    let name = Path::new(shell).file_stem().unwrap_or(shell);
    let name = name.to_string_lossy();
    let completer = Shells(&SHELLS).completer(&name).ok_or_else(|| {
        let known = SHELLS.map(EnvCompleter::name).join(", ");
        Error::usage(format!("{VARIABLE} is '{name}'; the shells are {known}"))
    })?;
    let words = arguments.iter().skip_while(|word| *word != "--").skip(1);
    let words: Vec<OsString> = words.cloned().collect();
    if words.is_empty() {
        return Ok(script(completer));
    }
    let mut told = Vec::new();
    let directory = std::env::current_dir().ok();
    completer
        .write_complete(&mut whole(), words, directory.as_deref(), &mut told)
        .map_err(|error| Error::os("complete", &error))?;
    Ok(told)
}

/// The definitions of every command, built.
fn whole() -> Command {
    let mut command = Cli::command();
    command.build();
    candidates::add_candidates(command)
}

fn script(shell: &dyn EnvCompleter) -> Vec<u8> {
    let mut script = Vec::new();
    // Writing to memory does not fail.
    let _ = shell.write_registration(VARIABLE, NAME, NAME, NAME, &mut script);
    tidy(&script)
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
    vec![
        ("mmapctl.bash", script(&Native::BASH)),
        ("_mmapctl", script(&Native::ZSH)),
        ("mmapctl.fish", script(&Native::FISH)),
        ("mmapctl.elv", script(&Elvish)),
        ("_mmapctl.ps1", script(&Powershell)),
        ("mmapctl.nu", tidy(&nushell)),
    ]
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
