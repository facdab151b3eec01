//! Does a job for each file of paths, and reports rows, failures and the total.

use std::time::Duration;

use super::failure::Failures;
use super::outcome::Outcome;
use crate::mapping::cache::walk::{Event, Job, Paths, Rows, Tally, Walked, each_file};
use crate::mapping::process::interrupts::Interrupts;
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
            Event::Row(row) if rows.files || console.json() || row.sum.is_notable() => {
                step(Step::Writes);
                console.report(&RowReport::row(&row))?;
            }
            Event::Row(_) => {}
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

/// The total of one file, as a walk would report it.
pub(super) fn total_of<S>(sum: S, duration_ns: u64) -> Walked<S> {
    Walked {
        total: sum,
        skipped: 0,
        duration: Duration::from_nanos(duration_ns),
    }
}
