//! Parses a command line to a command, or to the answer in place of one.

use std::ffi::OsString;
use std::mem::{self, ManuallyDrop};

use clap::error::ErrorKind;
use clap::{Command, CommandFactory, FromArgMatches};

use super::command::{Cli, help_template};
use super::completion;
use super::duration::complete_durations;
use super::usage::Refusal;

/// Parses the command line.
///
/// # Errors
/// The answer in place of a command: a help page, the version, a completion, or the error.
pub fn parse(arguments: &[OsString]) -> Result<Cli, Refusal> {
    // Thousands of small allocations, which the end of the process frees at once.
    let mut command = ManuallyDrop::new(Cli::command());
    parse_by(&mut command, arguments)
}

/// Parses a command line by these definitions, which were not used before.
///
/// # Errors
/// Those of [`parse`].
pub fn parse_by(command: &mut Command, arguments: &[OsString]) -> Result<Cli, Refusal> {
    if let Some(answer) = completion::answer(arguments) {
        return Err(Refusal::completion(answer));
    }
    read(command, &complete_durations(arguments)).map_err(|error| {
        let error = error.format(command);
        Refusal::new(error, command, arguments)
    })
}

/// Matches the words with the definitions. For a page it does so twice, the second time with the template of the page
/// about the program.
fn read(command: &mut Command, words: &[OsString]) -> Result<Cli, clap::Error> {
    let read = |command: &mut Command| {
        let matches = command.try_get_matches_from_mut(words)?;
        Cli::from_arg_matches(&matches)
    };
    let pages = [
        ErrorKind::DisplayHelp,
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
    ];
    match read(command) {
        Err(error) if pages.contains(&error.kind()) => {
            let template = help_template(command);
            *command = mem::take(command).help_template(template);
            read(command)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Words that are typed, so that chance gets past the first one.
    fn word() -> impl Strategy<Value = String> {
        let known: Vec<String> = Cli::command()
            .get_subcommands()
            .flat_map(|command| {
                let mut command = command.clone();
                command.build();
                let options = command.get_arguments().filter_map(|a| a.get_long());
                let options: Vec<String> = options.map(|long| format!("--{long}")).collect();
                [vec![command.get_name().to_owned()], options].concat()
            })
            .chain(["--", "-", "-o", "4K", "0x10", "-1", "a,b", ""].map(str::to_owned))
            .collect();
        prop_oneof![
            4 => prop::sample::select(known),
            1 => any::<String>(),
            1 => "-{0,2}[a-z]{0,4}=?[0-9]{0,3}",
        ]
    }

    proptest! {
        #[test]
        fn no_command_line_makes_it_panic(words in prop::collection::vec(word(), 0..8)) {
            let all = std::iter::once("mmapctl".to_owned()).chain(words);
            let _ = parse(&all.map(OsString::from).collect::<Vec<_>>());
        }
    }
}
