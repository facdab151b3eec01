//! `faults`: every command under `strace(1)`, which makes one system call fail: each call that the command
//! makes, with each error that fits it, at each of its first occurrences.
//!
//! A case's number is scenario, call, error and occurrence as decimal digits (`SSSCCEOO`): a number stays
//! that of its case when the command comes to make other calls.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::engine::{self, Campaign, Case};
use super::oracle::{Allowed, complaint, ended_well};
use super::scenario::{Input, Scenario, World, data, report};
use super::tree::{Entry, Tree};
use crate::support::{Env, Open, Run, skip};

/// Occurrences of a call that are made to fail.
const OCCURRENCES: u64 = 30;
/// A command that takes longer hangs.
const DEADLINE: Duration = Duration::from_secs(20);

pub const CAMPAIGN: Campaign = Campaign {
    name: "faults",
    cases: usize::MAX,
    ready,
    numbers,
    run,
};

#[test]
fn no_failing_system_call_ends_a_command_quietly_or_leaves_half_a_file() {
    engine::short(&CAMPAIGN, SHORT.iter().copied());
}

#[test]
#[ignore = "the long form: ci/campaign.sh faults"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

/// Cases of the short form: those that once failed, and a few of each command.
const SHORT: [u64; 3] = [5_900_001, 8_009_001, 8_011_001];

const SCENARIOS: &[Scenario] = &[
    // 0: map
    report("map old"),
    report("map old second holes empty").several(),
    report("map old --json"),
    report("map old -o 1pg -n 2pg -a c --verbose"),
    report("map new -a w -n 3pg"),
    report("map old -a w -n 90pg"),
    report("map --tag {tag}"),
    report("map --tag {new} -a w -n 3pg"),
    report("map --anon -n 4pg -a w --flags populate"),
    report("map --fd 3").descriptor(Open::Read, "old"),
    // 10
    report("map old --lock --probe"),
    report("map old -a w --probe --protect r --advise random"),
    report("map --anon -n 4pg --remap 8pg -a w"),
    report("map old --quiet --expect-resident >=0%"),
    report("map old --hold=1ms"),
    report("map old --hold=1ms --json"),
    report("map old second --hold=1ms").several(),
    report("map old -- true").command(),
    report("map --anon -n 2pg -a w -- true").command(),
    report("map dangling -a w -n 2pg"),
    // 20: mirror
    report("mirror old -n 2pg"),
    report("mirror old -n 2pg --verify --times 3"),
    report("mirror new -n 2pg --json"),
    report("mirror --anon -n 2pg --verify"),
    report("mirror --tag {new} -n 2pg --verify"),
    report("mirror old -n 2pg -a r --lock --hold=1ms"),
    report("mirror --fd 3 -n 2pg --verify").descriptor(Open::ReadWrite, "old"),
    report("mirror old -n 90pg"),
    report("mirror --anon -n 2pg -- true").command(),
    // 29: sync, tags, unlink, pagesize, generate
    report("sync old"),
    report("sync old second --async --json").several(),
    report("sync old -o 1pg -n 1pg --invalidate"),
    report("sync --fd 3").descriptor(Open::Read, "old"),
    report("sync --tag {tag}"),
    report("tags {tag} --users"),
    report("tags {tag} --json"),
    report("unlink {tag}"),
    report("unlink -f {new}"),
    data("pagesize"),
    data("pagesize --all"),
    // 40
    data("pagesize --align 5000 --json"),
    data("generate man/mmapctl.1"),
    report("generate --into tree"),
    // 43: filesize
    data("filesize old"),
    data("filesize old second holes empty").several(),
    data("filesize --long old holes --json").several(),
    data("filesize --fd 3").descriptor(Open::Read, "old"),
    data("filesize --tag {tag}"),
    report("filesize --set 3pg old").destroys(),
    report("filesize --set 90pg old"),
    report("filesize --set 90pg --allocate old"),
    report("filesize --set 3pg --allocate new"),
    report("filesize --set 5000 new --json"),
    report("filesize --set 3pg --tag {new}"),
    report("filesize --set 90pg --allocate --tag {tag}"),
    report("filesize --allocate holes"),
    report("filesize --set 90pg --fd 3").descriptor(Open::ReadWrite, "old"),
    report("filesize --set 2pg dangling"),
    // 58: dump
    data("dump old"),
    data("dump old -f xxd").prefix(),
    data("dump old -f canonical").prefix(),
    data("dump old -f plain").prefix(),
    data("dump old -n 600 -f c"),
    data("dump old -f values --type u32"),
    data("dump old -f raw").prefix(),
    data("dump old -n 5000 --json").prefix(),
    data("dump holes -f xxd").prefix(),
    data("dump holes -f raw").prefix(),
    data("dump --tag {tag} -f xxd").prefix(),
    data("dump --fd 3 -f raw")
        .descriptor(Open::Read, "old")
        .prefix(),
    data("dump --anon -n 3pg -f plain").prefix(),
    data("dump holes"),
    report("dump old --output new"),
    report("dump old --output second"),
    report("dump holes --output new"),
    report("dump holes --output new --json"),
    report("dump old -f xxd --output new"),
    report("dump old -f xxd --output second"),
    report("dump holes -f canonical --output new --json"),
    report("dump old --output dangling"),
    // 80: fill
    report("fill new -n 3pg"),
    report("fill new -n 5000 --byte 0xa5 --json"),
    report("fill old -o 1000 -n 9000 --byte 7").overwrites("old", 1000, 10_000),
    report("fill old -o 1000 -n 9000 --pattern 55aa --verify").overwrites("old", 1000, 10_000),
    report("fill old -o 1000 -n 9000 --text abc --flush sync").overwrites("old", 1000, 10_000),
    report("fill old -o 1000 -n 900000 --counter u32be").overwrites("old", 1000, 999_999_999),
    report("fill old -o 1000 -n 9000 --random=7 --flush async").overwrites("old", 1000, 10_000),
    report("fill old -o 1000 -n 9000 -a c --random=7"),
    report("fill new -n 3pg --random=7 --verify --flush sync"),
    report("fill --tag {new} -n 3pg --counter u16"),
    // 90
    report("fill --tag {tag} -o 1000 -n 9000").overwrites("tag:old", 1000, 10_000),
    report("fill old --from in").overwrites("old", 0, 10_000),
    report("fill new --from in"),
    report("fill old --from -")
        .input(Input::Bytes)
        .overwrites("old", 0, 30_000),
    report("fill new --from -").input(Input::Bytes),
    report("fill new --from - -n 90000").input(Input::Bytes),
    report("fill old --from-hex patch").overwrites("old", 0, 640),
    report("fill new --from-hex -").input(Input::Dump),
    report("fill old --from-hex - --offset 90pg").input(Input::Dump),
    report("fill old --open truncate --from in").destroys(),
    // 100
    report("fill old --open truncate -n 2pg").destroys(),
    report("fill holes -o 1pg -n 6pg --byte 1").overwrites("holes", 4096, 28_672),
    report("fill --fd 3 -o 1000 -n 9000")
        .descriptor(Open::ReadWrite, "old")
        .overwrites("old", 1000, 10_000),
    report("fill dangling -n 2pg"),
    report("fill new --open create,excl -n 2pg --no-extend"),
    report("fill old --open truncate --from -")
        .input(Input::Bytes)
        .destroys(),
    // 106: advise
    report("advise warm old"),
    report("advise warm old second holes --json").several(),
    report("advise evict old"),
    report("advise evict old second --json").several(),
    // 110
    report("advise normal old"),
    report("advise sequential old"),
    report("advise random old --hold=1ms"),
    report("advise willneed old"),
    report("advise dontneed old --touch"),
    report("advise free --anon -n 3pg --touch"),
    report("advise remove old -o 1pg -n 1pg --destructive").overwrites("old", 4096, 8192),
    report("advise dontfork old"),
    report("advise dofork old"),
    report("advise mergeable --anon -n 3pg --touch"),
    // 120
    report("advise unmergeable --anon -n 3pg"),
    report("advise hugepage --anon -n 4M --touch"),
    report("advise nohugepage --anon -n 4M --touch"),
    report("advise dontdump old"),
    report("advise dodump old"),
    report("advise wipeonfork --anon -n 3pg"),
    report("advise keeponfork --anon -n 3pg"),
    report("advise cold old --touch"),
    report("advise pageout old --touch"),
    report("advise populate-read old"),
    // 130
    report("advise populate-write old"),
    report("advise dontneed-locked old --touch"),
    report("advise collapse --anon -n 4M --touch"),
    report("advise guard-install --anon -n 3pg"),
    report("advise guard-remove --anon -n 3pg"),
    report("advise cold --tag {tag}"),
    report("advise random --fd 3").descriptor(Open::Read, "old"),
    report("advise random old -- true").command(),
];

/// Every system call that may be made to fail, in the order of their numbers in cases: new ones go to the
/// end. With the errors that fit.
const CALLS: &[(&str, &[&str])] = &[
    ("open", OPENING),
    ("openat", OPENING),
    ("read", &["EIO", "EINTR", "ENOMEM", "EAGAIN"]),
    ("pread64", &["EIO", "EINTR", "ENOMEM", "EAGAIN"]),
    ("readv", &["EIO", "EINTR", "ENOMEM", "EAGAIN"]),
    ("write", WRITING),
    ("pwrite64", WRITING),
    ("writev", WRITING),
    ("pwritev", WRITING),
    ("fallocate", &["ENOSPC", "EIO", "EINTR", "ENOMEM", "EPERM"]),
    ("ftruncate", &["ENOSPC", "EIO", "EINTR", "ENOMEM", "EPERM"]),
    ("mmap", &["ENOMEM", "EPERM", "EAGAIN"]),
    ("mprotect", &["ENOMEM", "EPERM"]),
    ("mremap", &["ENOMEM", "EAGAIN"]),
    ("munmap", &["ENOMEM"]),
    ("madvise", &["EIO", "ENOMEM", "EPERM", "EAGAIN"]),
    ("mlock", LOCKING),
    ("mlock2", LOCKING),
    ("munlock", LOCKING),
    ("msync", &["EIO", "ENOSPC", "ENOMEM"]),
    ("fsync", FLUSHING),
    ("fdatasync", FLUSHING),
    ("sync_file_range", FLUSHING),
    ("syncfs", FLUSHING),
    ("fstat", LOOKING),
    ("newfstatat", LOOKING),
    ("statx", LOOKING),
    ("stat", LOOKING),
    ("lstat", LOOKING),
    ("fstatfs", &["EIO", "EINTR", "ENOMEM", "EPERM"]),
    ("statfs", &["EIO", "EINTR", "ENOMEM", "EPERM"]),
    ("lseek", &["EIO", "ENOMEM"]),
    ("fcntl", &["EMFILE", "EPERM", "EIO"]),
    ("dup", &["EMFILE", "EPERM"]),
    ("dup2", &["EMFILE", "EINTR"]),
    ("dup3", &["EMFILE", "EINTR"]),
    ("ioctl", &["EIO", "EINTR", "EPERM"]),
    ("close", &["EIO", "EINTR", "ENOSPC"]),
    ("unlink", NAMING),
    ("unlinkat", NAMING),
    ("rename", NAMING),
    ("renameat", NAMING),
    ("renameat2", NAMING),
    ("link", NAMING),
    ("linkat", NAMING),
    ("mkdir", NAMING),
    ("mkdirat", NAMING),
    ("fchmod", NAMING),
    ("fchown", NAMING),
    ("getdents64", LOOKING),
    ("readlink", LOOKING),
    ("readlinkat", LOOKING),
    ("access", LOOKING),
    ("faccessat", LOOKING),
    ("faccessat2", LOOKING),
    ("pipe2", MAKING),
    ("socketpair", MAKING),
    ("memfd_create", MAKING),
    ("eventfd2", MAKING),
    ("epoll_create1", MAKING),
    ("epoll_ctl", &["ENOMEM", "ENOSPC", "EPERM"]),
    ("signalfd4", MAKING),
    ("timerfd_create", MAKING),
    ("pidfd_open", MAKING),
    ("sendto", &["EAGAIN", "EINTR", "ENOMEM"]),
    ("sendmsg", &["EAGAIN", "EINTR", "ENOMEM"]),
    ("recvfrom", &["EAGAIN", "EINTR", "ENOMEM"]),
    ("recvmsg", &["EAGAIN", "EINTR", "ENOMEM"]),
    ("poll", &["EINTR", "ENOMEM", "EAGAIN"]),
    ("ppoll", &["EINTR", "ENOMEM", "EAGAIN"]),
    ("epoll_wait", &["EINTR"]),
    ("futex", &["EINTR", "EAGAIN"]),
    ("clone", &["EAGAIN", "ENOMEM", "EPERM"]),
    ("clone3", &["EAGAIN", "ENOMEM", "EPERM"]),
    ("vfork", &["EAGAIN", "ENOMEM", "EPERM"]),
    ("prlimit64", &["EPERM"]),
    ("getrandom", &["EINTR", "EAGAIN"]),
    ("splice", COPYING),
    ("vmsplice", COPYING),
    ("tee", COPYING),
    ("copy_file_range", COPYING),
    ("sendfile", COPYING),
    ("cachestat", &["EPERM", "EIO", "ENOMEM"]),
    ("mincore", &["ENOMEM", "EAGAIN"]),
    ("fadvise64", &["EIO", "ENOMEM"]),
    ("process_madvise", &["EPERM", "ENOMEM", "EIO"]),
    ("process_vm_readv", &["EPERM", "ENOMEM"]),
    ("wait4", &["EINTR"]),
    ("waitid", &["EINTR"]),
    ("clock_nanosleep", &["EINTR"]),
    ("nanosleep", &["EINTR"]),
    ("flock", &["EINTR", "EAGAIN", "ENOMEM"]),
    ("prctl", &["EPERM"]),
    ("sched_getaffinity", &["EPERM"]),
    ("chdir", LOOKING),
    ("getcwd", LOOKING),
];

const OPENING: &[&str] = &["ENOSPC", "EIO", "EINTR", "ENOMEM", "EPERM", "EMFILE"];
const WRITING: &[&str] = &["ENOSPC", "EIO", "EINTR", "ENOMEM", "EPERM", "EAGAIN"];
const LOCKING: &[&str] = &["ENOMEM", "EPERM", "EAGAIN"];
const FLUSHING: &[&str] = &["EIO", "ENOSPC", "EINTR", "ENOMEM"];
const LOOKING: &[&str] = &["EIO", "ENOMEM", "EPERM"];
const NAMING: &[&str] = &["ENOSPC", "EIO", "ENOMEM", "EPERM"];
const MAKING: &[&str] = &["EMFILE", "ENOMEM", "EPERM"];
const COPYING: &[&str] = &["EIO", "ENOSPC", "EINTR", "ENOMEM", "EAGAIN"];

/// What a fault is about, out of a case's number.
struct Fault {
    scenario: usize,
    call: usize,
    error: usize,
    occurrence: u64,
}

impl Fault {
    fn of(number: u64) -> Option<Fault> {
        let part = |from: u64, size: u64| usize::try_from(number / from % size).unwrap();
        let fault = Fault {
            scenario: usize::try_from(number / 100_000).unwrap(),
            call: part(1000, 100),
            error: part(100, 10),
            occurrence: number % 100,
        };
        let (_, errors) = CALLS.get(fault.call)?;
        (fault.scenario < SCENARIOS.len() && fault.error < errors.len()).then_some(fault)
    }

    fn number(&self) -> u64 {
        let [scenario, call, error] =
            [self.scenario, self.call, self.error].map(|n| u64::try_from(n).unwrap());
        scenario * 100_000 + call * 1000 + error * 100 + self.occurrence
    }
}

fn ready() -> bool {
    assert!(CALLS.len() <= 100);
    let env = Env::new();
    let Some(strace) = env.peer("strace") else {
        return false;
    };
    let works = env.tool(strace, ["-f", "-o", "/dev/null", "true"]).run();
    if !works.ended_with(&[0]) {
        skip("a strace that may trace");
        return false;
    }
    true
}

/// Every call that a scenario makes, once with each error at each of its first occurrences.
fn numbers(seed: u64) -> Box<dyn Iterator<Item = u64>> {
    Box::new((0..SCENARIOS.len()).flat_map(move |scenario| of_scenario(scenario, seed)))
}

fn of_scenario(scenario: usize, seed: u64) -> Vec<u64> {
    let baseline = baseline(scenario, seed);
    let mut found = Vec::new();
    for (call, (name, errors)) in CALLS.iter().enumerate() {
        let Some(count) = baseline.calls.get(*name) else {
            continue;
        };
        for error in 0..errors.len() {
            found.extend((1..=count.inside.min(OCCURRENCES)).map(|occurrence| {
                let fault = Fault {
                    scenario,
                    call,
                    error,
                    occurrence,
                };
                fault.number()
            }));
        }
    }
    found
}

/// How often a call is made before `main` and inside it.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    before: u64,
    inside: u64,
}

/// What a scenario does when nothing fails.
struct Baseline {
    before: Tree,
    after: Tree,
    status: i32,
    out: Vec<u8>,
    calls: BTreeMap<String, Count>,
}

type Known = Mutex<HashMap<(usize, u64), Arc<Baseline>>>;

fn baseline(scenario: usize, seed: u64) -> Arc<Baseline> {
    static KNOWN: OnceLock<Known> = OnceLock::new();
    let known = KNOWN.get_or_init(Known::default);
    if let Some(found) = known.lock().unwrap().get(&(scenario, seed)) {
        return Arc::clone(found);
    }
    let made = Arc::new(Baseline::new(&SCENARIOS[scenario], seed));
    known
        .lock()
        .unwrap()
        .insert((scenario, seed), Arc::clone(&made));
    made
}

impl Baseline {
    fn new(scenario: &Scenario, seed: u64) -> Baseline {
        let world = World::new(seed);
        let before = world.tree();
        let run = world.command(scenario, &[]).patience(DEADLINE).run();
        let status =
            ended_well(&run, allowed(scenario, None)).unwrap_or_else(|why| panic!("{why}"));
        let after = world.tree();
        Baseline {
            before,
            after,
            status,
            out: run.out().to_vec(),
            calls: calls(scenario, seed),
        }
    }
}

/// The calls of the program in a plain trace.
fn calls(scenario: &Scenario, seed: u64) -> BTreeMap<String, Count> {
    let world = World::new(seed);
    let trace = Trace::new();
    let strace = trace.strace(&[]);
    let _ = world.command(scenario, &strace).patience(DEADLINE).run();
    trace.counts()
}

/// The file that strace writes to; outside the directory that is compared.
struct Trace {
    env: Env,
}

impl Trace {
    fn new() -> Trace {
        Trace { env: Env::new() }
    }

    fn strace(&self, options: &[&str]) -> Vec<String> {
        let path = self.env.path("trace");
        let start = ["strace", "-f", "-qq", "-o", path.to_str().unwrap()];
        start
            .iter()
            .chain(options)
            .map(ToString::to_string)
            .collect()
    }

    fn text(&self) -> String {
        let bytes = fs::read(self.env.path("trace")).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// How often each call was made. The C library, the loader and the runtime's own start, whose last act
    /// is to handle SIGBUS, are before `main`. A thread counts by itself, as it does for strace.
    fn counts(&self) -> BTreeMap<String, Count> {
        let mut threads: BTreeMap<String, BTreeMap<String, Count>> = BTreeMap::new();
        let mut main = String::new();
        let mut started = false;
        for line in self.text().lines() {
            let Some((thread, call)) = line.split_once(' ') else {
                continue;
            };
            let call = call.trim_start();
            if main.is_empty() {
                thread.clone_into(&mut main);
            }
            let Some((name, _)) = call.split_once('(') else {
                continue;
            };
            if name.starts_with('<') {
                continue;
            }
            let counts = threads.entry(thread.to_owned()).or_default();
            // Another program from here on.
            if name == "execve" && thread != main {
                counts.clear();
                counts.entry("execve".to_owned()).or_default();
            }
            if thread != main && counts.contains_key("execve") {
                continue;
            }
            let count = counts.entry(name.to_owned()).or_default();
            let early = thread == main && !started;
            *(if early {
                &mut count.before
            } else {
                &mut count.inside
            }) += 1;
            started |= thread == main && call.starts_with("rt_sigaction(SIGBUS, {");
        }
        let mut all = threads.remove(&main).unwrap_or_default();
        for (name, count) in threads.into_values().flatten() {
            // strace counts in each thread from 1: what lies before `main`'s first cannot be hit alone.
            let total = all.entry(name).or_default();
            total.inside = total.inside.max(count.inside.saturating_sub(total.before));
        }
        all.retain(|_, count| count.inside > 0);
        all
    }

    /// The call that was made to fail, as strace wrote it.
    fn injected(&self) -> Option<String> {
        let text = self.text();
        let line = text.lines().find(|line| line.ends_with("(INJECTED)"))?;
        // The beginning of a call that another thread's interrupted stands in a line before.
        let (thread, rest) = line.split_once(' ')?;
        let Some((_, name)) = rest.split_once("<... ") else {
            return Some(line.to_owned());
        };
        let name = name.split(' ').next()?;
        let start = text.lines().take_while(|other| *other != line);
        let begun =
            start.filter(|other| other.starts_with(thread) && other.contains(&format!(" {name}(")));
        Some(format!("{} {line}", begun.last()?))
    }

    /// Whether the call failed in the program that the command runs, and not in ours.
    fn in_other_program(&self, injected: &str) -> bool {
        let thread = injected.split(' ').next().unwrap_or_default();
        let text = self.text();
        let programs = text.lines().filter(|line| line.contains(" execve("));
        programs.skip(1).any(|line| line.starts_with(thread))
    }
}

fn allowed(scenario: &Scenario, injected: Option<&str>) -> Allowed {
    Allowed {
        json: scenario.json(),
        several: scenario.several,
        command: scenario.command,
        no_stderr: injected.is_some_and(|call| touches(call, 2)),
    }
}

/// Whether a traced call is about this descriptor.
fn touches(call: &str, descriptor: u32) -> bool {
    let arguments = call.split_once('(').map_or("", |(_, rest)| rest);
    arguments.starts_with(&format!("{descriptor},"))
}

fn run(case: &Case) -> Result<(), String> {
    let Some(fault) = Fault::of(case.number) else {
        return Err("no such case".to_owned());
    };
    let scenario = &SCENARIOS[fault.scenario];
    let baseline = baseline(fault.scenario, case.seed);
    let (name, errors) = CALLS[fault.call];
    let error = errors[fault.error];
    let before = baseline.calls.get(name).map_or(0, |count| count.before);
    let when = before + fault.occurrence;
    let trace = Trace::new();
    let world = World::new(case.seed);
    let start = world.tree();
    let strace = trace.strace(&[
        "--seccomp-bpf",
        "-e",
        &format!("trace={name},execve"),
        "-e",
        &format!("inject={name}:error={error}:when={when}"),
    ]);
    let run = world.command(scenario, &strace).patience(DEADLINE).run();
    let seen = Seen {
        scenario,
        baseline: &baseline,
        name,
        error,
        injected: trace.injected(),
        start,
        end: world.tree(),
        run: &run,
    };
    if seen
        .injected
        .as_ref()
        .is_some_and(|call| trace.in_other_program(call))
    {
        return Ok(());
    }
    seen.judge().map_err(|why| {
        let call = seen
            .injected
            .as_deref()
            .unwrap_or("nothing was made to fail");
        format!(
            "{}: {error} at {name} {}: {call}\n{why}",
            scenario.line, fault.occurrence
        )
    })
}

/// What there is to judge a case by.
struct Seen<'a> {
    scenario: &'a Scenario,
    baseline: &'a Baseline,
    name: &'a str,
    error: &'a str,
    injected: Option<String>,
    start: Tree,
    end: Tree,
    run: &'a Run,
}

impl Seen<'_> {
    fn judge(&self) -> Result<(), String> {
        let status = ended_well(self.run, allowed(self.scenario, self.injected.as_deref()))?;
        if status == self.baseline.status {
            return self.succeeded();
        }
        if self.must_survive() {
            return Err(complaint(self.run, "an interrupted call was not repeated"));
        }
        self.failed()
    }

    /// Whether the failure is one that is to be tried again.
    fn must_survive(&self) -> bool {
        self.injected.is_none() || self.error == "EINTR"
    }

    /// Everything is as when nothing fails.
    fn succeeded(&self) -> Result<(), String> {
        let lost = self
            .injected
            .as_deref()
            .is_some_and(|call| touches(call, 1));
        if self.scenario.data && self.run.out() != self.baseline.out && !(lost && self.closed()) {
            return Err(complaint(self.run, "stdout is not that of a success"));
        }
        if let Some(difference) = self.end.difference(&self.baseline.after, false) {
            let why = format!("success, but the files are not as promised:\n{difference}");
            return Err(complaint(self.run, &why));
        }
        for (name, entry) in &self.start.0 {
            let Entry::File { identity, .. } = entry else {
                continue;
            };
            let kept = self.end.identity(name) == Some(*identity);
            let should = self.baseline.before.identity(name) == self.baseline.after.identity(name);
            if should && !kept {
                return Err(complaint(self.run, &format!("{name} is another file")));
            }
        }
        Ok(())
    }

    fn closed(&self) -> bool {
        self.name == "close"
    }

    /// Nothing changed, or what is documented.
    fn failed(&self) -> Result<(), String> {
        if self.scenario.prefix && !self.baseline.out.starts_with(self.run.out()) {
            let why = "stdout does not begin as that of a success";
            return Err(complaint(self.run, why));
        }
        let Some(difference) = self.end.difference(&self.start, true) else {
            return Ok(());
        };
        if self.is_complete_but_untold() || self.is_half_written() {
            return Ok(());
        }
        let why = format!("failed, and not everything is as before:\n{difference}");
        Err(complaint(self.run, &why))
    }

    /// What was asked for was done; then the report or the flush failed.
    fn is_complete_but_untold(&self) -> bool {
        let late = ["msync", "fsync", "fdatasync", "sync_file_range"].contains(&self.name);
        let untold = self
            .injected
            .as_deref()
            .is_some_and(|call| touches(call, 1));
        (late || untold) && self.end.difference(&self.baseline.after, false).is_none()
    }

    /// A range that was overwritten in place is partly old and partly new; the size is the old one.
    fn is_half_written(&self) -> bool {
        let Some((name, from, to)) = self.scenario.overwrites else {
            return false;
        };
        let (Some(old), Some(new), Some(is)) = (
            self.start.content(name),
            self.baseline.after.content(name),
            self.end.content(name),
        ) else {
            return false;
        };
        let inside = |at: usize| (from..to).contains(&(at as u64));
        let right = |(at, byte): (usize, &u8)| {
            old.get(at) == Some(byte) || (inside(at) && new.get(at) == Some(byte))
        };
        let mut rest = (self.end.clone(), self.start.clone());
        rest.0.0.remove(name);
        rest.1.0.remove(name);
        is.len() == old.len()
            && is.iter().enumerate().all(right)
            && self.end.identity(name) == self.start.identity(name)
            && rest.0.difference(&rest.1, true).is_none()
    }
}
