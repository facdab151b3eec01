//! The help: short enough for a screen, and with examples that work.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod support;

use clap::{Arg, CommandFactory};
use examples::Fixture;
use mmapctl::cli::Cli;
use mmapctl::manual::{self, Example};
use support::Env;

/// The number of lines of a screen with 80 columns on which `-h` must fit.
const SCREEN: usize = 40;

fn built() -> clap::Command {
    let mut cli = Cli::command();
    cli.build();
    cli
}

fn commands() -> Vec<&'static str> {
    manual::commands().iter().map(|page| page.name).collect()
}

#[test]
fn short_help_fits_a_screen() {
    let env = Env::new();
    let mut too_long = Vec::new();
    for command in commands() {
        let run = env.cmd([command, "-h"]).env("COLUMNS", "80").run();
        let lines = run.ok().out_text().lines().count();
        if lines > SCREEN {
            too_long.push(format!("{command}: {lines} lines"));
        }
        let wide = run
            .out_text()
            .lines()
            .find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{command}");
    }
    let run = env.cmd(["-h"]).env("COLUMNS", "80").run();
    assert!(run.ok().out_text().lines().count() <= SCREEN);
    assert!(too_long.is_empty(), "{too_long:?}");
}

#[test]
fn long_lists_of_values_appear_only_in_the_long_help() {
    let env = Env::new();
    let short = env.run(["advise", "-h"]);
    let short = short.ok().out_text();
    assert!(short.contains("<ADVICE>") && !short.contains("populate-read"));
    let again = env.run(["--json", "advise", "random", "f", "-h"]);
    again.ok().stdout(short);
    for long in [&["advise", "--help"][..], &["help", "advise"]] {
        let run = env.run(long);
        assert!(run.ok().out_text().contains("- populate-read"));
    }
    let run = env.run(["dump", "-h"]);
    assert!(run.ok().out_text().contains("canonical"));
}

#[test]
fn long_help_has_every_option_and_ends_with_examples() {
    let env = Env::new();
    let built = built();
    for page in manual::commands() {
        let run = env.run([page.name, "--help"]);
        let text = run.ok().out_text();
        let command = built.find_subcommand(page.name).unwrap();
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            if let Some(long) = arg.get_long() {
                assert!(
                    text.contains(&format!("--{long}")),
                    "{}: --{long}",
                    page.name
                );
            }
        }
        assert!(page.examples.len() >= 2, "{}", page.name);
        let examples = manual::examples(page.name);
        let wide = examples.lines().find(|line| line.chars().count() > 80);
        assert_eq!(wide, None, "{}", page.name);
        assert!(examples.starts_with("Examples:\n  # "), "{examples}");
        assert!(text.ends_with(&format!("{examples}\n")), "{}", page.name);
    }
}

#[test]
fn every_option_is_under_a_heading_and_every_value_is_explained() {
    let mut wrong = Vec::new();
    for command in built().get_subcommands() {
        let name = command.get_name();
        if command.is_hide_set() || name == "help" {
            continue;
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            let values = arg.get_possible_values();
            let takes_values = arg.get_num_args().is_some_and(|range| range.takes_values());
            for value in values.iter().filter(|_| takes_values) {
                if value.get_help().is_none() && !value.is_hide_set() {
                    wrong.push(format!("{name} {}: {}", label(arg), value.get_name()));
                }
            }
            let plain = ["help", "version"].contains(&arg.get_id().as_str()) || arg.is_positional();
            if !plain && arg.get_help_heading().is_none() {
                wrong.push(format!("{name} {}: no heading", label(arg)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_option_documents_its_default_or_an_example() {
    let mut wrong = Vec::new();
    for command in built().get_subcommands().filter(|c| !c.is_hide_set()) {
        if command.get_name() == "help" {
            continue;
        }
        for arg in command.get_arguments() {
            let takes_values = arg.get_num_args().is_some_and(|range| range.takes_values());
            if !takes_values || arg.is_positional() || arg.is_hide_set() {
                continue;
            }
            let help = arg.get_long_help().or(arg.get_help()).unwrap().to_string();
            let long = arg.get_long().unwrap();
            let shown =
                help.contains(&format!("--{long} ")) || help.contains(&format!("--{long}="));
            let listed = !arg.get_possible_values().is_empty();
            let default = help.contains("[default:") || !arg.get_default_values().is_empty();
            if !shown && !listed {
                wrong.push(format!("{} --{long}: no example", command.get_name()));
            }
            if default && help.contains("[default:") && !arg.get_default_values().is_empty() {
                wrong.push(format!("{} --{long}: two defaults", command.get_name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn label(arg: &Arg) -> String {
    match arg.get_long() {
        Some(long) => format!("--{long}"),
        None => arg.get_id().to_string(),
    }
}

#[test]
fn every_example_works() {
    if Env::new().peer("bash").is_none() {
        return;
    }
    let pages = manual::commands().iter().chain([&manual::MAIN]);
    for page in pages {
        for example in page.examples {
            check(page.name, example);
        }
    }
}

fn check(page: &str, example: &Example) {
    let Some(fixture) = Fixture::on_disk() else {
        return;
    };
    let run = fixture.shell(example.command);
    run.code(0);
    let complaint = run.err_text().lines();
    let remarks = ["mmapctl: note: ", "mmapctl: detail: "];
    let complaint = complaint.filter(|line| !remarks.iter().any(|remark| line.starts_with(remark)));
    if complaint.count() > 0 {
        run.fail("a complaint on stderr");
    }
    assert!(
        page == "mmapctl" || example.command.contains(&format!("mmapctl {page}")),
        "{page}: {}",
        example.command
    );
}

#[test]
fn a_misspelling_gets_the_most_similar_word_as_a_hint() {
    if Env::new().peer("bash").is_none() {
        return;
    }
    let Some(fixture) = Fixture::new() else {
        return;
    };
    let hint = |script: &str| {
        let run = fixture.shell(script);
        let text = fixture.there(run.err_text());
        let line = text.lines().find_map(|line| line.strip_prefix("hint: "));
        line.unwrap_or_else(|| run.fail("no hint")).to_owned()
    };
    assert_eq!(
        hint("mmapctl mirorr"),
        "a similar subcommand exists: 'mirror'"
    );
    assert_eq!(
        hint("mmapctl dump --formt xxd data.bin"),
        "a similar argument exists: '--format'"
    );
    assert_eq!(
        hint("mmapctl dump --format canonicl data.bin"),
        "a similar value exists: 'canonical'"
    );
    assert_eq!(
        hint("mmapctl map data.bin --open create,exlc"),
        "a similar value exists: 'excl'"
    );
    let near = fixture.here("telemetry").replacen("tel", "tle", 1);
    let similar = "a similar tag exists: 'telemetry'";
    assert_eq!(hint(&format!("mmapctl dump --tag {near}")), similar);
    assert_eq!(hint(&format!("mmapctl map --tag {near}")), similar);
    assert_eq!(hint(&format!("mmapctl tags {near}")), similar);
    assert_eq!(hint(&format!("mmapctl unlink {near}")), similar);
}
