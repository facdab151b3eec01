//! Does a job for each file of paths, and reports rows, failures and the total.

use std::time::Duration;

use super::failure::{Failures, fail, for_each_source};
use super::outcome::{Exit, Outcome};
use crate::mapping::cache::walk::{Event, Job, Paths, Rows, Tally, Walked, each_file};
use crate::mapping::error::Error;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::SourceSpec;
use crate::report::{Console, Reportable, RowReport};

/// What a walk does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It waits for results: the time to show progress.
    Waits,
    /// It writes a row or a failure, possibly to the terminal that shows progress.
    Writes,
}

/// Does the job for each file of the paths, and reports rows and failures, but not the total. Rows are reported in JSON,
/// and with --verbose one for each file. `step` is called from time to time, and before something is written.
///
/// # Errors
/// A failure of standard output; those of [`each_file`].
pub(super) fn report_rows<S, J>(
    console: &mut Console,
    paths: &Paths,
    interrupts: &Interrupts,
    job: &J,
    step: &mut dyn FnMut(Step),
) -> anyhow::Result<(Walked<S>, Failures)>
where
    S: Tally,
    J: Job<S>,
    for<'a> RowReport<'a, S>: Reportable,
{
    let rows = Rows {
        files: console.is_verbose(),
        depth: console.json().then_some(0),
    };
    let mut failures = Failures::default();
    let walked = each_file(paths, rows, interrupts, job, &mut |event| {
        match event {
            Event::Tick => step(Step::Waits),
            Event::Failure(error) => {
                step(Step::Writes);
                failures.report(console, error.into(), None);
            }
            Event::Row(row) => {
                step(Step::Writes);
                console.report(&RowReport::row(&row))?;
            }
        }
        Ok(())
    })?;
    Ok((walked, failures))
}

/// Reports the total.
///
/// # Errors
/// A failure of standard output; a request to stop.
pub(super) fn finish<S>(
    console: &mut Console,
    interrupts: &Interrupts,
    walked: &Walked<S>,
    failures: &Failures,
) -> Outcome
where
    for<'a> RowReport<'a, S>: Reportable,
{
    console.report(&RowReport::total(walked))?;
    interrupts.check("finish")?;
    Ok(failures.exit())
}

/// Does the work on the only file, which reports in detail and returns what the total is made of: the sum, and the time
/// in nanoseconds. JSON ends with the total, also after a failure.
pub(super) fn report_only<S: Tally>(
    console: &mut Console,
    only: &SourceSpec,
    mut work: impl FnMut(&mut Console, &SourceSpec, &mut dyn FnMut(S, u64)) -> anyhow::Result<()>,
) -> Outcome
where
    for<'a> RowReport<'a, S>: Reportable,
{
    let mut walked = Walked::default();
    let exit = for_each_source(console, std::slice::from_ref(only), |console, spec| {
        work(console, spec, &mut |sum, duration_ns| {
            walked.total = sum;
            walked.duration = Duration::from_nanos(duration_ns);
        })
    })?;
    report_json_total(console, &walked)?;
    Ok(exit)
}

/// Reports a failure that came before any work. JSON ends with the total.
pub(super) fn refuse<S: Tally>(console: &mut Console, error: Error) -> Outcome
where
    for<'a> RowReport<'a, S>: Reportable,
{
    let kind = fail(console, error.into(), None);
    report_json_total(console, &Walked::<S>::default())?;
    Ok(Exit::from(kind))
}

fn report_json_total<S>(console: &mut Console, walked: &Walked<S>) -> anyhow::Result<()>
where
    for<'a> RowReport<'a, S>: Reportable,
{
    if console.json() {
        console.report(&RowReport::total(walked))?;
    }
    Ok(())
}
