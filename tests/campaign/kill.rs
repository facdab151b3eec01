//! `kill`: commands that create or change files, ended by a signal at a random moment.
//!
//! After SIGKILL there is the old file, the new file, or no file if there was none before. A range that is
//! overwritten in place may be partly old and partly new. A temporary file may remain that equals the old or the
//! new file. After other signals the same holds, except for the temporary file, and the exit status names the
//! signal, or is 0 if the command was done.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::engine::{self, Campaign, Case};
use super::oracle::{Allowed, complaint, ended_well};
use super::outcome::{Baseline, DEADLINE, Outcome};
use super::scenario::{Input, Scenario, World, report};
use crate::support::{Open, Run, Signal, skip};

pub const CAMPAIGN: Campaign = Campaign {
    name: "kill",
    cases: 5000,
    ready,
    numbers: engine::endless,
    run,
};

#[test]
fn a_signal_leaves_the_old_or_the_new_file() {
    engine::short(&CAMPAIGN, SHORT.iter().copied());
}

#[test]
#[ignore = "the long form: ci/campaign.sh kill"]
fn campaign() {
    engine::long(&CAMPAIGN);
}

/// Cases of the short form.
const SHORT: &[u64] = &[
    0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 24, 26, 27, 28, 42, 43, 44, 51, 52, 60, 62, 63, 64,
];

/// The sizes of the files and of the inputs, in bytes.
const SIZE: u64 = 300_123;
const INPUT: u64 = 130_000;

const SCENARIOS: &[Scenario] = &[
    report("fill new -n 400K --random=7"),
    report("fill new -n 400K --byte 7 --verify --flush sync"),
    report("fill new --from in"),
    report("fill new --from -").input(Input::Bytes),
    report("fill new --from - -n 1M").input(Input::Bytes),
    report("fill new --from-hex -").input(Input::Dump),
    report("fill old -o 1000 -n 200000 --random=7").overwrites("old", 1000, 201_000),
    report("fill old -o 200000 -n 400000 --random=7").overwrites("old", 200_000, 600_000),
    report("fill old --from -")
        .input(Input::Bytes)
        .overwrites("old", 0, 390_000),
    report("fill old --open truncate --from in"),
    report("fill old --open truncate --from -").input(Input::Bytes),
    report("fill old --open truncate -n 400K --random=7"),
    report("fill old --open truncate -n 90000 --counter u32"),
    report("fill dangling -n 400K --random=7"),
    report("fill --tag {new} -n 400K --random=7"),
    report("fill --tag {tag} -o 1000 -n 200000 --random=7").overwrites("tag:old", 1000, 201_000),
    report("fill --fd 3 -o 1000 -n 200000 --random=7")
        .descriptor(Open::ReadWrite, "old")
        .overwrites("old", 1000, 201_000),
    report("map new -a w -n 3M"),
    report("map old -a w -n 3M"),
    report("map new -a w -n 3M --flags populate --lock"),
    report("map --tag {new} -a w -n 3M"),
    report("mirror new -a w -n 400K --verify --times 4"),
    report("mirror old -a w -n 256K --verify --times 9"),
    report("mirror --tag {new} -n 400K --verify"),
    report("filesize --set 3M new"),
    report("filesize --set 3M --allocate new"),
    report("filesize --set 3M --allocate old"),
    report("filesize --set 3M old"),
    report("filesize --set 9000 old"),
    report("filesize --set 3M --allocate --tag {new}"),
    report("dump old -f raw --output new"),
    report("dump old -f raw --output second"),
    report("dump holes -f raw --output new"),
    report("dump old -f xxd --output new"),
    report("dump old -f xxd --output second"),
    report("dump old -f raw --output dangling"),
];

const SIGNALS: [Signal; 4] = [Signal::KILL, Signal::TERM, Signal::INT, Signal::HUP];

fn ready() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let ignored = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap();
    // Child processes inherit ignored signals.
    let heeded = SIGNALS.iter().all(|s| ignored >> (s.as_raw() - 1) & 1 == 0);
    if !heeded {
        skip("a parent process that does not ignore signals");
    }
    heeded
}

fn world() -> World {
    World::with_sizes(SIZE, INPUT)
}

fn baseline(index: usize) -> Arc<Baseline> {
    static KNOWN: OnceLock<Vec<Mutex<Option<Arc<Baseline>>>>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| SCENARIOS.iter().map(|_| Mutex::default()).collect());
    let mut known = known[index].lock().unwrap();
    let made = known.get_or_insert_with(|| Arc::new(Baseline::of(&SCENARIOS[index], world)));
    Arc::clone(made)
}

fn run(case: &Case) -> Result<(), String> {
    let mut random = case.random();
    let index = usize::try_from(case.number).unwrap() % SCENARIOS.len();
    let scenario = &SCENARIOS[index];
    let baseline = baseline(index);
    let signal = *random.pick(&SIGNALS);
    // A little longer than the run time, to cover every moment including the end.
    let longest = u64::try_from(baseline.elapsed.as_micros()).unwrap() * 5 / 4;
    let delay = Duration::from_micros(random.below(longest));
    let world = world();
    let start = world.tree();
    let held = world.command(scenario, &[]).patience(DEADLINE).spawn();
    std::thread::sleep(delay);
    held.signal(signal);
    let run = held.wait();
    let mut end = world.tree();
    if signal == Signal::KILL {
        end.take_leftovers(&[&start, &baseline.after])?;
    }
    let outcome = Outcome {
        scenario,
        baseline: &baseline,
        start,
        end,
        run: &run,
    };
    judge(&outcome, signal)
        .map_err(|why| format!("{}: {signal:?} after {delay:?}\n{why}", scenario.line))
}

fn judge(outcome: &Outcome, signal: Signal) -> Result<(), String> {
    // Only after SIGKILL, the size cannot be restored.
    let grown = signal == Signal::KILL;
    if outcome.is_unchanged() || outcome.has_new_content() || outcome.is_half_written(grown) {
        return ending(outcome, signal);
    }
    let end = &outcome.end;
    let old = end.difference(&outcome.start, true).unwrap_or_default();
    let new = end
        .difference(&outcome.baseline.after, false)
        .unwrap_or_default();
    let why = format!("neither unchanged:\n{old}nor as expected:\n{new}");
    Err(complaint(outcome.run, &why))
}

/// Expects the status of the signal, or success if all was done. Before a handler is installed, the signal itself ends
/// the command.
fn ending(outcome: &Outcome, signal: Signal) -> Result<(), String> {
    use std::os::unix::process::ExitStatusExt;
    let run: &Run = outcome.run;
    let number = signal.as_raw();
    if run.status().signal() == Some(number) {
        return Ok(());
    }
    let status = ended_well(run, Allowed::default())?;
    if status == 0 && outcome.has_new_content() {
        return Ok(());
    }
    if signal != Signal::KILL && status == 128 + number {
        return Ok(());
    }
    Err(complaint(run, "the status does not match the signal"))
}
