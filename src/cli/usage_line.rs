//! The usage line of a command that takes sources, built from its arguments.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command};

/// The group of the arguments that name a source.
const GROUP: &str = "source";

/// The arguments that are members of the group. Clap knows them only after a command is built, which every start of the
/// program would pay for.
const MEMBERS: [&str; 8] = [
    "file",
    "files",
    "paths",
    "files0_from",
    "fd",
    "tag",
    "anon",
    "pid",
];

/// The number of columns of a line, less those of `Usage: `.
const WIDTH: usize = 73;

/// What begins the second line, below the first word.
const INDENT: &str = "\n       ";

/// The usage of a command whose arguments are all defined. Unlike that of clap, it shows that several files may be named,
/// and that a command without a required source reads `-`. None for a command without sources.
pub(super) fn usage(command: &Command) -> Option<StyledStr> {
    let group = command.get_groups().find(|group| group.get_id() == GROUP)?;
    let mut words = vec!["[OPTIONS]".to_owned()];
    let others = command.get_positionals().filter(|arg| !is_source(arg));
    let (last, first): (Vec<_>, Vec<_>) = others.partition(|arg| arg.is_last_set());
    words.extend(first.iter().map(|arg| format!("<{}>", value_name(arg))));
    let mut sources: Vec<String> = command.get_arguments().filter_map(source).collect();
    words.push(match group.is_required_set() {
        true => format!("<{}>", sources.join("|")),
        false => {
            sources.insert(1.min(sources.len()), "-".to_owned());
            format!("[{}]", sources.join("|"))
        }
    });
    words.extend(
        last.iter()
            .map(|arg| format!("[-- <{}>...]", value_name(arg))),
    );
    Some(lines(command, &words))
}

/// The words after the name of the command, in lines that fit 80 columns.
fn lines(command: &Command, words: &[String]) -> StyledStr {
    let literal = command.get_styles().get_literal();
    let name = format!("mmapctl {}", command.get_name());
    let mut text = format!("{literal}{name}{literal:#}");
    let mut column = name.len();
    for word in words {
        if column + 1 + word.len() > WIDTH {
            text.push_str(INDENT);
            column = 0;
        } else {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += word.len();
    }
    StyledStr::from(text)
}

fn is_source(arg: &Arg) -> bool {
    MEMBERS.contains(&arg.get_id().as_str())
}

/// A visible member of the group: `FILE...`, `--fd <N>`.
fn source(arg: &Arg) -> Option<String> {
    // Clap writes an argument only after the command is built.
    let shown = is_source(arg) && !arg.is_hide_set();
    shown.then(|| match (arg.get_long(), arg.get_action()) {
        (Some(long), ArgAction::SetTrue) => format!("--{long}"),
        (Some(long), _) => format!("--{long} <{}>", value_name(arg)),
        (None, ArgAction::Append) => format!("{}...", value_name(arg)),
        (None, _) => value_name(arg),
    })
}

fn value_name(arg: &Arg) -> String {
    let name = arg.get_value_names().and_then(<[_]>::first);
    name.map_or_else(|| arg.get_id().to_string(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::super::command::Cli;
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn every_member_of_the_group_is_in_the_usage_line() {
        let mut all = Cli::command();
        all.build();
        for command in all.get_subcommands() {
            let group = command.get_groups().find(|group| group.get_id() == GROUP);
            let mut members: Vec<&str> = match group {
                Some(group) => group.get_args().map(clap::Id::as_str).collect(),
                None => continue,
            };
            let mut shown: Vec<&str> = command
                .get_arguments()
                .filter(|arg| is_source(arg))
                .map(|arg| arg.get_id().as_str())
                .collect();
            members.sort_unstable();
            shown.sort_unstable();
            assert_eq!(shown, members, "{}", command.get_name());
        }
    }

    #[test]
    fn the_line_shows_what_may_be_repeated_and_what_may_be_left_out() {
        let mut all = Cli::command();
        all.build();
        for (name, line) in [
            (
                "dump",
                "[OPTIONS] [FILE|-|--fd <N>|--tag <NAME>|--anon|--pid <PID>]",
            ),
            ("fill", "[OPTIONS] <FILE|--fd <N>|--tag <NAME>>"),
            ("filesize", "[OPTIONS] <FILE...|--fd <N>|--tag <NAME>>"),
            (
                "advise",
                "[OPTIONS] <ADVICE>\n       \
                 <FILE...|--fd <N>|--tag <NAME>|--anon|--pid <PID>> [-- <CMD>...]",
            ),
        ] {
            let command = all.find_subcommand_mut(name).unwrap();
            let usage = command.render_usage().to_string();
            assert_eq!(usage, format!("Usage: mmapctl {name} {line}"));
        }
    }
}
