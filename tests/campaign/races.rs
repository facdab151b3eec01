//! `races`: another process changes the file while a command uses it: it truncates, extends, unlinks or replaces
//! the file, punches holes, writes or appends, at random moments.
//!
//! Another case is in `orphans`.
//!
//! The command must exit by itself with a status in the table. It must not change anything that it was not asked to
//! change: a file that took over the name, bytes outside its range, bytes beyond the end. A dump must contain only
//! bytes that were in the file at some time.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;
use std::time::Duration;

use rustix::fs::{FallocateFlags, fallocate};
use serde_json::Value;

use super::engine::{self, Campaign, Case, Random, program};
use super::oracle::{Allowed, complaint, ended_well};
use super::orphans;
use super::outcome::DEADLINE;
use crate::support::{Env, Held, Run, page_size, pattern};

pub const CAMPAIGN: Campaign = Campaign {
    name: "races",
    cases: 5000,
    ready: || true,
    numbers: engine::endless,
    run,
};

#[test]
fn a_file_that_changes_during_a_command_is_read_correctly_and_not_damaged() {
    engine::short(&CAMPAIGN, 0..38);
}

#[test]
#[ignore = "the long form: ci/campaign.sh races"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

/// The action of a command on the file `f`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// Reads its bytes, and prints them in this form.
    Shows(Form),
    /// Reads it, or loads or evicts its pages.
    Looks,
    /// Changes a mapping of it step by step, and reports each step.
    Steps,
    /// Stores `7` in a range of it, extending it if the range ends beyond the end.
    Fills,
    /// Sets its size.
    Sizes,
    /// Extends it if it is shorter than requested.
    Grows,
}

/// The output form of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Raw,
    Plain,
    Xxd,
    /// In the file `out`.
    Output,
    /// In a form that is not parsed here.
    Other,
}

/// Command lines with `{from}` and `{size}`, the range of a fill or the requested size.
const COMMANDS: &[(&str, Deed)] = &[
    ("dump f -f raw", Deed::Shows(Form::Raw)),
    ("dump f -f plain", Deed::Shows(Form::Plain)),
    ("dump f -f xxd", Deed::Shows(Form::Xxd)),
    ("dump f -f raw --output out", Deed::Shows(Form::Output)),
    ("dump f -f canonical", Deed::Shows(Form::Other)),
    ("dump f -f hexyl", Deed::Shows(Form::Other)),
    ("dump f -f values --type u32", Deed::Shows(Form::Other)),
    ("dump f -f c", Deed::Shows(Form::Other)),
    ("dump f --json", Deed::Shows(Form::Other)),
    ("fill f -o {from} -n {size} --byte 7", Deed::Fills),
    ("fill f -o {from} -n {size} --byte 7 --verify", Deed::Fills),
    (
        "fill f -o {from} -n {size} --byte 7 --flush sync",
        Deed::Fills,
    ),
    ("fill f -o {from} --from sevens", Deed::Fills),
    ("fill f -o {from} --from -", Deed::Fills),
    ("map f", Deed::Looks),
    ("map f --lock --probe", Deed::Looks),
    ("map f --hold=5ms --lock", Deed::Looks),
    ("map f -a w -n {size} --probe", Deed::Grows),
    (
        "map f --json --then touch --then protect=none@0..1pg --then advise=populate-read --then touch@1pg..",
        Deed::Steps,
    ),
    (
        "map f -a c --json --then touch=write --then advise=dontneed --then unmap@0..1pg --then touch --then lock",
        Deed::Steps,
    ),
    (
        "map f -a w --json --then touch --then sync --then remap=1pg --then lock=onfault --then touch --then probe",
        Deed::Steps,
    ),
    ("mirror f -n 16pg --verify -a r", Deed::Looks),
    ("mirror f -a w -n {size} --verify --times 3", Deed::Grows),
    ("filesize f --set {size}", Deed::Sizes),
    ("filesize f --set {size} --allocate", Deed::Sizes),
    ("filesize f --long", Deed::Looks),
    ("warm f", Deed::Looks),
    ("evict f", Deed::Looks),
    ("why f", Deed::Looks),
    ("advise willneed f", Deed::Looks),
    ("advise cold f --touch", Deed::Looks),
    ("advise pageout f --touch", Deed::Looks),
    ("advise populate-read f", Deed::Looks),
    ("advise populate-write f", Deed::Looks),
    ("advise dontneed f --touch", Deed::Looks),
    ("sync f", Deed::Looks),
    ("sync f --invalidate", Deed::Looks),
];

/// The byte that only a fill stores.
const SEVEN: u8 = 7;

fn run(case: &Case) -> Result<(), String> {
    let mut random = case.random();
    let scenario = usize::try_from(case.number).unwrap() % (COMMANDS.len() + 1);
    let Some((words, deed)) = COMMANDS.get(scenario).copied() else {
        return orphans::run(&mut random);
    };
    let env = Env::new();
    let size = page_size() * (1 + random.below(60)) + random.below(page_size());
    let mut race = Race::new(&env, size);
    let from = random.below(size);
    let length = 1 + random.below(2 * size);
    let streamed = usize::try_from(length).unwrap();
    if words.contains("sevens") {
        env.file("sevens", vec![SEVEN; streamed]);
    }
    let line = words.replace("{from}", &from.to_string());
    let line = line.replace("{size}", &length.to_string());
    let cmd = env.tool(program(), line.split(' ')).patience(DEADLINE);
    let cmd = if line.ends_with("--from -") {
        cmd.stdin(vec![SEVEN; streamed])
    } else {
        cmd
    };
    let held = cmd.spawn();
    let run = race.disturb(&mut random, held);
    race.end(&env);
    let range = (from, from + length);
    race.judge(&env, deed, range, &run)
        .map_err(|why| format!("{line}\nmeanwhile: {}\n{why}", race.history.join(", ")))
}

/// A file and its history.
struct Version {
    file: File,
    identity: u64,
    /// Its content after each change that was made to it.
    contents: Vec<Vec<u8>>,
    /// The appended marks: their positions, and whether they may still exist.
    marks: Vec<u64>,
}

impl Version {
    fn new(path: &Path, content: Vec<u8>) -> Version {
        fs::write(path, &content).unwrap();
        let file = File::options().read(true).write(true).open(path).unwrap();
        Version {
            identity: file.metadata().unwrap().ino(),
            file,
            contents: vec![content],
            marks: Vec::new(),
        }
    }

    fn size(&self) -> u64 {
        self.file.metadata().unwrap().size()
    }

    /// Its current contents.
    fn read(&self) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(self.size()).unwrap()];
        let mut done = 0;
        while let Ok(count @ 1..) = self.file.read_at(&mut bytes[done..], done as u64) {
            done += count;
        }
        bytes.truncate(done);
        bytes
    }
}

/// The appended text, which only the other process writes.
const MARK: &[u8] = b"<appended by another>";

/// The changes of the other process to the file, and its record of them.
struct Race {
    /// All files that had the name `f`, the latest last.
    versions: Vec<Version>,
    named: bool,
    history: Vec<String>,
}

impl Race {
    fn new(env: &Env, size: u64) -> Race {
        let content = without_sevens(pattern(usize::try_from(size).unwrap()));
        Race {
            versions: vec![Version::new(&env.path("f"), content)],
            named: true,
            history: Vec::new(),
        }
    }

    /// Disturbs the command until it has ended.
    fn disturb(&mut self, random: &mut Random, mut held: Held) -> Run {
        let directory = held.directory().to_owned();
        std::thread::sleep(Duration::from_micros(random.below(9000)));
        for _ in 0..1 + random.below(8) {
            self.change(random, &directory);
            if !held.is_running() {
                break;
            }
            std::thread::sleep(Duration::from_micros(random.below(1500)));
        }
        held.wait()
    }

    fn change(&mut self, random: &mut Random, directory: &Path) {
        let name = directory.join("f");
        let version = self.versions.last_mut().unwrap();
        let size = version.size();
        let at = random.below(size + 1);
        let told = match random.below(8) {
            0 | 1 => {
                version.file.set_len(at).unwrap();
                version.marks.retain(|mark| mark + MARK.len() as u64 <= at);
                format!("truncated to {at}")
            }
            2 => {
                let to = size + random.below(5 * page_size());
                // Do not use the earlier size: the command may have extended the file.
                if fallocate(&version.file, FallocateFlags::empty(), 0, to.max(1)).is_err() {
                    return;
                }
                format!("extended to {to}")
            }
            3 if self.named => {
                self.named = fs::remove_file(&name).is_err();
                "unlinked".to_owned()
            }
            4 => {
                let content = vec![b'n'; usize::try_from(random.below(90_000)).unwrap()];
                let other = directory.join("other");
                let version = Version::new(&other, content);
                fs::rename(&other, &name).unwrap();
                self.versions.push(version);
                self.named = true;
                "replaced".to_owned()
            }
            5 => {
                let length = random.below(4 * page_size()) + 1;
                let how = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
                if fallocate(&version.file, how, at, length).is_err() {
                    return;
                }
                let kept = |mark: &u64| mark + MARK.len() as u64 <= at || *mark >= at + length;
                version.marks.retain(kept);
                format!("punched {length} at {at}")
            }
            6 => {
                let bytes = vec![b'w'; usize::try_from(random.below(9000)).unwrap() + 1];
                let end = at + bytes.len() as u64;
                version.file.write_all_at(&bytes, at).unwrap();
                let kept = |mark: &u64| mark + MARK.len() as u64 <= at || *mark >= end;
                version.marks.retain(kept);
                format!("wrote {} at {at}", bytes.len())
            }
            _ => {
                let path = format!(
                    "/proc/self/fd/{}",
                    std::os::fd::AsRawFd::as_raw_fd(&version.file)
                );
                let mut file = File::options().append(true).open(path).unwrap();
                file.write_all(MARK).unwrap();
                let end = std::io::Seek::stream_position(&mut file).unwrap();
                version.marks.push(end - MARK.len() as u64);
                format!("appended up to {end}")
            }
        };
        self.history.push(told);
        let version = self.versions.last_mut().unwrap();
        let now = version.read();
        version.contents.push(now);
    }

    /// The final state of the files.
    fn end(&mut self, _env: &Env) {
        for version in &mut self.versions {
            let now = version.read();
            version.contents.push(now);
        }
    }

    fn judge(&self, env: &Env, deed: Deed, range: (u64, u64), run: &Run) -> Result<(), String> {
        let json = run.describe().contains("\"--json\"");
        let status = ended_well(
            run,
            Allowed {
                json,
                ..Allowed::default()
            },
        )?;
        let told = |why: String| Err(complaint(run, &why));
        if let Err(why) = self.names(env, deed, status) {
            return told(why);
        }
        if let Err(why) = self.contents(deed, range) {
            return told(why);
        }
        if deed == Deed::Steps
            && let Err(why) = steps(status, run)
        {
            return told(why);
        }
        if let Deed::Shows(form) = deed
            && let Err(why) = self.shown(env, form, status, run)
        {
            return told(why);
        }
        Ok(())
    }

    /// Checks that the name belongs to the file that the other process gave it. Only a command that creates files may
    /// have created it again.
    fn names(&self, env: &Env, deed: Deed, status: i32) -> Result<(), String> {
        for entry in fs::read_dir(env.dir()).unwrap() {
            let name = entry.unwrap().file_name();
            if !["f", "out", "sevens"].iter().any(|known| name == *known) {
                return Err(format!("a stray name: {}", name.display()));
            }
        }
        let is = fs::symlink_metadata(env.path("f")).ok().map(|f| f.ino());
        let should = self.versions.last().unwrap().identity;
        match is {
            Some(is) if self.named && is != should => Err("another file is called f".to_owned()),
            None if self.named => Err("f is missing".to_owned()),
            Some(_) if !self.named && !creates(deed) => Err("f exists again".to_owned()),
            _ if status != 0 && env.path("out").exists() => Err("out was not removed".to_owned()),
            _ => Ok(()),
        }
    }

    /// Checks that the bytes that the other process wrote outside the range exist.
    fn contents(&self, deed: Deed, range: (u64, u64)) -> Result<(), String> {
        let mut touched = 0;
        for (number, version) in self.versions.iter().enumerate() {
            let last = version.contents.last().unwrap();
            let sevens = last.contains(&SEVEN);
            touched += usize::from(sevens);
            if deed != Deed::Fills && sevens {
                return Err(format!("file {number} was filled"));
            }
            let outside = last
                .iter()
                .enumerate()
                .find(|(at, byte)| **byte == SEVEN && !(range.0..range.1).contains(&(*at as u64)));
            if let Some((at, _)) = outside {
                return Err(format!(
                    "file {number}: byte {at} outside the range was filled"
                ));
            }
            for mark in &version.marks {
                let at = usize::try_from(*mark).unwrap();
                let is = last.get(at..at + MARK.len()).unwrap_or_default();
                let filled = |offset: usize| {
                    deed == Deed::Fills && (range.0..range.1).contains(&((at + offset) as u64))
                };
                let right =
                    is.len() == MARK.len()
                        && is.iter().zip(MARK).enumerate().all(|(offset, (is, mark))| {
                            is == mark || (*is == SEVEN && filled(offset))
                        });
                if !right && deed != Deed::Sizes {
                    return Err(format!(
                        "file {number}: the bytes appended at {at} are missing"
                    ));
                }
            }
        }
        if touched > 1 {
            return Err("two files were filled".to_owned());
        }
        Ok(())
    }

    /// Checks that every printed byte was in the file at some time, and after a success that all bytes were printed.
    fn shown(&self, env: &Env, form: Form, status: i32, run: &Run) -> Result<(), String> {
        let bytes = match form {
            Form::Other => return Ok(()),
            Form::Raw => run.out().to_vec(),
            Form::Plain => hex(run.out_text().lines())?,
            Form::Xxd => hex(run.out_text().lines().map(|line| &line[10..49]))?,
            Form::Output if status != 0 => return Ok(()),
            Form::Output => fs::read(env.path("out")).map_err(|e| format!("no out: {e}"))?,
        };
        // It is unknown which of the files was opened: the output must be right for one of them.
        let right = |version: &&Version| {
            let was = |at: usize, byte: u8| {
                byte == 0
                    || version
                        .contents
                        .iter()
                        .any(|content| content.get(at) == Some(&byte))
            };
            let whole = version
                .contents
                .iter()
                .any(|content| content.len() == bytes.len());
            // It may have been longer between two observations, but never longer than its maximum.
            let longest = version.contents.iter().map(Vec::len).max().unwrap_or(0);
            (whole || (status != 0 && bytes.len() <= longest))
                && bytes.iter().enumerate().all(|(at, byte)| was(at, *byte))
        };
        if status == 3 || self.versions.iter().any(|version| right(&version)) {
            return Ok(());
        }
        Err(format!(
            "{} bytes were printed that were never in the file",
            bytes.len()
        ))
    }
}

/// Checks the reported steps: only the last may have failed, with the status of the command; the counts of each state
/// agree with each other; and a mapping that a step changes is measured alike after it and before the next one.
fn steps(status: i32, run: &Run) -> Result<(), String> {
    let Some(line) = run.out_text().lines().next() else {
        return Ok(());
    };
    let report: Value = serde_json::from_str(line).map_err(|why| why.to_string())?;
    let steps = report["steps"].as_array().ok_or("no steps")?;
    for (number, step) in steps.iter().enumerate() {
        let failed = step["failed"].as_str();
        let last = number + 1 == steps.len();
        if failed.is_some() && !(last && status != 0) {
            return Err(format!("step {number} failed, and the sequence went on"));
        }
        for state in ["before", "after"] {
            let count = |key: &str| step[state][key].as_u64().unwrap_or(0);
            let length = count("length");
            if count("rss")
                .max(count("private_dirty"))
                .max(count("locked"))
                > length
            {
                return Err(format!("step {number}: more memory than is mapped"));
            }
        }
        let changed = step["before"] != step["after"];
        if step["changed"] != changed {
            return Err(format!("step {number}: the states disagree with 'changed'"));
        }
        if let Some(next) = steps.get(number + 1)
            && (&step["after"]["length"], &step["after"]["mappings"])
                != (&next["before"]["length"], &next["before"]["mappings"])
        {
            return Err(format!(
                "step {number}: the next one begins in another state"
            ));
        }
        let access = step["after"]["access"].to_string();
        if step["step"] == "protect=none@0+4096" && failed.is_none() && access != "[\"none\"]" {
            return Err(format!("step {number}: the access is {access}"));
        }
    }
    match (steps.last().map(|step| &step["failed"]), status) {
        (Some(Value::Null), 1..) if !run.err_text().contains("nothing is mapped") => {
            Err("the command failed after its last step".to_owned())
        }
        _ => Ok(()),
    }
}

/// Whether a command creates a missing file.
fn creates(deed: Deed) -> bool {
    matches!(deed, Deed::Fills | Deed::Sizes | Deed::Grows)
}

fn without_sevens(mut bytes: Vec<u8>) -> Vec<u8> {
    for byte in &mut bytes {
        if *byte == SEVEN {
            *byte = 8;
        }
    }
    bytes
}

/// Converts pairs of digits to bytes.
fn hex<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for line in lines {
        let digits: Vec<char> = line.chars().filter(|c| !c.is_whitespace()).collect();
        for pair in digits.chunks(2) {
            let pair: String = pair.iter().collect();
            let byte = u8::from_str_radix(&pair, 16).map_err(|_| format!("not digits: {line}"))?;
            bytes.push(byte);
        }
    }
    Ok(bytes)
}
