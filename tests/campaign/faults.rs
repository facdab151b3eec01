//! `faults`: every command under `strace(1)`, which makes one system call fail: each call that the command
//! makes, with each plausible error, at each of its first occurrences.
//!
//! The number of a case consists of scenario, call, error and occurrence as decimal digits (`SSSCCEOO`). It
//! stays the same if the command later makes other calls.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock};

use super::calls::CALLS;
use super::engine::{self, Campaign, Case};
use super::oracle::{Allowed, complaint, ended_well};
use super::outcome::{Baseline, DEADLINE, Outcome};
use super::scenario::{Input, Scenario, World, data, report};
use super::trace::{Count, Trace};
use crate::support::{Env, Open, Run, skip};

/// The number of occurrences of a call that are made to fail.
const OCCURRENCES: u64 = 30;

pub const CAMPAIGN: Campaign = Campaign {
    name: "faults",
    cases: usize::MAX,
    ready,
    numbers,
    run,
};

#[test]
fn a_failing_system_call_is_reported_and_leaves_no_partial_file() {
    engine::short(&CAMPAIGN, SHORT.iter().copied());
}

#[test]
#[ignore = "the long form: ci/campaign.sh faults"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

/// Cases of the short form: those that once failed, and a few of each command.
const SHORT: &[u64] = &[
    201, 3_901_001, 3_902_001, 3_430_102, 2_005, 211_101, 402_305, 601_401, 802_106, 1_002_312,
    1_211_101, 1_426_001, 1_626_201, 1_802_003, 2_037_002, 2_200_002, 2_411_002, 2_602_301,
    2_826_205, 3_005_201, 3_226_001, 3_437_117, 3_602_125, 3_805_301, 4_005_401, 4_237_110,
    4_405_501, 4_626_201, 4_837_201, 5_005_401, 5_205_401, 5_405_501, 5_626_103, 5_811_002,
    6_031_101, 6_200_001, 6_431_105, 6_602_103, 6_805_103, 7_005_002, 7_205_301, 7_400_401,
    7_631_106, 7_805_504, 8_037_104, 8_226_206, 8_426_208, 8_626_110, 426_001, 432_001, 7_305_001,
    9_909_001, 10_509_001, 4_826_003, 8_026_020, 8_526_117, 9_426_219, 10_026_127, 13_826_003,
    13_926_004, 14_026_003, 14_037_002,
];

pub const SCENARIOS: &[Scenario] = &[
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
    report("mirror old -n 2pg -a w"),
    report("mirror old -n 2pg --verify --times 3 -a w"),
    report("mirror new -a w -n 2pg --json"),
    report("mirror --anon -n 2pg --verify"),
    report("mirror --tag {new} -n 2pg --verify"),
    report("mirror old -n 2pg -a r --lock --hold=1ms"),
    report("mirror --fd 3 -a w -n 2pg --verify").descriptor(Open::ReadWrite, "old"),
    report("mirror old -a w -n 90pg"),
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
    data("generate share/man/man1/mmapctl.1"),
    report("generate --into tree").piecewise(),
    // 43: filesize
    data("filesize old"),
    data("filesize old second holes empty").several(),
    report("filesize --long old holes --json").several(),
    data("filesize --fd 3").descriptor(Open::Read, "old"),
    data("filesize --tag {tag}"),
    report("filesize --set 3pg old"),
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
    data("dump old -f canonical"),
    data("dump old -f plain").prefix(),
    data("dump old -n 600 -f c"),
    data("dump old -f values --type u32"),
    data("dump old -f raw").prefix(),
    data("dump old -n 5000 --json"),
    data("dump holes -f xxd").prefix(),
    data("dump holes -f raw").prefix(),
    data("dump --tag {tag} -f xxd").prefix(),
    data("dump --fd 3 -f raw")
        .descriptor(Open::Read, "old")
        .prefix(),
    data("dump --anon -n 3pg -f plain").prefix(),
    data("dump holes"),
    report("dump old -f raw --output new"),
    report("dump old -f raw --output second"),
    report("dump holes -f raw --output new"),
    report("dump holes -f raw --output new --json"),
    report("dump old -f xxd --output new"),
    report("dump old -f xxd --output second"),
    report("dump holes -f canonical --output new --json"),
    report("dump old -f raw --output dangling"),
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
    report("fill old --open truncate --from in"),
    // 100
    report("fill old --open truncate -n 2pg"),
    report("fill holes -o 1pg -n 6pg --byte 1").overwrites("holes", 4096, 28_672),
    report("fill --fd 3 -o 1000 -n 9000")
        .descriptor(Open::ReadWrite, "old")
        .overwrites("old", 1000, 10_000),
    report("fill dangling -n 2pg"),
    report("fill new --open create,excl -n 2pg --no-extend"),
    report("fill old --open truncate --from -").input(Input::Bytes),
    // 106: advise
    report("warm old"),
    report("warm old second holes --json").several(),
    report("evict old"),
    report("evict old second --json").several(),
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
    // 138: filesize
    report("filesize --set -1pg old"),
    report("filesize --set +9pg --reference second old"),
    report("filesize --allocate -o 1pg -n 90pg old"),
    // 141: why
    report("why old"),
    report("why holes --json"),
];

/// The parts of a fault, from the number of a case.
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
        skip("a strace that is permitted to trace");
        return false;
    }
    true
}

/// Every call that a scenario makes, with each error at each of its first occurrences.
fn numbers(seed: u64) -> Box<dyn Iterator<Item = u64>> {
    Box::new((0..SCENARIOS.len()).flat_map(move |scenario| of_scenario(scenario, seed)))
}

fn of_scenario(scenario: usize, seed: u64) -> Vec<u64> {
    let known = known(scenario, seed);
    let mut found = Vec::new();
    for (call, (name, errors)) in CALLS.iter().enumerate() {
        let Some(count) = known.calls.get(*name) else {
            continue;
        };
        // strace suppresses the close: the reader at the other end of a pipe would wait forever.
        if *name == "close" && SCENARIOS[scenario].command {
            continue;
        }
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

/// The result of a scenario without faults, and the calls that it makes.
struct Known {
    baseline: Baseline,
    calls: BTreeMap<String, Count>,
}

type Table = Mutex<HashMap<(usize, u64), Arc<Known>>>;

fn known(scenario: usize, seed: u64) -> Arc<Known> {
    static KNOWN: OnceLock<Table> = OnceLock::new();
    let table = KNOWN.get_or_init(Table::default);
    if let Some(found) = table.lock().unwrap().get(&(scenario, seed)) {
        return Arc::clone(found);
    }
    let made = Arc::new(Known {
        baseline: Baseline::of(&SCENARIOS[scenario], || World::new(seed)),
        calls: calls(&SCENARIOS[scenario], seed),
    });
    table
        .lock()
        .unwrap()
        .insert((scenario, seed), Arc::clone(&made));
    made
}

/// The calls of the program in a plain trace.
fn calls(scenario: &Scenario, seed: u64) -> BTreeMap<String, Count> {
    let world = World::new(seed);
    let trace = Trace::new();
    let strace = trace.strace(&[]);
    let _ = world.command(scenario, &strace).patience(DEADLINE).run();
    trace.counts()
}

/// Whether a traced call uses this descriptor.
fn touches(call: &str, descriptor: u32) -> bool {
    let arguments = call.split_once('(').map_or("", |(_, rest)| rest);
    arguments.starts_with(&format!("{descriptor},"))
}

fn run(case: &Case) -> Result<(), String> {
    let Some(fault) = Fault::of(case.number) else {
        return Err("no such case".to_owned());
    };
    let scenario = &SCENARIOS[fault.scenario];
    let known = known(fault.scenario, case.seed);
    let (name, errors) = CALLS[fault.call];
    let error = errors[fault.error];
    let before = known.calls.get(name).map_or(0, |count| count.before);
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
    let injected = trace.injected();
    let call = injected.as_deref().unwrap_or("");
    if trace.in_other_program(call) || cannot_be(scenario, call, error, &run) {
        return Ok(());
    }
    let outcome = Outcome {
        scenario,
        baseline: &known.baseline,
        start,
        end: world.tree(),
        run: &run,
    };
    judge(&outcome, name, error, call)
        .map_err(|why| format!("{}: {error} at {name}: {call}\n{why}", scenario.line))
}

/// Failures that strace can cause but the kernel cannot.
fn cannot_be(scenario: &Scenario, call: &str, error: &str, run: &Run) -> bool {
    let errors = String::from_utf8_lossy(run.err()).into_owned();
    // A call that does not block is not interrupted.
    let waits_not = error == "EINTR" && call.contains("WNOHANG");
    // A signal handler's message to its own process is always sent, or unread data is already there.
    let wakes = call.contains("sendto(") && !call.contains("\"\", 0");
    // strace suppresses the close: the reader at the other end of a pipe waits forever.
    let stays_open = scenario.command && call.contains(" close(");
    // The standard library panics on failures that are impossible in the kernel.
    let library = [
        "unexpected error during closedir",
        "the CLOEXEC pipe failed",
    ];
    // Opening is not interrupted if it does not block.
    let at_once = ["\"/proc", "\"/sys", "\"/dev/shm/\""]
        .iter()
        .any(|path| call.contains(path));
    let opens_at_once = error == "EINTR" && at_once;
    opens_at_once
        || waits_not
        || wakes
        || stays_open
        || library.iter().any(|text| errors.contains(text))
}

/// An interrupted call, or a call that did not fail, has no effect on the result. Any other failure is reported, and
/// nothing is changed. A file has its new contents even if its flush failed, or if the report could not be written.
fn judge(outcome: &Outcome, name: &str, error: &str, call: &str) -> Result<(), String> {
    let allowed = Allowed {
        no_stderr: touches(call, 2),
        ..outcome.scenario.allowed()
    };
    let status = ended_well(outcome.run, allowed)?;
    if status == outcome.baseline.status {
        return outcome.succeeded();
    }
    if error == "EINTR" || call.is_empty() {
        return Err(complaint(
            outcome.run,
            "an interrupted call was not repeated",
        ));
    }
    let flush = ["msync", "fsync", "fdatasync", "sync_file_range"].contains(&name);
    if (flush || touches(call, 1)) && outcome.has_new_content() {
        return Ok(());
    }
    outcome.failed()
}
