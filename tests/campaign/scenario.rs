//! The command lines that campaigns run, and the initial directory of each: always the same files, for
//! comparing the results of runs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::engine::{Random, program};
use super::oracle::Allowed;
use super::tree::Tree;
use crate::support::{Cmd, Env, Open, page_size, pattern};

/// The contents of stdin.
#[derive(Debug, Clone, Copy)]
pub enum Input {
    Nothing,
    /// Several pages of bytes.
    Bytes,
    /// A dump of several lines.
    Dump,
}

/// A command line and its properties.
#[derive(Debug, Clone, Copy)]
pub struct Scenario {
    /// Arguments, separated by spaces; `{tag}` and `{new}` are replaced by the names of tags, `{pid}` by a process.
    pub line: &'static str,
    pub input: Input,
    pub descriptor: Option<(Open, &'static str)>,
    /// Whether stdout is data, with the same bytes in every run.
    pub data: bool,
    /// Whether the data printed by a failed run is a prefix of the data of a successful run.
    pub prefix: bool,
    /// The file and the range of it that may be partly written after a failure.
    pub overwrites: Option<(&'static str, u64, u64)>,
    /// Several sources, each of which may fail.
    pub several: bool,
    /// Another program is run, with its own streams and status.
    pub command: bool,
    /// Several files are created, each of which may exist after a failure.
    pub piecewise: bool,
}

/// A command line whose stdout is a report.
pub const fn report(line: &'static str) -> Scenario {
    Scenario {
        line,
        input: Input::Nothing,
        descriptor: None,
        data: false,
        prefix: false,
        overwrites: None,
        several: false,
        command: false,
        piecewise: false,
    }
}

/// A command line whose stdout is data.
pub const fn data(line: &'static str) -> Scenario {
    let mut scenario = report(line);
    scenario.data = true;
    scenario
}

impl Scenario {
    pub const fn prefix(mut self) -> Scenario {
        self.prefix = true;
        self
    }

    pub const fn input(mut self, input: Input) -> Scenario {
        self.input = input;
        self
    }

    pub const fn descriptor(mut self, open: Open, name: &'static str) -> Scenario {
        self.descriptor = Some((open, name));
        self
    }

    pub const fn overwrites(mut self, name: &'static str, from: u64, to: u64) -> Scenario {
        self.overwrites = Some((name, from, to));
        self
    }

    pub const fn several(mut self) -> Scenario {
        self.several = true;
        self
    }

    pub const fn command(mut self) -> Scenario {
        self.command = true;
        self
    }

    pub const fn piecewise(mut self) -> Scenario {
        self.piecewise = true;
        self
    }

    /// The permitted exceptions of its stderr.
    pub fn allowed(&self) -> Allowed {
        Allowed {
            json: self.json(),
            several: self.several,
            command: self.command,
            no_stderr: false,
        }
    }

    pub fn json(&self) -> bool {
        self.line.split(' ').any(|word| word == "--json")
    }
}

/// A fresh directory with the files of the scenarios, and its own tags.
pub struct World {
    pub env: Env,
    /// The program to run; another user needs its own copy.
    pub program: PathBuf,
    tags: String,
    input: usize,
}

impl World {
    /// The same names for every seed, with sizes that depend on the seed.
    pub fn new(seed: u64) -> World {
        // Large enough for the range of every scenario.
        let more = if seed == 0 { 0 } else { Random(seed).below(60) };
        World::with_sizes((5 + more) * page_size() + 123, 10_000)
    }

    /// Creates files and inputs of these sizes.
    pub fn with_sizes(size: u64, input: u64) -> World {
        World::inside(&std::env::temp_dir(), size, input)
    }

    /// The same below another directory.
    pub fn inside(parent: &Path, size: u64, input: u64) -> World {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let world = World {
            env: Env::inside(parent),
            program: program().to_owned(),
            tags: format!("mmapctl-campaign-{}-{number}-", std::process::id()),
            input: usize::try_from(input).unwrap(),
        };
        world.make_files(usize::try_from(size).unwrap());
        world
    }

    fn make_files(&self, size: usize) {
        let page = page_size();
        let old = self.env.file("old", pattern(size));
        fs::set_permissions(&old, fs::Permissions::from_mode(0o640)).unwrap();
        self.env.file("second", pattern(size / 2));
        self.env.file("in", pattern(self.input));
        self.env.file("patch", dump_lines(40));
        self.env.file("empty", "");
        let pieces: [(u64, &[u8]); 2] = [(3 * page, b"island"), (40 * page + 5, &[7; 5000])];
        self.env.sparse_file("holes", 64 * page, &pieces);
        symlink("aim", self.env.path("dangling")).unwrap();
        fs::write(self.tag("old"), pattern(size)).unwrap();
    }

    fn tag(&self, name: &str) -> PathBuf {
        Path::new("/dev/shm").join(format!("{}{name}", self.tags))
    }

    /// The current contents.
    pub fn tree(&self) -> Tree {
        Tree::of(self.env.dir()).with_tags(&self.tags)
    }

    /// The arguments of a scenario here.
    pub fn args(&self, scenario: &Scenario) -> Vec<String> {
        scenario
            .line
            .split(' ')
            .map(|word| self.names(word))
            .collect()
    }

    /// A word with the names of tags and this process inserted.
    pub fn names(&self, word: &str) -> String {
        let word = word.replace("{tag}", &format!("{}old", self.tags));
        let word = word.replace("{pid}", &std::process::id().to_string());
        word.replace("{new}", &format!("{}new", self.tags))
    }

    /// The command of the scenario, with other programs before it that start it.
    pub fn command(&self, scenario: &Scenario, before: &[String]) -> Cmd {
        let mut words = before.to_vec();
        words.push(self.program.to_str().unwrap().to_owned());
        words.extend(self.args(scenario));
        let mut cmd = self.env.tool(&words[0], &words[1..]);
        cmd = match scenario.input {
            Input::Nothing => cmd,
            Input::Bytes => cmd.stdin(pattern(3 * self.input)),
            Input::Dump => cmd.stdin(dump_lines(40)),
        };
        match scenario.descriptor {
            Some((open, name)) => cmd.fd(3, open, self.env.path(name)),
            None => cmd,
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for name in ["old", "new"] {
            fs::remove_file(self.tag(name)).ok();
        }
    }
}

/// A dump in the format of xxd, of bytes that occur nowhere else.
fn dump_lines(lines: u64) -> String {
    let line = |number: u64| {
        let bytes = (0..8).map(|i| format!(" {number:02x}{i:02x}"));
        let text: String = bytes.collect();
        format!("{:08x}:{text}  {}\n", number * 16, ".".repeat(16))
    };
    (0..lines).map(line).collect()
}
