//! Every advice on every kind of source, checked by an independent observer: the claims and counts of a report must
//! agree with the kernel's counters as read without the program.
//!
//! The kernel may reclaim pages or write back dirty ones at any time, so a case fails only if all its attempts fail.

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

/// The number of attempts before a case has failed.
const TRIES: usize = 4;

#[test]
fn reports_of_advice_agree_with_an_independent_observer() {
    let _ground = Ground::stand_on();
    engine::short(&CAMPAIGN, (0..EVERY_PAIR).step_by(10));
}

#[test]
#[ignore = "the long form: ci/campaign.sh truth"]
fn campaign() {
    let _ground = Ground::stand_on();
    engine::long(&CAMPAIGN);
}

/// The number of cases that apply each advice to each kind of source once.
const EVERY_PAIR: u64 = 27 * 13;

fn ready() -> bool {
    let root = rustix::process::geteuid().is_root();
    if !root {
        skip("root to mount file systems and to read the flags of pages");
    }
    root && Ground::get().is_some()
}

fn run(case: &Case) -> Result<(), String> {
    let ground = Ground::get().ok_or("the file systems cannot be set up")?;
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
