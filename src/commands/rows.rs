//! Does a job for each file of paths, and reports rows, failures and the total.

use super::failure::Failures;
use super::outcome::Outcome;
use crate::mapping::cache::walk::{Done, Event, Found, Paths, Rows, Tally, Walked, each_file};
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
    J: Fn(Found) -> Done<S> + Sync,
    for<'a> RowReport<'a, S>: Reportable,
{
    let (walked, failures) = report_rows(console, paths, interrupts, job, tick)?;
    finish(console, interrupts, &walked, &failures)
}

/// Does the job for each file of the paths, and reports rows and failures, but not the total.
pub(super) fn report_rows<S, J>(
    console: &mut Console,
    paths: &Paths,
    interrupts: &Interrupts,
    job: &J,
    tick: &mut dyn FnMut(),
) -> anyhow::Result<(Walked<S>, Failures)>
where
    S: Tally,
    J: Fn(Found) -> Done<S> + Sync,
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
pub(super) fn total_of<S>(sum: S) -> Walked<S> {
    Walked {
        total: sum,
        skipped: 0,
    }
}
