//! The answer to a command line without a command to carry out: a page, a completion, or a usage error.

use std::any::TypeId;
use std::ffi::OsString;
use std::path::Path;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command, ValueHint};

use super::global::GlobalArgs;
use crate::mapping::actions::tags;
use crate::mapping::error::Error;
use crate::mapping::types::Tag;

/// A command line without a command to carry out.
#[derive(Debug)]
pub struct Refusal {
    /// The options for output, as far as they are known.
    pub global: GlobalArgs,
    /// The answer.
    pub answer: Answer,
}

/// The answer in place of a command.
#[derive(Debug)]
pub enum Answer {
    /// A requested page, for stdout.
    Page(StyledStr),
    /// The completion for a shell, for stdout.
    Completion(Vec<u8>),
    /// The help in answer to a command line without arguments, for stderr. It is a usage error.
    Reminder(StyledStr),
    /// An error.
    Wrong(Error),
}

impl Refusal {
    pub(super) fn completion(answer: Result<Vec<u8>, Error>) -> Self {
        Self {
            global: GlobalArgs::default(),
            answer: answer.map_or_else(Answer::Wrong, Answer::Completion),
        }
    }

    /// The answer to an error of clap. The definitions are those that it parsed the arguments with.
    pub(super) fn new(error: clap::Error, program: &Command, arguments: &[OsString]) -> Self {
        let typed = Typed::new(program, arguments);
        let global = GlobalArgs::guess(arguments);
        let answer = match error.kind() {
            ErrorKind::DisplayHelp => {
                Answer::Page(short_help(&typed).unwrap_or_else(|| error.render()))
            }
            ErrorKind::DisplayVersion => Answer::Page(error.render()),
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !global.json => {
                Answer::Reminder(error.render())
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
                let complaint = Error::usage("no command was given");
                Answer::Wrong(complaint.hint("mmapctl --help lists the commands"))
            }
            _ => Answer::Wrong(usage_error(error, &typed)),
        };
        Self { global, answer }
    }
}

/// The command line that was typed, and its definitions.
struct Typed<'a> {
    program: &'a Command,
    /// The command that was reached; the program if none was.
    command: &'a Command,
    arguments: &'a [OsString],
}

impl<'a> Typed<'a> {
    fn new(program: &'a Command, arguments: &'a [OsString]) -> Self {
        // Clap names a command in full when it parses its arguments.
        let is_reached = |command: &&Command| command.get_bin_name().is_some();
        let command = program.get_subcommands().find(is_reached);
        Self {
            program,
            command: command.unwrap_or(program),
            arguments,
        }
    }

    /// The option before a word, if it takes a value only after an equals sign.
    fn option_before(&self, word: &str) -> Option<&str> {
        let place = self
            .arguments
            .iter()
            .position(|argument| argument == word)?;
        let option = self.arguments.get(place.checked_sub(1)?)?.to_str()?;
        let name = option.strip_prefix("--")?;
        let attached = |arg: &Arg| arg.get_long() == Some(name) && arg.is_require_equals_set();
        self.has_argument(attached).then_some(option)
    }

    /// Whether an option of the command takes a value.
    fn takes_value(&self, option: &str) -> bool {
        let Some(name) = option.strip_prefix("--") else {
            return false;
        };
        self.has_argument(|argument| {
            argument.get_long() == Some(name) && argument.get_action().takes_values()
        })
    }

    /// Whether the values are accepted with another option in the place of a typed one.
    fn accepts(&self, word: &str, option: &str) -> bool {
        let corrected = self.arguments.iter().map(|argument| {
            let rest = argument.to_str().and_then(|text| text.strip_prefix(word));
            match rest.filter(|rest| rest.is_empty() || rest.starts_with('=')) {
                Some(rest) => format!("{option}{rest}").into(),
                None => argument.clone(),
            }
        });
        self.accepts_values(corrected)
    }

    /// Whether the values in a command line are accepted. It may be wrong in other ways.
    fn accepts_values(&self, arguments: impl IntoIterator<Item = OsString>) -> bool {
        match self.program.clone().try_get_matches_from(arguments) {
            Ok(_) => true,
            Err(error) => !matches!(
                error.kind(),
                ErrorKind::InvalidValue | ErrorKind::ValueValidation
            ),
        }
    }

    /// Whether the command has such an argument.
    fn has_argument(&self, is_such: impl Fn(&Arg) -> bool) -> bool {
        self.command.get_arguments().any(is_such)
    }
}

/// The number of values of an option that the short help lists. More are left to the long help.
const MOST_VALUES: usize = 8;

/// The page of `-h` for a command with a longer list of values; `None` for all other pages.
fn short_help(typed: &Typed<'_>) -> Option<StyledStr> {
    let mut words = typed.arguments.iter().take_while(|word| *word != "--");
    let is_long = |arg: &Arg| arg.get_possible_values().len() > MOST_VALUES;
    if words.any(|word| word == "--help") || !typed.has_argument(is_long) {
        return None;
    }
    let hidden = |arg: Arg| match is_long(&arg) {
        true => arg.hide_possible_values(true),
        false => arg,
    };
    Some(typed.command.clone().mut_args(hidden).render_help())
}

/// An error of clap as a usage error of the core: one line, with the remedy as its hint.
fn usage_error(mut error: clap::Error, typed: &Typed<'_>) -> Error {
    make_visible(&mut error);
    keep_working_suggestions(&mut error, typed);
    let tip = tip_for_value(&error, typed).or_else(|| tip_for_name(&error, typed));
    let conflict = error.kind() == ErrorKind::ArgumentConflict;
    let text = error.render().to_string();
    let mut paragraphs = text.split("\n\n").map(one_line);
    let message = paragraphs.next().unwrap_or_default();
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    if let Some(complaint) = second_source(&error, typed).or_else(|| lacking(&error, typed)) {
        return complaint;
    }
    let message = match message.strip_suffix(NO_VALUE) {
        Some(start) if typed.arguments.iter().any(is_empty_value) => {
            format!("{start} but an empty one was given")
        }
        _ => message.to_owned(),
    };
    let tips = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("tip: "))
        .filter(|tip| !tip.starts_with(ESCAPE_TIP))
        .map(str::to_owned);
    let tips: Vec<String> = tip.map_or_else(|| tips.collect(), |tip| vec![tip]);
    let mut usage = || paragraphs.find(|p| p.starts_with("Usage: "));
    let hint = match tips.as_slice() {
        // Clap's usage line for a conflict shows only what was typed.
        [] if conflict => None,
        [] if error.kind() == ErrorKind::InvalidSubcommand => {
            Some("mmapctl --help lists the commands".to_owned())
        }
        [] => usage().map(|u| u.replacen("Usage: ", "usage: ", 1)),
        tips => Some(tips.join("; ")),
    };
    let complaint = Error::usage(message);
    match hint {
        Some(hint) => complaint.hint(hint),
        None => complaint,
    }
}

/// The start of clap's tip to put `--` before a word that begins with a hyphen. It is given whether or not there is
/// anything with such a name, and does not work with options after the word.
const ESCAPE_TIP: &str = "to pass '";

/// Removes suggestions of clap that are not similar to the typed word, such as 'r' for 'rw', and options that do not take
/// the typed value.
fn keep_working_suggestions(error: &mut clap::Error, typed: &Typed<'_>) {
    for (wrong, suggested) in [
        (
            ContextKind::InvalidSubcommand,
            ContextKind::SuggestedSubcommand,
        ),
        (ContextKind::InvalidArg, ContextKind::SuggestedArg),
        (ContextKind::InvalidValue, ContextKind::SuggestedValue),
    ] {
        let Some(ContextValue::String(word)) = error.get(wrong).cloned() else {
            continue;
        };
        let close = match error.remove(suggested) {
            Some(ContextValue::String(name)) => vec![name],
            Some(ContextValue::Strings(names)) => names,
            _ => continue,
        };
        let close: Vec<String> = close
            .into_iter()
            .filter(|name| is_close(&word, name))
            .filter(|name| wrong != ContextKind::InvalidArg || typed.accepts(&word, name))
            .collect();
        if !close.is_empty() {
            error.insert(suggested, ContextValue::Strings(close));
        }
    }
}

/// Whether a typed word is the start of a name, or differs from it in at most every third letter.
fn is_close(typed: &str, name: &str) -> bool {
    let plain = |word: &str| word.trim_start_matches('-').to_ascii_lowercase();
    let (typed, name) = (plain(typed), plain(name));
    let letters = typed.chars().count();
    let differences = strsim::osa_distance(&typed, &name);
    letters >= 3 && (name.starts_with(&typed) || differences.saturating_mul(3) <= letters)
}

/// The end of clap's message about a missing value, which it also writes about an empty one.
const NO_VALUE: &str = " but none was supplied";

/// `''` or `--tag=`.
fn is_empty_value(argument: &OsString) -> bool {
    let bytes = argument.as_encoded_bytes();
    bytes.is_empty() || (bytes.starts_with(b"--") && bytes.ends_with(b"="))
}

/// The error about a second source of a command that takes one.
fn second_source(error: &clap::Error, typed: &Typed<'_>) -> Option<Error> {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    if error.kind() != ErrorKind::UnknownArgument || found.starts_with('-') {
        return None;
    }
    if !typed.has_argument(|arg| arg.is_positional() && arg.get_id() == "file") {
        return None;
    }
    let name = typed.command.get_name();
    let complaint = Error::usage(format!(
        "unexpected argument '{found}': {name} takes one source"
    ));
    Some(complaint.hint(match typed.option_before(found) {
        Some(option) => {
            format!("to pass '{found}' as the value of {option}, use '{option}={found}'")
        }
        None => format!("run 'mmapctl {name}' once for each"),
    }))
}

/// The error about an option that has no effect without another one.
fn lacking(error: &clap::Error, typed: &Typed<'_>) -> Option<Error> {
    let Some(ContextValue::Strings(missing)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let [missing] = missing.as_slice() else {
        return None;
    };
    if error.kind() != ErrorKind::MissingRequiredArgument || !missing.starts_with("--") {
        return None;
    }
    let words = typed.arguments.iter().take_while(|word| *word != "--");
    let option = words.enumerate().find_map(|(place, word)| {
        let option = word.to_str()?.split('=').next()?;
        let rest = typed.arguments.iter().enumerate();
        let others = rest.filter(|(other, _)| *other != place);
        let others = others.map(|(_, word)| word);
        let is_right = typed.program.clone().try_get_matches_from(others).is_ok();
        (is_right && option.starts_with("--")).then_some(option)
    })?;
    // An optional value is left out.
    let missing = missing.split(" [").next()?;
    let complaint = Error::usage(format!("{option} needs {missing}"));
    Some(complaint.hint(format!("add {missing}, or omit {option}")))
}

/// The tip for a value that begins with a hyphen and was parsed as an option.
fn tip_for_value(error: &clap::Error, typed: &Typed<'_>) -> Option<String> {
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let [option, value] = typed.arguments.windows(2).find_map(|pair| match pair {
        [option, value] => {
            let option = option.to_str().filter(|option| typed.takes_value(option))?;
            let value = value
                .to_str()
                .filter(|value| value.starts_with(found.as_str()))?;
            Some([option, value])
        }
        _ => None,
    })?;
    let attached = format!("{option}={value}");
    is_valid(&attached, [option, value], typed)
        .then(|| format!("to pass '{value}' as the value of {option}, use '{attached}'"))
}

/// Whether the command takes the value of an option that is typed as one word in place of two.
fn is_valid(attached: &str, words: [&str; 2], typed: &Typed<'_>) -> bool {
    let arguments = typed.arguments;
    let place = arguments.windows(2).position(|pair| pair == words);
    let Some((before, after)) = place.and_then(|place| arguments.split_at_checked(place)) else {
        return false;
    };
    let rest = after.iter().skip(words.len()).cloned();
    let attached = std::iter::once(OsString::from(attached));
    let corrected = before.iter().cloned().chain(attached).chain(rest);
    typed.accepts_values(corrected)
}

/// The tip for the name of a file or a tag that begins with a hyphen and was parsed as an option. The proposed spelling
/// is valid at the place of the name.
fn tip_for_name(error: &clap::Error, typed: &Typed<'_>) -> Option<String> {
    error.get(ContextKind::Suggested)?;
    let Some(ContextValue::String(found)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let mut words = typed
        .arguments
        .iter()
        .skip(1)
        .filter_map(|word| word.to_str());
    let name = words.find(|word| word.starts_with(found))?;
    let file = |argument: &Arg| {
        argument.is_positional() && argument.get_value_hint() == ValueHint::FilePath
    };
    let tag = |argument: &Arg| {
        argument.is_positional() && argument.get_value_parser().type_id() == TypeId::of::<Tag>()
    };
    if typed.has_argument(file) && Path::new(name).symlink_metadata().is_ok() {
        Some(format!("to name the file '{name}', use './{name}'"))
    } else if typed.has_argument(tag) && tags::exists(name.as_ref()) {
        Some(format!("to name the tag '{name}', use '/{name}'"))
    } else {
        None
    }
}

fn one_line(paragraph: &str) -> String {
    let lines: Vec<&str> = paragraph.lines().map(str::trim).collect();
    lines.join(" ")
}

/// Escapes control characters in the typed text, whose line feeds would otherwise break the message.
fn make_visible(error: &mut clap::Error) {
    for kind in [
        ContextKind::InvalidArg,
        ContextKind::InvalidValue,
        ContextKind::InvalidSubcommand,
    ] {
        if let Some(ContextValue::String(text)) = error.get(kind)
            && text.contains(char::is_control)
        {
            let visible = text.escape_debug().to_string();
            error.insert(kind, ContextValue::String(visible));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;
    use crate::mapping::types::Hint;

    fn refusal(arguments: &[&str]) -> Refusal {
        let all = std::iter::once("mmapctl").chain(arguments.iter().copied());
        parse(&all.map(OsString::from).collect::<Vec<_>>()).unwrap_err()
    }

    fn wrong(arguments: &[&str]) -> (String, Option<String>) {
        match refusal(arguments).answer {
            Answer::Wrong(error) => (
                error.to_string(),
                match &error.details().hint {
                    Some(Hint::Words(hint)) => Some(hint.clone()),
                    _ => None,
                },
            ),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_misspelt_word_is_answered_with_the_nearest() {
        let (message, hint) = wrong(&["pagsize"]);
        assert_eq!(message, "unrecognized subcommand 'pagsize'");
        assert!(hint.unwrap().contains("'pagesize'"));
        let (message, hint) = wrong(&["pagesize", "--granularty"]);
        assert_eq!(message, "unexpected argument '--granularty' found");
        assert!(hint.unwrap().contains("'--granularity'"));
        let (message, _) = wrong(&["dump", "f", "g"]);
        assert_eq!(message, "unexpected argument 'g': dump takes one source");
        let (_, hint) = wrong(&["pagesize", "--color", "alway"]);
        assert!(hint.unwrap().contains("'always'"));
    }

    #[test]
    fn a_word_that_only_clap_finds_similar_is_not_suggested() {
        for (typed, name, close) in [
            ("alway", "always", true),
            ("--granularty", "--granularity", true),
            ("--gran", "--granularity", true),
            ("--lokc", "--lock", true),
            ("WILLNED", "willneed", true),
            ("rw", "r", false),
            ("q", "c", false),
            ("", "r", false),
            ("shared", "fixed", false),
            ("dump", "sync", false),
        ] {
            assert_eq!(is_close(typed, name), close, "{typed} {name}");
        }
        let (message, hint) = wrong(&["map", "f", "-a", "rq"]);
        assert!(message.starts_with("invalid value 'rq' for '--access <ACCESS>'"));
        assert_eq!(hint, None);
    }

    #[test]
    fn a_value_that_is_empty_or_begins_with_a_hyphen_is_answered_with_what_helps() {
        let (message, _) = wrong(&["map", ""]);
        assert_eq!(
            message,
            "a value is required for '[FILE]...' but an empty one was given"
        );
        let (message, _) = wrong(&["fill", "f", "--from="]);
        assert!(
            message.ends_with(" but an empty one was given"),
            "{message}"
        );
        let (message, _) = wrong(&["map", "--tag"]);
        assert!(message.ends_with(" but none was supplied"), "{message}");
        for (value, shown) in [("-x", "-x"), ("--xyz", "--xyz"), ("-xyz", "-xyz")] {
            let (_, hint) = wrong(&["map", "--tag", value]);
            let expected = format!("to pass '{shown}' as the value of --tag, use '--tag={shown}'");
            assert_eq!(hint.unwrap(), expected);
        }
        // The value would not be taken in any other way either.
        for wrong_value in [["filesize", "--fd", "-1"], ["map", "--hold", "-x"]] {
            let (_, hint) = wrong(&wrong_value);
            assert!(
                hint.is_none_or(|hint| hint.starts_with("usage: ")),
                "{wrong_value:?}"
            );
        }
        // There is no file with this name.
        for command in ["map", "mirror", "dump", "tags"] {
            let (_, hint) = wrong(&[command, "-w-dash"]);
            assert!(hint.unwrap().starts_with("usage: "), "{command}");
        }
        let (_, hint) = wrong(&["map", "--lokc"]);
        assert!(hint.unwrap().contains("'--lock'"));
    }

    #[test]
    fn what_was_typed_cannot_break_the_line() {
        let (message, _) = wrong(&["pagesize", "--pages", "1\n\n\u{1b}[31m2"]);
        assert!(!message.contains(char::is_control), "{message:?}");
        assert!(message.starts_with(r"invalid value '1\n\n\u{1b}[31m2' for '--pages <SIZE>'"));
    }

    #[test]
    fn only_the_command_itself_is_taken_for_the_command() {
        let answer = |arguments: &[&str]| {
            let all: Vec<OsString> = arguments.iter().map(OsString::from).collect();
            match parse(&all).unwrap_err().answer {
                Answer::Page(page) => page.to_string(),
                Answer::Wrong(error) => error.to_string(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(
            answer(&["map", "dump", "f", "g"]),
            "unexpected argument 'g': dump takes one source"
        );
        let short = answer(&["mmapctl", "dump", "-h"]);
        assert_eq!(answer(&["mmapctl", "dump", "help", "-h"]), short);
        assert_eq!(answer(&["help", "dump", "-h"]), short);
        let long = answer(&["mmapctl", "dump", "--help"]);
        assert_eq!(answer(&["mmapctl", "help", "dump"]), long);
        assert!(long.len() > short.len());
        let program = answer(&["mmapctl", "-h"]);
        assert!(program.contains("\nPage cache:\n  cached "), "{program}");
    }

    #[test]
    fn pages_that_were_asked_for_are_not_errors() {
        for arguments in [&["--help"][..], &["--version"], &["pagesize", "-h"]] {
            assert!(matches!(refusal(arguments).answer, Answer::Page(_)));
        }
        assert!(matches!(refusal(&[]).answer, Answer::Reminder(_)));
        for arguments in [&["--json"][..], &["--quiet"]] {
            let (message, hint) = wrong(arguments);
            assert_eq!(message, "no command was given");
            assert_eq!(hint.unwrap(), "mmapctl --help lists the commands");
        }
    }
}
