//! README: every command that it shows is run, and does what it shows.
//!
//! A block of ` ```console ` has commands after `$ `, continued after `> `, and what they print. Blocks run in the
//! order in which they stand, all in one directory with the files of the examples. A comment in the line before
//! a block says how it is checked:
//!
//! - nothing: the output is the same, but for addresses, times, details and numbers of processes;
//! - `<!-- like this -->`: only its words are the same, because numbers depend on the system;
//! - `<!-- runs -->`: it ends with status 0, whatever it prints;
//! - `<!-- elsewhere: … -->`: it is not run here, for the reason that is given.
//!
//! `with PROGRAM` at the end of a comment skips the block where there is no such program.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod support;

use std::fmt::Write as _;
use std::fs;

use examples::Fixture;
use support::{Env, page_size, while_pages_stay};

/// How the output of a block is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Same,
    Like,
    Runs,
    Elsewhere,
}

/// Lines of README.
#[derive(Debug)]
enum Part {
    Prose(String),
    Console {
        check: Check,
        tool: Option<String>,
        steps: Vec<Step>,
    },
}

/// A command and what it prints.
#[derive(Debug)]
struct Step {
    command: String,
    output: String,
}

fn readme() -> String {
    fs::read_to_string(path()).unwrap()
}

fn path() -> String {
    format!("{}/README.md", env!("CARGO_MANIFEST_DIR"))
}

fn parse(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut remark = "";
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        parts.push(Part::Prose(format!("{line}\n")));
        if line == "```console" {
            let steps = lines.by_ref().take_while(|line| *line != "```");
            let steps = steps_of(&steps.collect::<Vec<_>>());
            let (check, tool) = check_of(remark);
            parts.push(Part::Console { check, tool, steps });
            parts.push(Part::Prose("```\n".to_owned()));
        }
        remark = line;
    }
    parts
}

/// How the block after a remark is checked, and with which program.
fn check_of(remark: &str) -> (Check, Option<String>) {
    let Some(remark) = remark.strip_prefix("<!-- ") else {
        return (Check::Same, None);
    };
    let remark = remark
        .strip_suffix(" -->")
        .expect("a comment ends in its line");
    if remark.starts_with("elsewhere: ") {
        return (Check::Elsewhere, None);
    }
    let (how, tool) = match remark.split_once(" with ") {
        Some((how, tool)) => (how.trim_end_matches(','), Some(tool.to_owned())),
        None => (remark, None),
    };
    match how {
        "like this" => (Check::Like, tool),
        "runs" => (Check::Runs, tool),
        other => panic!("no check is called {other:?}"),
    }
}

fn steps_of(lines: &[&str]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in lines {
        if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                output: String::new(),
            });
            continue;
        }
        let step = steps.last_mut().expect("a block begins with a command");
        match line.strip_prefix("> ") {
            Some(more) if step.output.is_empty() => {
                write!(step.command, "\n{more}").unwrap();
            }
            _ => writeln!(step.output, "{line}").unwrap(),
        }
    }
    steps
}

#[test]
fn every_shown_command_does_what_is_shown() {
    if Env::new().peer("bash").is_none() {
        return;
    }
    while_pages_stay(|| {
        let bless = std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1");
        if page_size() != 4096 {
            support::skip("pages of 4 KiB, as README shows them");
            return;
        }
        let Some(fixture) = Fixture::on_disk() else {
            return;
        };
        let mut made = String::new();
        let mut wrong = String::new();
        for part in parse(&readme()) {
            let (check, steps) = match part {
                Part::Prose(text) => {
                    made.push_str(&text);
                    continue;
                }
                Part::Console { check, tool, steps } => {
                    let missing = tool.is_some_and(|tool| fixture.env().peer(&tool).is_none());
                    (if missing { Check::Elsewhere } else { check }, steps)
                }
            };
            for step in steps {
                let output = match check {
                    Check::Elsewhere => step.output.clone(),
                    _ => run(&fixture, &step, check),
                };
                let agrees = agrees(check, &step.output, &output);
                if !agrees {
                    let Step {
                        command,
                        output: shown,
                    } = &step;
                    writeln!(wrong, "$ {command}\n{output}instead of\n{shown}").unwrap();
                }
                // What is not compared stands where something stood.
                let renewed = bless && (check != Check::Runs || !step.output.is_empty());
                writeln!(made, "$ {}", step.command.replace('\n', "\n> ")).unwrap();
                made.push_str(if renewed { &output } else { &step.output });
            }
        }
        if bless {
            fs::write(path(), made).unwrap();
            return;
        }
        assert!(
            wrong.is_empty(),
            "{wrong}\nMMAPCTL_BLESS=1 cargo test --test readme\nwrites what is printed now"
        );
    });
}

/// What a command prints, on both streams: a failing one is shown for its message.
fn run(fixture: &Fixture, step: &Step, check: Check) -> String {
    let run = fixture.shell(&step.command);
    if check == Check::Runs {
        run.code(0);
    }
    let output = format!("{}{}", run.out_text(), run.err_text());
    fixture.there(&output)
}

fn agrees(check: Check, shown: &str, output: &str) -> bool {
    match check {
        Check::Same => steady(shown) == steady(output),
        Check::Like => words(shown) == words(output),
        Check::Runs | Check::Elsewhere => true,
    }
}

/// Text in which what differs from run to run is the same: addresses, times, rates, process numbers, details of
/// the file, and blanks, whose number depends on them.
fn steady(text: &str) -> String {
    let mut steady = String::new();
    for word in text.split_inclusive(|c: char| c.is_whitespace() || "-,:\"".contains(c)) {
        let core = word.trim_end_matches(|c: char| c.is_whitespace() || "-,:\"".contains(c));
        let address = core.len() >= 11 && core.starts_with("0x");
        steady.push_str(if address { "0xADDRESS" } else { core });
        steady.push_str(word[core.len()..].trim_end_matches(' '));
        steady.push(' ');
    }
    let lines = steady.lines().map(|line| {
        let time = ["time ", "ready: ", "mmapctl: detail: "]
            .iter()
            .find(|start| line.trim_start().starts_with(**start));
        time.map_or_else(|| line.trim_end().to_owned(), |start| (*start).to_owned())
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The words of a text without numbers and pictures.
fn words(text: &str) -> Vec<String> {
    steady(text)
        .split(|c: char| !c.is_ascii_alphabetic())
        .filter(|word| word.len() > 3)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_first_screen_has_two_commands_and_they_work() {
    let text = readme();
    let (first_screen, _) = text.split_once("\n## What").unwrap();
    assert!(first_screen.lines().count() <= 50);
    let commands: Vec<&str> = first_screen
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    let [main, tests] = commands.as_slice() else {
        panic!("two commands, and not {commands:?}");
    };
    // The one builds and runs the program that this test runs; the other runs this test.
    let arguments = main.strip_prefix("cargo run --release -- ").unwrap();
    assert!(tests.starts_with("cargo test"));
    let env = Env::new();
    let run = env
        .cmd(arguments.split(' '))
        .cwd(env!("CARGO_MANIFEST_DIR"))
        .run();
    let shown = format!("$ {main}\n{}```", run.ok().out_text());
    assert!(first_screen.contains(&shown), "{shown}");
}

#[test]
fn the_service_pins_a_file() {
    let unit = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/mmapctl-pin@.service");
    let unit = fs::read_to_string(unit).unwrap();
    assert!(readme().contains(&format!("```ini\n{unit}```")));
    let command = unit
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart="))
        .unwrap();
    let words = command
        .strip_prefix("/usr/bin/mmapctl ")
        .unwrap()
        .split(' ');
    let env = Env::new();
    let file = env.file("index", support::pattern(64 * page_size() as usize));
    let words = words.map(|word| match word {
        "%f" => file.to_str().unwrap(),
        word => word,
    });
    let mut held = env.cmd(words).hold();
    assert!(held.line(0).starts_with("ready: "));
    let locked = support::smaps_of(held.pid(), &file);
    assert_eq!(
        locked.iter().map(|map| map.get("Locked")).sum::<u64>(),
        64 * page_size()
    );
    held.signal(support::Signal::TERM);
    held.wait().ok();
}
