//! README and the files of `docs`: every command that they show is run, and prints what they show.
//!
//! A block of ` ```console ` has commands after `$ `, continued after `> `, and their output. The blocks of a document
//! run in order, in one directory with the files of the examples. A comment in the line before a block selects the
//! check:
//!
//! - no comment: the output is the same, except for addresses, times, details and process numbers;
//! - `<!-- like this -->`: only the words are the same, because numbers depend on the system;
//! - `<!-- runs -->`: the status is 0, whatever the output;
//! - `<!-- elsewhere: REASON -->`: not run here;
//! - `<!-- on a terminal of 80×12, until TEXT; meanwhile: COMMAND -->`: a command that redraws its screen. It runs on a
//!   terminal of this size, where another shell runs COMMAND after the first screen. The shown screen is the first one
//!   with TEXT; another run may show other numbers.
//!
//! `with PROGRAM` at the end of a comment skips the block if the program is not installed.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod support;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use examples::Fixture;
use support::{Env, Watcher, page_size, while_pages_stay};

/// How the output of a block is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Check {
    Same,
    Like,
    Runs,
    Elsewhere,
}

/// How a screen is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Recording {
    /// The columns and lines of the terminal.
    size: (u16, u16),
    /// The text by which the screen to show is known.
    until: String,
    /// What another shell runs after the first screen.
    meanwhile: String,
}

/// Lines of a document.
#[derive(Debug)]
enum Part {
    Prose(String),
    Console {
        check: Check,
        tool: Option<String>,
        steps: Vec<Step>,
    },
    Screen(Recording, Step),
}

/// A command and its output.
#[derive(Debug)]
struct Step {
    command: String,
    output: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// README and the files of `docs`.
fn documents() -> Vec<PathBuf> {
    let docs = fs::read_dir(root().join("docs")).unwrap();
    let mut documents: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    documents.push(root().join("README.md"));
    documents.sort();
    documents
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
            match recording_of(remark) {
                Some(recording) => {
                    let [step] = <[Step; 1]>::try_from(steps).expect("a screen has one command");
                    parts.push(Part::Screen(recording, step));
                }
                None => {
                    let (check, tool) = check_of(remark);
                    parts.push(Part::Console { check, tool, steps });
                }
            }
            parts.push(Part::Prose("```\n".to_owned()));
        }
        remark = line;
    }
    parts
}

/// How the screen after a remark is recorded, if it is one.
fn recording_of(remark: &str) -> Option<Recording> {
    let remark = remark.strip_prefix("<!-- on a terminal of ")?;
    let parts = || {
        let (size, rest) = remark.strip_suffix(" -->")?.split_once(", until ")?;
        let (until, meanwhile) = rest.split_once("; meanwhile: ")?;
        let (columns, lines) = size.split_once('×')?;
        Some(Recording {
            size: (columns.parse().ok()?, lines.parse().ok()?),
            until: until.to_owned(),
            meanwhile: meanwhile.to_owned(),
        })
    };
    Some(parts().expect("a size, a text and a command"))
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
fn every_shown_command_prints_what_is_shown() {
    if Env::new().peer("bash").is_none() {
        return;
    }
    if page_size() != 4096 {
        support::skip("pages of 4 KiB, as README shows them");
        return;
    }
    let bless = std::env::var_os("MMAPCTL_BLESS").is_some_and(|value| value == "1");
    for document in documents() {
        while_pages_stay(|| {
            let Some(fixture) = Fixture::on_disk() else {
                return;
            };
            let (made, wrong) = repeat(&fixture, &fs::read_to_string(&document).unwrap());
            if bless {
                fs::write(&document, made).unwrap();
                return;
            }
            assert!(
                wrong.is_empty(),
                "{}:\n{wrong}\nMMAPCTL_BLESS=1 cargo test --test readme\nupdates the output",
                document.display()
            );
        });
    }
}

/// Runs the commands of a document. Returns the document with their output as it is now, and the differences.
fn repeat(fixture: &Fixture, text: &str) -> (String, String) {
    let (mut made, mut wrong) = (String::new(), String::new());
    for part in parse(text) {
        let (check, steps) = match part {
            Part::Prose(text) => {
                made.push_str(&text);
                continue;
            }
            Part::Screen(recording, step) => {
                write!(
                    made,
                    "$ {}\n{}",
                    step.command,
                    record(fixture, &recording, &step)
                )
                .unwrap();
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
                _ => run(fixture, &step, check),
            };
            if !agrees(check, &step.output, &output) {
                let Step {
                    command,
                    output: shown,
                } = &step;
                writeln!(wrong, "$ {command}\n{output}instead of\n{shown}").unwrap();
            }
            // Output that is not compared is updated only where some is shown.
            let renewed = check != Check::Runs || !step.output.is_empty();
            writeln!(made, "$ {}", step.command.replace('\n', "\n> ")).unwrap();
            made.push_str(if renewed { &output } else { &step.output });
        }
    }
    (made, wrong)
}

/// The output of a command on both streams, because failing commands show their messages.
fn run(fixture: &Fixture, step: &Step, check: Check) -> String {
    let run = fixture.shell(&step.command);
    if check == Check::Runs {
        run.code(0);
    }
    let output = format!("{}{}", run.out_text(), run.err_text());
    fixture.there(&output)
}

/// The screen of a command on a terminal.
fn record(fixture: &Fixture, recording: &Recording, step: &Step) -> String {
    let mut watcher = Watcher::start_command(fixture.on_terminal(&step.command), recording.size);
    watcher.until_screen("a screen", |lines| {
        lines.iter().any(|line| !line.is_empty())
    });
    fixture.shell(&recording.meanwhile).code(0);
    let is_it = |lines: &[String]| lines.iter().any(|line| line.contains(&recording.until));
    let screen = watcher.find_screen(&recording.until, is_it);
    watcher.press("q");
    assert_eq!(watcher.end().0.code(), Some(0), "{}", step.command);
    let mut text: String = screen
        .iter()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect();
    text.truncate(text.trim_end().len() + 1);
    fixture.there(&text)
}

fn agrees(check: Check, shown: &str, output: &str) -> bool {
    match check {
        Check::Same => steady(shown) == steady(output),
        Check::Like => words(shown) == words(output),
        Check::Runs | Check::Elsewhere => true,
    }
}

/// Text without the parts that differ from run to run: addresses, times, rates, process numbers, details of the file,
/// and the number of blanks, which depends on them.
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
    let (first_screen, _) = text.split_once("\n## Tour").unwrap();
    assert!(first_screen.lines().count() <= 50);
    let commands: Vec<&str> = first_screen
        .lines()
        .filter_map(|line| line.strip_prefix("$ "))
        .collect();
    let [main, tests] = commands.as_slice() else {
        panic!("expected two commands: {commands:?}");
    };
    // The first builds and runs the program that this test runs. The second runs this test.
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
fn the_readme_has_at_most_250_lines() {
    assert!(readme().lines().count() <= 250);
}

#[test]
fn the_service_is_valid_and_well_restricted() {
    let env = Env::new();
    let unit = fs::read_to_string(root().join("contrib/mmapctl-pin@.service")).unwrap();
    let installed = unit.replace("/usr/bin/mmapctl", support::MMAPCTL);
    let path = env.file("mmapctl-pin@.service", installed);
    let systemd = |args: &[&str]| env.tool("systemd-analyze", args).arg(&path).run();
    if !env
        .tool("systemd-analyze", ["--version"])
        .run()
        .ended_with(&[0])
    {
        return support::skip("systemd-analyze");
    }
    systemd(&["verify", "--man=no"]).code(0).stderr("");
    // Tenths of the exposure, of at most 10: "safe" is below 2.
    systemd(&["security", "--offline=yes", "--threshold=10"]).code(0);
}

#[test]
fn the_service_pins_a_file() {
    let unit = fs::read_to_string(root().join("contrib/mmapctl-pin@.service")).unwrap();
    let recipes = fs::read_to_string(root().join("docs/RECIPES.md")).unwrap();
    assert!(recipes.contains(&format!("```ini\n{unit}```")));
    let one_line = unit.replace("\\\n", "");
    let command = one_line
        .lines()
        .find_map(|line| line.strip_prefix("ExecStart=/usr/bin/mmapctl "))
        .unwrap();
    let words = command.split_whitespace();
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
