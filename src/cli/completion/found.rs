//! Finds the completions of the last word of a command line, for any shell.

use std::ffi::{OsStr, OsString};
use std::io;

use clap::{Arg, Command, CommandFactory, ValueHint};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate, complete};

use super::candidates::add_candidates;
use crate::cli::command::Cli;
use crate::mapping::types::is_unprintable;

/// The completions of a word.
#[derive(Debug)]
pub(super) enum Answer {
    /// These values.
    Values(Vec<Candidate>),
    /// Paths, after the start of the word: `--output=`.
    Files { before: String },
    /// The command line of another program.
    Command,
}

/// A value without unprintable characters, which is safe in a line of an answer and on a terminal.
#[derive(Debug)]
pub(super) struct Candidate {
    value: String,
    help: String,
}

impl Candidate {
    /// `None` for a value that is not UTF-8 or has unprintable characters, which not every shell inserts correctly.
    fn new(found: &CompletionCandidate) -> Option<Self> {
        let value = found.get_value().to_str()?;
        let help = found.get_help().map(ToString::to_string);
        let help = help.unwrap_or_default();
        let help = help.lines().next().unwrap_or_default();
        let printable = |c| if is_unprintable(c) { '?' } else { c };
        (!value.contains(is_unprintable)).then(|| Self {
            value: value.to_owned(),
            help: help.chars().map(printable).collect(),
        })
    }

    pub(super) fn value(&self) -> &str {
        &self.value
    }

    /// Its description; may be empty.
    pub(super) fn help(&self) -> &str {
        &self.help
    }
}

/// The completions of the last word.
pub(super) fn find(words: &[OsString]) -> io::Result<Answer> {
    let Some((current, before)) = words.split_last() else {
        return Ok(Answer::Values(Vec::new()));
    };
    let mut command = Cli::command();
    command.build();
    let mut command = leave_paths_to_shell(add_candidates(command));
    let escaped = before.iter().any(|word| word == "--");
    if escaped && runs_programs(&command, before) {
        return Ok(Answer::Command);
    }
    let directory = std::env::current_dir().ok();
    let mut found = complete(
        &mut command,
        words.to_vec(),
        before.len(),
        directory.as_deref(),
    )?;
    if let Some(path) = found.iter().find(|found| is_path(found)) {
        let before = path.get_value().to_string_lossy().into_owned();
        return Ok(Answer::Files { before });
    }
    if current.is_empty() && found.iter().any(|found| !is_option(found)) {
        found.retain(|found| !is_option(found));
    }
    let current = current.to_string_lossy();
    let attached = current.starts_with("--") && current.contains('=');
    found.retain(|found| escaped || attached || is_option(found) || !starts_with_hyphen(found));
    let candidates = found.iter().filter_map(Candidate::new);
    let candidates = candidates.filter(|candidate| !repeats(&candidate.value));
    Ok(Answer::Values(candidates.collect()))
}

/// Whether the command among the words takes a program after `--`.
fn runs_programs(command: &Command, words: &[OsString]) -> bool {
    let mut names = words.iter().filter_map(|word| word.to_str());
    names
        .find_map(|name| command.find_subcommand(name))
        .is_some_and(|chosen| chosen.get_positionals().any(Arg::is_last_set))
}

fn is_option(found: &CompletionCandidate) -> bool {
    found.get_id().is_some_and(|id| id.starts_with("arg::"))
}

/// Whether a value would be taken for an option, unless it is attached to one.
fn starts_with_hyphen(found: &CompletionCandidate) -> bool {
    found.get_value().as_encoded_bytes().starts_with(b"-")
}

/// Whether the last element of a list occurs in it before.
fn repeats(list: &str) -> bool {
    match list.rsplit_once(',') {
        Some((before, last)) => before.split([',', '=']).any(|word| word == last),
        None => false,
    }
}

/// The mark of the candidate that stands for paths.
const PATH: &str = "path";

fn is_path(found: &CompletionCandidate) -> bool {
    found.get_tag().is_some_and(|tag| tag.to_string() == PATH)
}

/// The candidate that stands for paths; none for a word that starts like an option.
fn path_mark(current: &OsStr) -> Vec<CompletionCandidate> {
    if current.as_encoded_bytes().starts_with(b"-") {
        Vec::new()
    } else {
        vec![CompletionCandidate::new("").tag(Some(PATH.into()))]
    }
}

/// Leaves the completion of every path to the shell.
fn leave_paths_to_shell(command: Command) -> Command {
    command.mut_subcommands(|command| {
        command.mut_args(|arg| match arg.get_value_hint() {
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath => {
                arg.add(ArgValueCompleter::new(path_mark))
            }
            _ => arg,
        })
    })
}
