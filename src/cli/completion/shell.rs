//! The shells that run the program for completion: the script of each, and the format of its answers.

use std::ffi::OsString;
use std::io;

use super::bash;
use super::found::{Candidate, find};
use super::lines::lines;

/// A shell that runs the program for completion.
#[derive(Debug)]
pub(super) struct Shell {
    pub(super) name: &'static str,
    /// Other names of the shell's program.
    aliases: &'static [&'static str],
    /// The name of its file under `completions/`.
    pub(super) file: &'static str,
    /// Its path under the installation prefix: where the shell looks for it, if it does.
    pub(super) installed_as: &'static str,
    pub(super) script: &'static str,
    /// Answers the arguments that the script passes.
    pub(super) answer: fn(&[OsString]) -> io::Result<String>,
}

/// All of these shells.
pub(super) const SHELLS: [Shell; 5] = [
    Shell {
        name: "bash",
        aliases: &[],
        file: "mmapctl.bash",
        installed_as: "share/bash-completion/completions/mmapctl",
        script: include_str!("../../../completions/mmapctl.bash"),
        answer: bash::answer,
    },
    Shell {
        name: "zsh",
        aliases: &[],
        file: "_mmapctl",
        installed_as: "share/zsh/site-functions/_mmapctl",
        script: include_str!("../../../completions/_mmapctl"),
        answer: |words| Ok(lines(&find(words)?, described)),
    },
    Shell {
        name: "fish",
        aliases: &[],
        file: "mmapctl.fish",
        installed_as: "share/fish/vendor_completions.d/mmapctl.fish",
        script: include_str!("../../../completions/mmapctl.fish"),
        answer: |words| Ok(lines(&find(words)?, tabbed)),
    },
    Shell {
        name: "elvish",
        aliases: &[],
        file: "mmapctl.elv",
        installed_as: "share/mmapctl/completions/mmapctl.elv",
        script: include_str!("../../../completions/mmapctl.elv"),
        answer: |words| Ok(lines(&find(words)?, tabbed)),
    },
    Shell {
        name: "powershell",
        aliases: &["pwsh", "powershell_ise"],
        file: "_mmapctl.ps1",
        installed_as: "share/mmapctl/completions/_mmapctl.ps1",
        script: include_str!("../../../completions/_mmapctl.ps1"),
        answer: |words| Ok(lines(&find(&without_mark(words))?, tabbed)),
    },
];

impl Shell {
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        let mut shells = SHELLS.iter();
        shells.find(|shell| shell.name == name || shell.aliases.contains(&name))
    }
}

/// The words from PowerShell. Its script puts `=` before the last word because an empty argument could be dropped.
fn without_mark(words: &[OsString]) -> Vec<OsString> {
    let mut words = words.to_vec();
    if let Some(last) = words.last_mut() {
        let text = last.to_string_lossy();
        *last = text.strip_prefix('=').unwrap_or(&text).into();
    }
    words
}

/// A value and its description in the format of zsh's `_describe`.
fn described(candidate: &Candidate) -> String {
    let value = candidate.value().replace('\\', "\\\\").replace(':', "\\:");
    match candidate.help() {
        "" => value,
        help => format!("{value}:{help}"),
    }
}

/// A value and its description with a tab between them.
fn tabbed(candidate: &Candidate) -> String {
    format!("{}\t{}", candidate.value(), candidate.help())
}
