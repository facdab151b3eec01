//! `restore`: loads the ranges of a snapshot into the page cache.

use std::time::Instant;

use super::failure::Failures;
use super::outcome::Outcome;
use crate::cli::RestoreArgs;
use crate::mapping::cache::restore::{RestoreEvent, Restorer};
use crate::mapping::cache::snapshot::Snapshot;
use crate::mapping::error::Result;
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{
    Console, Name, Progress, SkippedReport, TotalReport, incomplete_failure, kept_text, skip_text,
};

/// Carries out the command.
pub(super) fn run(args: &RestoreArgs, console: &mut Console) -> Outcome {
    let started = Instant::now();
    let interrupts = Interrupts::new();
    let spec = args.snapshot();
    let snapshot = Snapshot::open(&spec)?;
    interrupts.watch()?;
    let request = args.request();
    let restorer = Restorer::new(&snapshot, &request, &interrupts)?;
    let mut failures = Failures::default();
    let plan = restorer.plan(&snapshot, &mut |event| {
        report(event, &mut failures, console)
    })?;
    let (missing, files) = plan.missing();
    let what = format!("restore {}", Name(&spec.name()));
    let mut progress = Progress::new(console, what, missing);
    let total = restorer.run(plan, &mut |event| {
        let (loaded, done) = restorer.progress();
        match event {
            RestoreEvent::Tick => progress.at_files(loaded, [done, files]),
            _ => progress.erase(),
        }
        report(event, &mut failures, console)
    })?;
    drop(progress);
    if let Some(error) = incomplete_failure(&total).filter(|_| args.strict) {
        failures.report(console, error.into(), Some(&spec.name()));
    }
    console.report(&TotalReport::new(&total, started.elapsed()))?;
    interrupts.check("finish")?;
    Ok(failures.exit())
}

fn report(event: RestoreEvent, failures: &mut Failures, console: &mut Console) -> Result<()> {
    match event {
        RestoreEvent::Tick => Ok(()),
        RestoreEvent::Failure(error) => {
            failures.report(console, error.into(), None);
            Ok(())
        }
        RestoreEvent::Skipped(name, why) if console.json() => {
            console.report(&SkippedReport::new(&name, why))
        }
        RestoreEvent::Skipped(name, why) => {
            console.note(Some(&name), format_args!("{}", skip_text(why)));
            Ok(())
        }
        RestoreEvent::Kept(name, bytes) => {
            let text = kept_text(console.view(), bytes);
            console.note(Some(&name), format_args!("{text}"));
            Ok(())
        }
    }
}
