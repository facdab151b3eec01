//! The shells that have a script of ours.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;

use clap::{Command, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};
use clap_complete::env::EnvCompleter;

/// A shell that completes paths and command lines itself when it is told to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Native {
    name: &'static str,
    script: &'static str,
    line: fn(&str, &str) -> String,
}

/// Stands among the candidates for the paths that the shell knows how to find.
const FILES: &str = ":files";

/// The answer where a command line of another program stands.
const COMMAND: &str = ":command";

impl Native {
    pub(super) const BASH: Self = Self {
        name: "bash",
        script: include_str!("mmapctl.bash"),
        line: |value, _| value.to_owned(),
    };

    pub(super) const ZSH: Self = Self {
        name: "zsh",
        script: include_str!("mmapctl.zsh"),
        line: |value, help| {
            let value = value.replace('\\', "\\\\").replace(':', "\\:");
            if help.is_empty() {
                value
            } else {
                format!("{value}:{help}")
            }
        },
    };

    pub(super) const FISH: Self = Self {
        name: "fish",
        script: include_str!("mmapctl.fish"),
        line: |value, help| format!("{value}\t{help}"),
    };
}

impl EnvCompleter for Native {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is(&self, name: &str) -> bool {
        name == self.name
    }

    fn write_registration(
        &self,
        _: &str,
        _: &str,
        _: &str,
        _: &str,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        out.write_all(self.script.as_bytes())
    }

    fn write_complete(
        &self,
        command: &mut Command,
        words: Vec<OsString>,
        directory: Option<&Path>,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let Some((current, before)) = words.split_last() else {
            return Ok(());
        };
        if before.iter().any(|word| word == "--") {
            let runs_programs = chosen(command, before)
                .is_some_and(|chosen| chosen.get_positionals().any(clap::Arg::is_last_set));
            return writeln!(out, "{}", if runs_programs { COMMAND } else { FILES });
        }
        let bare = current.is_empty();
        let option = attached_option(self.name, &current.to_string_lossy());
        hand_paths_over(command);
        let index = before.len();
        let found = complete(command, words, index, directory)?;
        let mut texts: Vec<(String, String)> = found.iter().map(text_of).collect();
        if texts.iter().any(|(value, _)| value.ends_with(FILES)) {
            return writeln!(out, "{FILES}");
        }
        if bare && texts.iter().any(|(value, _)| !value.starts_with('-')) {
            texts.retain(|(value, _)| !value.starts_with('-'));
        }
        for (value, help) in texts.iter().filter(|(value, _)| !repeats(value)) {
            let value = value.strip_prefix(&option).unwrap_or(value);
            writeln!(out, "{}", (self.line)(value, help))?;
        }
        Ok(())
    }
}

/// The command among the words.
fn chosen<'a>(command: &'a Command, words: &[OsString]) -> Option<&'a Command> {
    words
        .iter()
        .find_map(|word| command.find_subcommand(word.to_str()?))
}

/// Whether the last element of a list stands in it before.
fn repeats(list: &str) -> bool {
    match list.rsplit_once(',') {
        Some((before, last)) => before.split([',', '=']).any(|word| word == last),
        None => false,
    }
}

/// `--option=` of a word `--option=value`, for a shell that completes only what follows it.
fn attached_option(shell: &str, word: &str) -> String {
    let split = |word: &str| word.split_once('=').map(|(option, _)| format!("{option}="));
    match split(word) {
        Some(option) if shell == "bash" && option.starts_with("--") => option,
        _ => String::new(),
    }
}

fn text_of(candidate: &CompletionCandidate) -> (String, String) {
    let value = candidate.get_value().to_string_lossy().into_owned();
    let help = candidate.get_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    (value, help.lines().next().unwrap_or_default().to_owned())
}

/// Where a path is typed. What begins like an option is none.
fn path_mark(current: &OsStr) -> Vec<CompletionCandidate> {
    if current.as_encoded_bytes().starts_with(b"-") {
        Vec::new()
    } else {
        vec![CompletionCandidate::new(FILES)]
    }
}

/// Puts the shell's own completion in the place of every path.
fn hand_paths_over(command: &mut Command) {
    let whole = std::mem::take(command);
    *command = whole.mut_subcommands(|command| {
        command.mut_args(|arg| match arg.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => {
                arg.add(ArgValueCompleter::new(path_mark))
            }
            _ => arg,
        })
    });
}
