//! `input`: random command lines, made of the options of each command with valid and invalid values and of
//! garbage; and randomly damaged hex dumps, read back and compared with `xxd -r`.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::dumps::dump;
use super::engine::{self, Campaign, Case, Random, program};
use super::oracle::{Allowed, complaint, ended_well};
use super::outcome::DEADLINE;
use super::scenario::World;
use super::tree::{Entry, Tree};
use super::words::{ADVICE, COMMANDS, GARBAGE, GLOBAL, PATHS, Values};
use crate::support::{Env, Limit, Run};

pub const CAMPAIGN: Campaign = Campaign {
    name: "input",
    cases: 20_000,
    ready,
    numbers: engine::endless,
    run,
};

#[test]
fn random_input_is_accepted_or_refused_and_a_refusal_changes_nothing() {
    engine::short(&CAMPAIGN, 0..80);
}

#[test]
#[ignore = "the long form: ci/campaign.sh input"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

fn ready() -> bool {
    Env::new().peer("xxd").is_some()
}

/// Even numbers are command lines, odd numbers are dumps.
fn run(case: &Case) -> Result<(), String> {
    let mut random = case.random();
    if case.number.is_multiple_of(2) {
        command_line(&mut random)
    } else {
        dump(&mut random)
    }
}

/// A random command line.
struct Line {
    words: Vec<OsString>,
    several: bool,
    command: bool,
}

impl Line {
    fn random(random: &mut Random, world: &World) -> Line {
        let (name, groups, sources) = *random.pick(COMMANDS);
        let mut words: Vec<Vec<u8>> = vec![name.into()];
        let options: Vec<(&str, Values)> = groups.iter().copied().flatten().copied().collect();
        if name == "advise" {
            words.push(value(random, ADVICE));
        }
        if name == "pmap" {
            words.push(value(random, &["1", "4294967295", "0", "x"]));
        }
        let mut positional = 0;
        if matches!(name, "tags" | "unlink") {
            // Use only names of this test: without a name, the command affects every region of the machine.
            words.push(value(random, &["{tag}", "{new}"]));
        }
        if !random.once_in(4) && sources > 0 {
            positional = 1 + random.below(sources);
            for _ in 0..positional {
                words.push(value(random, PATHS));
            }
        }
        for _ in 0..random.below(6) {
            let all = if random.once_in(4) { GLOBAL } else { &options };
            option(random, &mut words, all);
        }
        if random.once_in(6) {
            let place = 1 + random.below(words.len() as u64);
            let word = random.pick(GARBAGE).to_vec();
            words.insert(usize::try_from(place).unwrap(), word);
            // This word may be an additional source.
            positional += 1;
        }
        // After it, every option is an additional source.
        let dashes = words.iter().any(|word| word.as_slice() == b"--");
        let command = matches!(name, "map" | "mirror" | "advise") && random.once_in(12);
        if command {
            let program: &&str = random.pick(&["true", "false", "./missing", "./old"]);
            words.push("--".into());
            words.push((*program).into());
        }
        Line {
            words: words.into_iter().map(|word| world.word(word)).collect(),
            several: positional > 1 || dashes || matches!(name, "tags" | "unlink"),
            command,
        }
    }

    fn has(&self, option: &str) -> bool {
        self.words.iter().any(|word| word == option)
    }
}

fn value(random: &mut Random, values: Values) -> Vec<u8> {
    // In a list, the valid values come first.
    let bound = values.len() as u64;
    let bound = if random.once_in(3) {
        bound
    } else {
        bound.div_ceil(2)
    };
    values[usize::try_from(random.below(bound)).unwrap()].into()
}

fn option(random: &mut Random, words: &mut Vec<Vec<u8>>, options: &[(&str, Values)]) {
    let (name, values) = *random.pick(options);
    if values.is_empty() {
        words.push(name.into());
        return;
    }
    let mut chosen = value(random, values);
    if matches!(name, "--flags" | "--open") && random.once_in(2) {
        chosen.push(b',');
        chosen.extend(value(random, values));
    }
    if let Some(name) = name.strip_suffix('=') {
        words.push([name.as_bytes(), b"=", &chosen].concat());
    } else {
        words.push(name.into());
        if !random.once_in(40) {
            words.push(chosen);
        }
    }
}

fn command_line(random: &mut Random) -> Result<(), String> {
    let world = World::with_sizes(20_603, 10_000);
    fs::create_dir(world.env.path("directory")).unwrap();
    make_node(&world.env.path("node"));
    let line = Line::random(random, &world);
    let start = world.tree();
    // No command line may use up the memory or disk of the machine.
    let run = world
        .env
        .tool(program(), &line.words)
        .stdin(b"0000: 6162 6364\n".as_slice())
        .limit(Limit::AddressSpace, 400 << 20)
        .limit(Limit::FileSize, 16 << 20)
        .patience(DEADLINE)
        .run();
    judge_line(&line, &run, &start, &world.tree())
}

/// A device node that accepts all writes like `/dev/null`, which a test should not put at risk.
fn make_node(path: &Path) {
    use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
    mknodat(
        CWD,
        path,
        FileType::CharacterDevice,
        Mode::from_raw_mode(0o666),
        makedev(1, 3),
    )
    .ok();
}

fn judge_line(line: &Line, run: &Run, start: &Tree, end: &Tree) -> Result<(), String> {
    let json = line
        .words
        .iter()
        .take_while(|word| *word != "--")
        .any(|word| word == "--json");
    // Requested progress output appears among the failures.
    let progress = line.has("--progress");
    let allowed = Allowed {
        json,
        several: line.several,
        command: line.command || progress,
        no_stderr: false,
    };
    let status = ended_well(run, allowed)?;
    if line.command || status == 0 {
        return Ok(());
    }
    let difference = if status == 2 {
        end.difference(start, true)
    } else if line.several || line.has("--partial") {
        None
    } else {
        sizes(end).difference(&sizes(start), true)
    };
    match difference {
        Some(difference) => Err(complaint(
            run,
            &format!("refused, but changed:\n{difference}"),
        )),
        None => Ok(()),
    }
}

/// Compares only names and sizes: a write that failed midway may have changed bytes.
fn sizes(tree: &Tree) -> Tree {
    let mut tree = tree.clone();
    for entry in tree.0.values_mut() {
        if let Entry::File { content, .. } = entry {
            content.fill(0);
        }
    }
    tree
}

impl World {
    /// A word of a command line, with the names of tags inserted.
    fn word(&self, word: Vec<u8>) -> OsString {
        match String::from_utf8(word) {
            Ok(text) => self.names(&text).into(),
            Err(bytes) => OsString::from_vec(bytes.into_bytes()),
        }
    }
}
