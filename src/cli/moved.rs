//! The answer to `advise warm` and `advise evict`, which are commands of their own.

use std::ffi::OsString;

use clap::CommandFactory;

use super::command::Cli;
use crate::mapping::error::Error;
use crate::mapping::types::{Advice, Named};

/// The words that are no advice.
const COMMANDS: [&str; 2] = ["warm", "evict"];

/// The usage error that says where the command is; `None` for other command lines. `takes_value` says of an option
/// whether the next word is its value.
pub(super) fn moved(arguments: &[OsString], takes_value: impl Fn(&str) -> bool) -> Option<Error> {
    let advise = arguments.iter().position(|word| word == "advise")?;
    let mut words = arguments.iter().enumerate().skip(advise.saturating_add(1));
    let (place, command) = loop {
        let (place, word) = words.next()?;
        let word = word.to_str()?.to_ascii_lowercase();
        if word == "--" || is_advice(&word) {
            return None;
        }
        if let Some(command) = COMMANDS.into_iter().find(|command| *command == word) {
            break (place, command);
        }
        if takes_value(&word) {
            words.next();
        }
    };
    let mut line = arguments.to_vec();
    line.remove(place);
    line.get_mut(advise)?.clone_from(&command.into());
    let line = valid(&line).unwrap_or_else(|| format!("mmapctl {command} FILE"));
    let message = format!("'{command}' is a command of its own, not an advice");
    Some(Error::usage(message).hint(format!("use '{line}'")))
}

fn is_advice(word: &str) -> bool {
    let named = |advice: &Advice| advice.name() == word || advice.aliases().contains(&word);
    Advice::ALL.iter().any(named)
}

/// The command line as text, if it is valid and needs no quotes.
fn valid(line: &[OsString]) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./,:=@%+".contains(c);
    let words = line.iter().skip(1).map(|word| word.to_str());
    let words: Vec<&str> = words.collect::<Option<_>>()?;
    let is_plain = words.iter().all(|word| word.chars().all(plain));
    let parsed = Cli::command().try_get_matches_from(line);
    (is_plain && parsed.is_ok()).then(|| format!("mmapctl {}", words.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::Hint;

    fn answer(line: &str) -> Option<(String, String)> {
        let words = line.split(' ').map(OsString::from);
        let takes_value = |word: &str| matches!(word, "--mapping" | "--offset");
        let error = moved(&words.collect::<Vec<_>>(), takes_value)?;
        match &error.details().hint {
            Some(Hint::Words(hint)) => Some((error.to_string(), hint.clone())),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_hint_is_the_same_command_line_where_it_is_valid() {
        for (typed, command, hint) in [
            ("advise warm f", "warm", "warm f"),
            ("advise EVICT f g", "evict", "evict f g"),
            ("--json advise -n 4K warm f", "warm", "--json warm -n 4K f"),
            ("advise --rate 1M warm f", "warm", "warm --rate 1M f"),
            ("advise --offset 0 evict f", "evict", "evict --offset 0 f"),
            ("advise warm", "warm", "warm FILE"),
            ("advise warm f --hold", "warm", "warm FILE"),
            ("advise warm a(b", "warm", "warm FILE"),
        ] {
            let (message, said) = answer(&format!("mmapctl {typed}")).unwrap();
            let expected = format!("'{command}' is a command of its own, not an advice");
            assert_eq!(message, expected);
            assert_eq!(said, format!("use 'mmapctl {hint}'"));
        }
    }

    #[test]
    fn other_command_lines_are_left_alone() {
        for line in [
            "map warm",
            "advise random warm --nonsense",
            "advise will-need warm --nonsense",
            "advise --mapping warm cold",
            "advise -- warm",
            "advise",
        ] {
            assert_eq!(answer(&format!("mmapctl {line}")), None, "{line}");
        }
    }
}
