//! Runs the numbered cases of a campaign: a few of them as a test, or all of them with progress, resumption
//! and a summary. It does not depend on the content of the cases.

use std::any::Any;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::support::{MMAPCTL, shared_memory};

/// The maximum duration of one run in minutes. The next run continues where this one stopped.
const LONGEST: u64 = 60;
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// A generator of numbered cases.
pub struct Campaign {
    /// Its name on the command line of `ci/campaign.sh`.
    pub name: &'static str,
    /// The default number of cases of a long run.
    pub cases: usize,
    /// Whether it can run here; if not, reports a skip with the reason.
    pub ready: fn() -> bool,
    /// The numbers of its cases, in ascending order, possibly with gaps.
    pub numbers: fn(seed: u64) -> Box<dyn Iterator<Item = u64>>,
    /// Runs one case. A failure is returned as text, or is a panic.
    pub run: fn(&Case) -> Result<(), String>,
}

/// One case, determined by its number and the seed.
pub struct Case {
    pub campaign: &'static str,
    pub number: u64,
    pub seed: u64,
}

impl Case {
    /// Random numbers that are the same in every run of this case.
    pub fn random(&self) -> Random {
        let mut random = Random(self.seed);
        let seed = random.next();
        Random(seed ^ self.number.wrapping_mul(0xD134_2543_DE82_EF95))
    }
}

/// SplitMix64: small and reproducible on all platforms.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// True with probability 1 / `times`.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// A random element.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len() as u64);
        &from[usize::try_from(index).unwrap()]
    }
}

/// Unlimited numbers, for a campaign whose cases are all random.
pub fn endless(_seed: u64) -> Box<dyn Iterator<Item = u64>> {
    Box::new(0..)
}

/// The program under test. A long run uses its own copy, so a build meanwhile has no effect.
pub fn program() -> &'static Path {
    PROGRAM.get().map_or(Path::new(MMAPCTL), PathBuf::as_path)
}

static PROGRAM: OnceLock<PathBuf> = OnceLock::new();

/// The short form: runs these cases in the test suite, and stops at the first failure.
#[track_caller]
pub fn short(campaign: &Campaign, numbers: impl IntoIterator<Item = u64>) {
    if shared_memory().is_none() || !(campaign.ready)() {
        return;
    }
    for number in numbers {
        let case = Case {
            campaign: campaign.name,
            number,
            seed: 0,
        };
        if let Err(why) = (campaign.run)(&case) {
            panic!("{} case {number}: {why}", campaign.name);
        }
    }
}

/// `count` numbers, evenly spread over those of a campaign.
pub fn spread(campaign: &Campaign, count: usize) -> Vec<u64> {
    let all: Vec<u64> = (campaign.numbers)(0).take(campaign.cases).collect();
    let step = (all.len() / count).max(1);
    all.into_iter().step_by(step).take(count).collect()
}

/// The long form, as requested by `ci/campaign.sh` in the environment.
pub fn long(campaign: &Campaign) {
    if shared_memory().is_none() || !(campaign.ready)() {
        return;
    }
    let seed = setting("SEED").unwrap_or(0);
    let state = State::open(campaign.name, seed);
    PROGRAM.get_or_init(|| state.copy_program());
    quiet_panics();
    let failed = match setting("CASE") {
        Some(number) => again(campaign, number, seed),
        None => all(campaign, seed, state),
    };
    assert!(!failed, "cases failed");
}

/// One case, with its result printed even if it passes.
fn again(campaign: &Campaign, number: u64, seed: u64) -> bool {
    let verdict = judge(campaign, number, seed);
    match &verdict {
        Ok(()) => println!("{} case {number}: passed", campaign.name),
        Err(why) => println!("{} case {number}: FAILED: {why}", campaign.name),
    }
    summary(
        campaign.name,
        usize::from(verdict.is_ok()),
        usize::from(verdict.is_err()),
    );
    verdict.is_err()
}

fn all(campaign: &Campaign, seed: u64, state: State) -> bool {
    let from = setting("FROM").unwrap_or(0);
    let cases = setting("CASES").unwrap_or(campaign.cases);
    let numbers: Vec<u64> = (campaign.numbers)(seed)
        .skip_while(|number| *number < from)
        .take(cases)
        .collect();
    let wanted: BTreeSet<u64> = numbers.iter().copied().collect();
    let run = Mutex::new(LongRun::new(campaign, state, &wanted));
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let jobs = setting("JOBS").unwrap_or(processors);
    let queue = Mutex::new(numbers.into_iter());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().next();
                    let Some(number) = next else { break };
                    if !run.lock().unwrap().wants(number) {
                        continue;
                    }
                    let verdict = judge(campaign, number, seed);
                    run.lock().unwrap().record(number, verdict);
                }
            });
        }
    });
    run.into_inner().unwrap().finish()
}

/// The progress of a long run.
struct LongRun<'a> {
    campaign: &'a Campaign,
    state: State,
    wanted: &'a BTreeSet<u64>,
    started: Instant,
    longest: Duration,
    told: Instant,
}

impl<'a> LongRun<'a> {
    fn new(campaign: &'a Campaign, state: State, wanted: &'a BTreeSet<u64>) -> LongRun<'a> {
        let run = LongRun {
            campaign,
            state,
            wanted,
            started: Instant::now(),
            longest: Duration::from_secs(60 * setting("MINUTES").unwrap_or(LONGEST)),
            told: Instant::now(),
        };
        println!();
        run.tell();
        run
    }

    fn wants(&self, number: u64) -> bool {
        !self.state.done.contains_key(&number) && self.started.elapsed() < self.longest
    }

    fn record(&mut self, number: u64, verdict: Result<(), String>) {
        if let Err(why) = &verdict {
            println!("{} case {number}: FAILED: {why}", self.campaign.name);
        }
        self.state.record(number, &verdict);
        if self.told.elapsed() >= PROGRESS_EVERY {
            self.told = Instant::now();
            self.tell();
        }
    }

    fn counts(&self) -> (usize, usize) {
        let done = |passed: bool| {
            let of = |number: &u64| self.state.done.get(number) == Some(&passed);
            self.wanted.iter().filter(|number| of(number)).count()
        };
        (done(true), done(false))
    }

    fn tell(&self) {
        let (passed, failed) = self.counts();
        println!(
            "{}: {} of {} cases, {failed} failed, {} s",
            self.campaign.name,
            passed + failed,
            self.wanted.len(),
            self.started.elapsed().as_secs(),
        );
    }

    /// Whether any failed.
    fn finish(self) -> bool {
        let (passed, failed) = self.counts();
        self.tell();
        if passed + failed < self.wanted.len() {
            println!("stopped at the time limit; the same command continues from here");
        } else {
            self.state.close();
        }
        let failures = self
            .wanted
            .iter()
            .filter(|n| self.state.done.get(n) == Some(&false));
        let failures: Vec<String> = failures.map(u64::to_string).collect();
        if !failures.is_empty() {
            println!("failed cases: {}", failures.join(" "));
        }
        summary(self.campaign.name, passed, failed);
        failed > 0
    }
}

/// The last line of a run, which the script prints after the output of the test harness.
fn summary(name: &str, passed: usize, failed: usize) {
    let text = format!("{passed} passed, {failed} failed\n");
    fs::write(directory(name).join("summary"), text).unwrap();
}

fn directory(name: &str) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    target.join("campaign").join(name)
}

/// The results of a campaign, kept in a file to continue an interrupted run.
struct State {
    directory: PathBuf,
    log: File,
    done: BTreeMap<u64, bool>,
}

impl State {
    /// The results of an unfinished run with this seed, or an empty log.
    fn open(name: &str, seed: u64) -> State {
        let directory = directory(name);
        fs::create_dir_all(&directory).unwrap();
        let path = directory.join("state");
        let old = fs::read_to_string(&path).unwrap_or_default();
        let heading = format!("seed {seed}");
        let done = if old.lines().next() == Some(&heading) && setting::<u64>("CASE").is_none() {
            old.lines().skip(1).filter_map(parse_line).collect()
        } else {
            BTreeMap::new()
        };
        if done.is_empty() && setting::<u64>("CASE").is_none() {
            fs::remove_dir_all(directory.join("failures")).ok();
            fs::write(&path, format!("{heading}\n")).unwrap();
        }
        fs::create_dir_all(directory.join("failures")).unwrap();
        let log = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .unwrap();
        State {
            directory,
            log,
            done,
        }
    }

    fn copy_program(&self) -> PathBuf {
        let copy = self.directory.join("mmapctl");
        fs::remove_file(&copy).ok();
        let program = setting("PROGRAM").unwrap_or_else(|| PathBuf::from(MMAPCTL));
        fs::copy(program, &copy).unwrap();
        copy
    }

    fn record(&mut self, number: u64, verdict: &Result<(), String>) {
        let word = if verdict.is_ok() { "passed" } else { "failed" };
        writeln!(self.log, "{number} {word}").unwrap();
        if let Err(why) = verdict {
            let report = self.directory.join("failures").join(number.to_string());
            fs::write(report, why).unwrap();
        }
        self.done.insert(number, verdict.is_ok());
    }

    /// Marks the run as complete, so the next one starts from the beginning. The failures are kept.
    fn close(&self) {
        let path = self.directory.join("state");
        fs::rename(path, self.directory.join("last")).unwrap();
    }
}

fn parse_line(line: &str) -> Option<(u64, bool)> {
    let (number, word) = line.split_once(' ')?;
    Some((number.parse().ok()?, word == "passed"))
}

/// A setting of `ci/campaign.sh`.
fn setting<T: FromStr>(name: &str) -> Option<T> {
    let value = std::env::var(format!("MMAPCTL_CAMPAIGN_{name}")).ok()?;
    let parsed = value.parse().ok();
    assert!(parsed.is_some(), "a bad value: {value}");
    parsed
}

thread_local! {
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Records the position of panics of cases, which are reported only once, as failures.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        PLACE.set(place);
    }));
}

/// Runs a case. A panic is a failure, with the panic message as the report.
fn judge(campaign: &Campaign, number: u64, seed: u64) -> Result<(), String> {
    let case = Case {
        campaign: campaign.name,
        number,
        seed,
    };
    let verdict = catch_unwind(AssertUnwindSafe(|| (campaign.run)(&case)));
    verdict.unwrap_or_else(|panic| Err(format!("{} ({})", text(&*panic), PLACE.take())))
}

fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    text.unwrap_or_else(|| "panicked".to_owned())
}
