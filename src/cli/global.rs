//! What holds for every command.

use std::ffi::{OsStr, OsString};

use clap::{Args, ValueEnum};

/// Options that every command takes.
#[derive(Clone, Copy, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct GlobalArgs {
    /// Print JSON, one object per line; errors too
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only errors, and what is output as such: bytes, numbers, lists
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Print details as well
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Use colours; auto heeds the terminal, NO_COLOR and CLICOLOR_FORCE
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: WhenName,
    /// Show progress on stderr
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub progress: WhenName,
    /// Print sizes as exact numbers of bytes
    #[arg(long, global = true)]
    pub bytes: bool,
}

/// When something that depends on the terminal is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum WhenName {
    /// On a terminal
    #[default]
    Auto,
    /// Everywhere
    Always,
    /// Nowhere
    Never,
}

impl GlobalArgs {
    /// What can be told of these options from a command line that is wrong elsewhere.
    pub(super) fn guess(arguments: &[OsString]) -> Self {
        let mut guess = Self::default();
        let mut options = arguments.iter().skip(1).take_while(|a| *a != "--");
        while let Some(argument) = options.next() {
            let text = argument.to_string_lossy();
            if text == "--json" {
                guess.json = true;
            } else if let Some(when) = text.strip_prefix("--color=") {
                guess.color = WhenName::guess(OsStr::new(when));
            } else if text == "--color" {
                guess.color = options.next().map_or(guess.color, |w| WhenName::guess(w));
            }
        }
        guess
    }
}

impl WhenName {
    fn guess(text: &OsStr) -> Self {
        text.to_str()
            .and_then(|text| Self::from_str(text, false).ok())
            .unwrap_or_default()
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
        assert_eq!(never.color, WhenName::Never);
        assert_eq!(guess(&["x", "--color=always"]).color, WhenName::Always);
        assert_eq!(guess(&["x", "--color"]).color, WhenName::Auto);
    }
}
