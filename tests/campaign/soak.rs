//! `soak`: every command again and again, in a control group whose memory is short because another process reads a large
//! file and the kernel is asked to reclaim; on a file system that fills up and empties; and beside a writer that also
//! truncates its files. Each case has a random part of this.
//!
//! A command succeeds as it does alone, or fails for a reason of its situation and leaves nothing behind. Its output is
//! complete or absent. At the end, no process, mapping, descriptor, tag or temporary name of a case is left.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::engine::{self, Campaign, Case, Random};
use super::faults;
use super::oracle::{complaint, ended_well};
use super::outcome::{Baseline, Outcome};
use super::scenario::{Input, Scenario, World, data, report};
use crate::support::{Env, Held, MemoryGroup, Mount, Run, names, poll_until};

pub const CAMPAIGN: Campaign = Campaign {
    name: "soak",
    // More than any run reaches: the time ends it.
    cases: 1_000_000,
    ready: || true,
    numbers: engine::endless,
    run,
};

#[test]
fn a_busy_system_does_not_change_what_a_command_does_and_nothing_is_left_behind() {
    let _end = End;
    engine::short(&CAMPAIGN, (0..count()).step_by(9));
}

#[test]
#[ignore = "the long form: ci/campaign.sh soak"]
fn campaign() {
    let _end = End;
    engine::long(&CAMPAIGN);
}

/// Ends what is around the cases, however they end.
struct End;

impl Drop for End {
    fn drop(&mut self) {
        let around = AROUND.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(around) = around {
            around.end();
        }
    }
}

/// The commands that `faults` does not run, each with one that makes its input.
const MORE: &[(&str, Scenario)] = &[
    ("", data("diff old second")),
    ("", data("diff old old --json")),
    ("", report("cached . --all")),
    ("", report("cached old holes --json").several()),
    ("", report("snapshot . --output new")),
    ("snapshot . --output list", report("restore list")),
    (
        "snapshot . --output list",
        report("restore list --exact --json"),
    ),
    ("", report("verify old second").several()),
    ("", report("record new -n 64K").input(Input::Bytes)),
    (
        "",
        report("record --tag {new} -n 64K --tee").input(Input::Bytes),
    ),
    ("record ring -n 64K", data("replay ring")),
    ("record ring -n 64K", data("replay ring --lines 3")),
    ("", report("pmap {pid} --top 3")),
    ("", report("warm . --rate 1G --json")),
];

fn count() -> u64 {
    (faults::SCENARIOS.len() + MORE.len()) as u64
}

/// The scenario of a case, and the command that makes its input.
fn scenario(number: u64) -> (&'static str, &'static Scenario) {
    let index = usize::try_from(number % count()).unwrap();
    match index.checked_sub(faults::SCENARIOS.len()) {
        Some(more) => (MORE[more].0, &MORE[more].1),
        None => ("", &faults::SCENARIOS[index]),
    }
}

/// The sizes of the files of the scenarios, and of a file system for them with some free space.
const SIZE: u64 = 20_603;
const INPUT: u64 = 10_000;
const DISK: u64 = 1 << 20;

/// The memory of all commands, and the size of the file that is read beside them.
const MEMORY: u64 = 32 << 20;
const READ: u64 = 48 << 20;

const RECLAIM_EVERY: Duration = Duration::from_millis(200);

/// Longer than any run.
const FOREVER: Duration = Duration::from_secs(1 << 32);

/// A command that takes longer on the busy system hangs.
const PATIENCE: Duration = Duration::from_secs(60);

fn run(case: &Case) -> Result<(), String> {
    let mut random = case.random();
    let (prepare, scenario) = scenario(case.number);
    let (place, prefix) = around(|around| {
        let prefix = around.group.as_ref().map(|group| group.prefix());
        (around.place.dir().to_owned(), prefix.unwrap_or_default())
    });
    let disk = Env::inside(&place);
    let mount = random.once_in(2).then(|| disk.small_tmpfs(DISK)).flatten();
    let parent = mount.as_ref().map_or(disk.dir().to_owned(), Mount::dir);
    let baseline = around(|around| around.baseline(case.number, mount.is_some()));
    let world = World::inside(&parent, SIZE, INPUT).with(prepare);
    let mut busy = Busy {
        writer: random.once_in(2),
        mount: mount.as_ref(),
        random,
    };
    let start = world.tree();
    let cmd = world.command(scenario, &prefix).patience(PATIENCE);
    let run = busy.beside(cmd.spawn(), &world);
    around(|around| around.count(scenario, &run));
    let outcome = Outcome {
        scenario,
        baseline: &baseline,
        start,
        end: world.tree(),
        run: &run,
    };
    judge(&outcome, &busy).map_err(|why| {
        let (writer, full) = (busy.writer, mount.is_some());
        format!(
            "{}: writer: {writer}, full disk: {full}\n{why}",
            scenario.line
        )
    })
}

impl World {
    /// The directory after the command that makes the input of a scenario.
    fn with(self, line: &str) -> World {
        if !line.is_empty() {
            let cmd = self.env.tool(&self.program, line.split(' '));
            let _ = cmd.stdin(b"one\ntwo\nthree\nfour\n".as_slice()).run().ok();
        }
        self
    }
}

fn judge(outcome: &Outcome, busy: &Busy) -> Result<(), String> {
    let run = outcome.run;
    let status = ended_well(run, outcome.scenario.allowed())?;
    let usual = status == outcome.baseline.status;
    let fits = match status {
        // The disk is full.
        6 => busy.mount.is_some(),
        // Too short, a fault behind the end, other contents than were written.
        0 | 5 | 9 | 10 | 12 => busy.writer,
        _ => false,
    };
    if !fits && !usual {
        return Err(complaint(run, "its status does not fit the situation"));
    }
    strays(outcome, status).map_err(|why| complaint(run, &why))?;
    let other_data = outcome.scenario.data && run.out() != outcome.baseline.out;
    match (busy.writer, usual) {
        (true, _) => Ok(()),
        (false, false) => outcome.failed(),
        (false, true) if other_data => Err(complaint(run, "stdout is not that of a success")),
        // Rings and snapshots are different every time.
        (false, true) if is_own(outcome.scenario) => Ok(()),
        (false, true) => outcome.succeeded(),
    }
}

/// Whether `faults` does not run the scenario.
fn is_own(scenario: &Scenario) -> bool {
    MORE.iter().any(|(_, own)| own.line == scenario.line)
}

/// Checks that there are no other names than before, or after a success. What a failed command had created is gone.
fn strays(outcome: &Outcome, status: i32) -> Result<(), String> {
    let (before, after) = (&outcome.start.0, &outcome.baseline.after.0);
    let kept = status == outcome.baseline.status || outcome.scenario.piecewise;
    let mut names = outcome.end.0.keys();
    let belongs = |name: &String| before.contains_key(name) || kept && after.contains_key(name);
    match names.find(|name| !belongs(name)) {
        Some(name) => Err(format!("{name} is left behind")),
        None => Ok(()),
    }
}

/// What happens to the files of a command while it runs.
struct Busy<'a> {
    /// Whether its files are written and truncated.
    writer: bool,
    /// The file system that fills up.
    mount: Option<&'a Mount>,
    random: Random,
}

impl Busy<'_> {
    /// Disturbs a command until it has ended.
    fn beside(&mut self, mut held: Held, world: &World) -> Run {
        while held.is_running() {
            if let Some(mount) = self.mount {
                mount.fill_up(self.random.below(DISK / 2));
            }
            if self.writer {
                self.write(world);
            }
            std::thread::sleep(Duration::from_micros(self.random.below(3000)));
            if let Some(mount) = self.mount {
                fs::remove_file(mount.path("ballast")).unwrap();
            }
        }
        held.wait()
    }

    /// Changes a file. It has no other size for long, so that most commands meet no end.
    fn write(&mut self, world: &World) {
        let name = *self.random.pick(&["old", "second", "holes"]);
        let file = File::options()
            .write(true)
            .open(world.env.path(name))
            .unwrap();
        let size = file.metadata().unwrap().len();
        if self.random.once_in(3) {
            file.set_len(self.random.below(size + 1)).unwrap();
            std::thread::sleep(Duration::from_micros(self.random.below(300)));
            file.set_len(size).unwrap();
        }
        // The disk may be full.
        let _ = file.write_all_at(b"written by another", self.random.below(size.max(1)));
    }
}

/// What is around all commands, and what was counted.
struct Around {
    place: Env,
    group: Option<Arc<MemoryGroup>>,
    /// Another process of the group, which reads a large file.
    reader: Option<Held>,
    reclaimer: Option<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    /// The outcome of each scenario alone, on a disk and on a tmpfs.
    baselines: BTreeMap<(u64, bool), Arc<Baseline>>,
    /// The number of runs of each command with each status.
    counts: BTreeMap<String, BTreeMap<i32, u64>>,
    /// The temporary names in shared memory before the first case.
    temporary: Vec<String>,
}

static AROUND: Mutex<Option<Around>> = Mutex::new(None);

/// What is around the commands, started with the first of them.
fn around<T>(with: impl FnOnce(&mut Around) -> T) -> T {
    let mut around = AROUND.lock().unwrap_or_else(PoisonError::into_inner);
    with(around.get_or_insert_with(Around::start))
}

impl Around {
    fn start() -> Around {
        let place = Env::new();
        let group = place.memory_group(MEMORY).map(Arc::new);
        let stop = Arc::new(AtomicBool::new(false));
        let reader = group.as_ref().map(|group| {
            let prefix = group.prefix();
            let cmd = place.tool(&prefix[0], &prefix[1..]);
            let read = format!(
                "head -c {READ} /dev/zero >large; while cat large >/dev/null; do sleep 0.1; done"
            );
            cmd.args(["sh", "-c", &read]).patience(FOREVER).spawn()
        });
        let reclaimer = group.clone().map(|group| {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    group.reclaim();
                    std::thread::sleep(RECLAIM_EVERY);
                }
            })
        });
        Around {
            place,
            group,
            reader,
            reclaimer,
            stop,
            baselines: BTreeMap::new(),
            counts: BTreeMap::new(),
            temporary: temporary_names(),
        }
    }

    /// The outcome of the scenario of a case without anything around.
    fn baseline(&mut self, number: u64, on_tmpfs: bool) -> Arc<Baseline> {
        let (prepare, scenario) = scenario(number);
        let parent = match on_tmpfs {
            true => Path::new("/dev/shm"),
            false => self.place.dir(),
        };
        let baseline = self.baselines.entry((number % count(), on_tmpfs));
        let made = baseline.or_insert_with(|| {
            Arc::new(Baseline::of(scenario, || {
                World::inside(parent, SIZE, INPUT).with(prepare)
            }))
        });
        Arc::clone(made)
    }

    fn count(&mut self, scenario: &Scenario, run: &Run) {
        let command = scenario.line.split(' ').next().unwrap_or_default();
        let counts = self.counts.entry(command.to_owned()).or_default();
        *counts.entry(run.status().code().unwrap_or(-1)).or_default() += 1;
    }

    /// Ends what was around the commands, and checks that nothing of them is left.
    fn end(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.reader.take());
        if let Some(reclaimer) = self.reclaimer.take() {
            reclaimer.join().unwrap();
        }
        for (command, counts) in &self.counts {
            let counts: Vec<String> = counts
                .iter()
                .map(|(status, runs)| format!("{status}: {runs}"))
                .collect();
            println!("{command}: runs with each status: {}", counts.join(", "));
        }
        fs::remove_file(self.place.path("large")).ok();
        let left = [names(self.place.dir()), users(self.place.dir())].concat();
        for what in &left {
            println!("left behind: {what}");
        }
        if !std::thread::panicking() {
            assert!(left.is_empty(), "something is left behind");
            // Other tests may be using some.
            poll_until("no temporary name in shared memory", || {
                let mut all = temporary_names().into_iter();
                all.all(|name| self.temporary.contains(&name))
            });
        }
    }
}

/// The temporary names in shared memory.
fn temporary_names() -> Vec<String> {
    let all = names(Path::new("/dev/shm")).into_iter();
    all.filter(|name| name.starts_with(".mmapctl-")).collect()
}

/// What processes have of a directory: their working directory, descriptors and mappings.
fn users(directory: &Path) -> Vec<String> {
    let directory = directory.to_str().unwrap();
    let mut found = Vec::new();
    for process in fs::read_dir("/proc").unwrap().flatten() {
        let path = process.path();
        let descriptors = fs::read_dir(path.join("fd"))
            .into_iter()
            .flatten()
            .flatten();
        let links = descriptors
            .map(|entry| entry.path())
            .chain([path.join("cwd")]);
        let targets = links
            .flat_map(fs::read_link)
            .map(|target| target.display().to_string());
        let maps = fs::read_to_string(path.join("maps")).unwrap_or_default();
        let all = targets.chain(maps.lines().map(str::to_owned));
        found.extend(
            all.filter(|text| text.contains(directory))
                .map(|text| format!("{}: {text}", path.display())),
        );
    }
    found
}
