//! Does a job for each file of paths, and reports rows, failures and the total.

use std::time::Duration;

use super::failure::Failures;
use super::outcome::Outcome;
use crate::mapping::cache::walk::{Event, Job, Paths, Rows, Tally, Walked, each_file};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{Console, Reportable, RowReport};

/// Does the job for each file of the paths. Rows are reported in JSON, and with --verbose one for each file; the last
/// report is that of the total. `tick` is called from time to time.
///
/// # Errors
/// A failure of standard output; those of [`each_file`]; a request to stop, after the total of what was done.
pub(super) fn for_each_file<S, J>(
    console: &mut Console,
    paths: &Paths,
    interrupts: &Interrupts,
    job: &J,
    tick: &mut dyn FnMut(),
) -> Outcome
where
    S: Tally,
    J: Job<S>,
    for<'a> RowReport<'a, S>: Reportable,
{
    let done = each_row(console, paths, interrupts, job, tick)?;
    report_total(console, &done, Vec::new(), interrupts)
}

/// The result of a job, and the failures that were reported.
pub(super) struct Worked<S> {
    walked: Walked<S>,
    failures: Failures,
}

/// The same without the total.
pub(super) fn each_row<S, J>(
    console: &mut Console,
    paths: &Paths,
    interrupts: &Interrupts,
    job: &J,
    tick: &mut dyn FnMut(),
) -> Result<Worked<S>>
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
            Event::Tick => tick(),
            Event::Failure(error) => {
                failures.report(console, error.into(), None);
            }
            Event::Row(row) if rows.files || console.json() => {
                console.report(&RowReport::row(&row))?;
            }
            Event::Row(_) => {}
        }
        Ok(())
    })?;
    Ok(Worked { walked, failures })
}

/// Reports the last failures and the total.
pub(super) fn report_total<S>(
    console: &mut Console,
    worked: &Worked<S>,
    last: Vec<Error>,
    interrupts: &Interrupts,
) -> Outcome
where
    for<'a> RowReport<'a, S>: Reportable,
{
    let mut failures = worked.failures;
    for error in last {
        failures.report(console, error.into(), None);
    }
    console.report(&RowReport::total(&worked.walked))?;
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
