//! The options of every command.

use std::ffi::{OsStr, OsString};

use clap::{ArgMatches, Args, Command, FromArgMatches, ValueEnum};

use super::usage_line::usage;
use crate::manual;

// Clap would take a doc comment on the next type, or on `GlobalArgs`, for the description of a command.

// The arguments of one command, followed by the options of every command.
#[expect(missing_docs)]
#[derive(Clone, Debug, Args)]
pub struct Whole<T: Args> {
    /// The arguments of the command itself.
    #[command(flatten)]
    pub own: T,
    /// The options of every command.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// No arguments: adds the end of the help.
    #[command(flatten)]
    pub examples: Examples,
}

/// Takes no arguments. Adds the usage line, and the differences of this platform and the examples of the manual to the
/// end of the help.
#[derive(Clone, Copy, Debug, Default)]
pub struct Examples;

impl Args for Examples {
    fn augment_args(command: Command) -> Command {
        let command = match usage(&command) {
            Some(line) => command.override_usage(line),
            None => command,
        };
        let name = command.get_name();
        let end = [manual::notes_here(Some(name)), manual::examples(name)];
        let end: Vec<String> = end.into_iter().filter(|part| !part.is_empty()).collect();
        if end.is_empty() {
            command
        } else {
            command.after_long_help(end.join("\n\n"))
        }
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}

impl FromArgMatches for Examples {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self)
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), clap::Error> {
        Ok(())
    }
}

// Options that every command takes, before or after its name. Global options of clap would be listed before those of
// the command.
#[expect(missing_docs)]
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct GlobalArgs {
    /// Print JSON, one object per line, also for errors
    #[arg(long)]
    pub json: bool,
    /// Suppress reports; print only errors and requested data
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print more details
    ///
    /// Details appear in the report, or on stderr in lines that begin with "mmapctl: detail:": the type of the file,
    /// its file system, and how its pages were counted. JSON has no details.
    #[arg(short, long)]
    pub verbose: bool,
    /// When to use colours; auto checks for a terminal, NO_COLOR, CLICOLOR and CLICOLOR_FORCE [default: auto]
    #[arg(long, short_alias = 'R', value_name = "WHEN", hide_short_help = true)]
    pub color: Option<WhenName>,
    /// When to show progress on stderr; auto checks for a terminal [default: auto]
    ///
    /// Progress appears if reading or writing takes longer than half a second.
    #[arg(long, value_name = "WHEN", hide_short_help = true)]
    pub progress: Option<WhenName>,
    /// Print sizes as exact numbers of bytes
    ///
    /// This applies to reports, tables and progress. JSON is always exact, and so are filesize without --long and
    /// pagesize without --all.
    #[arg(long, hide_short_help = true)]
    pub bytes: bool,
}

/// When to do something that depends on the terminal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhenName {
    /// Depending on the terminal
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl GlobalArgs {
    /// These options combined with those that were typed later, which win.
    #[must_use]
    pub fn then(self, later: Self) -> Self {
        let replaced = later.quiet || later.verbose;
        Self {
            json: self.json || later.json,
            quiet: later.quiet || self.quiet && !replaced,
            verbose: later.verbose || self.verbose && !replaced,
            color: later.color.or(self.color),
            progress: later.progress.or(self.progress),
            bytes: self.bytes || later.bytes,
        }
    }

    /// The options that decide how an error is written, from a command line that cannot be parsed.
    pub(super) fn guess(arguments: &[OsString]) -> Self {
        let mut guess = Self::default();
        let options = arguments.iter().skip(1).take_while(|a| *a != "--");
        let mut options = options.peekable();
        while let Some(argument) = options.next() {
            let text = argument.to_string_lossy();
            if text == "--json" {
                guess.json = true;
            } else if let Some(when) = text.strip_prefix("--color=") {
                guess.color = WhenName::guess(OsStr::new(when));
            } else if text == "--color" {
                // The next word may be an option in place of the missing value.
                guess.color = options.peek().and_then(|when| WhenName::guess(when));
            }
        }
        guess
    }
}

impl WhenName {
    fn guess(text: &OsStr) -> Option<Self> {
        Self::from_str(text.to_str()?, false).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(arguments: &[&str]) -> GlobalArgs {
        GlobalArgs::guess(&arguments.iter().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn a_wrong_command_line_still_tells_how_to_answer() {
        assert!(guess(&["mmapctl", "dump", "--nonsense", "--json"]).json);
        assert!(!guess(&["mmapctl", "dump", "--", "--json"]).json);
        let never = guess(&["mmapctl", "--color", "never"]);
        assert_eq!(never.color, Some(WhenName::Never));
        let always = guess(&["x", "--color=always"]);
        assert_eq!(always.color, Some(WhenName::Always));
        assert_eq!(guess(&["x", "--color"]).color, None);
        assert!(guess(&["x", "--color", "--json"]).json);
    }

    #[test]
    fn the_last_word_wins_and_switches_add_up() {
        let quiet = GlobalArgs {
            quiet: true,
            json: true,
            ..GlobalArgs::default()
        };
        let verbose = GlobalArgs {
            verbose: true,
            color: Some(WhenName::Never),
            ..GlobalArgs::default()
        };
        let both = quiet.then(verbose);
        assert!(both.json && both.verbose && !both.quiet);
        assert_eq!(verbose.then(quiet).color, Some(WhenName::Never));
        assert!(verbose.then(GlobalArgs::default()).verbose);
    }
}
