//! Every advice on every kind of source, judged by an outside observer: what a report claims, and counts, must be what
//! the kernel's counters show when they are asked without the program.
//!
//! The kernel takes pages back, and writes dirty ones out, whenever it likes: a case fails when it fails each time
//! that it is tried.

#[path = "truth/ground.rs"]
mod ground;
#[path = "truth/observer.rs"]
mod observer;
#[path = "truth/oracle.rs"]
mod oracle;
#[path = "truth/plan.rs"]
mod plan;

use crate::engine::{self, Campaign, Case};
use crate::support::{args, skip};
use ground::Ground;
use plan::Plan;

const CAMPAIGN: Campaign = Campaign {
    name: "truth",
    cases: 20_000,
    ready,
    numbers: engine::endless,
    run,
};

/// How often a case is tried before it has failed.
const TRIES: usize = 4;

#[test]
fn no_report_of_an_advice_is_contradicted_by_an_outside_observer() {
    let _ground = Ground::stand_on();
    engine::short(&CAMPAIGN, (0..EVERY_PAIR).step_by(10));
}

#[test]
#[ignore = "the long form: ci/campaign.sh truth"]
fn campaign() {
    let _ground = Ground::stand_on();
    engine::long(&CAMPAIGN);
}

/// In so many cases each advice is given to each kind of source.
const EVERY_PAIR: u64 = 27 * 13;

fn ready() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("root to mount file systems and to read the flags of pages");
    }
    root && Ground::get().is_some()
}

fn run(case: &Case) -> Result<(), String> {
    let ground = Ground::get().ok_or("there is nothing to stand on")?;
    let plan = Plan::of(case.number, case.random());
    let mut last = Ok(());
    for attempt in 0..TRIES {
        last = oracle::judge(&ground, &plan, &format!("{}-{attempt}", case.number));
        if last.is_ok() {
            break;
        }
    }
    last.map_err(|why| format!("{plan}\n{why}"))
}
