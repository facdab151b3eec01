//! `cached`: shows what of files and directories is in the page cache.

use super::failure::Failures;
use super::outcome::Outcome;
use crate::cli::CachedArgs;
use crate::mapping::cache::cached::cached;
use crate::mapping::cache::walk::Event;
use crate::mapping::process::interrupts::Interrupts;
use crate::report::{CachedReport, CachedTable, Console, cached_spans};

/// Carries out the command.
pub(super) fn run(args: &CachedArgs, console: &mut Console) -> Outcome {
    let mut request = args.request()?;
    request.spans = cached_spans(console, &request.paths, &args.table.columns);
    let mut failures = Failures::default();
    let streams = request.rows.files && request.order.streams();
    let mut table = CachedTable::new(&args.table.columns, args.table.no_header, streams);
    let of_rows = args.expect.filter(|_| !args.table.total);
    let walked = cached(&request, &Interrupts::new(), &mut |event| {
        match event {
            Event::Tick => {}
            Event::Failure(error) => {
                failures.report(console, error.into(), None);
            }
            Event::Row(row) => {
                match console.json() {
                    true => console.write_json(&CachedReport::row(&row))?,
                    false => console.write_text(|out, view| table.row(&row, out, view))?,
                }
                if let Some(Err(error)) = of_rows.map(|expected| row.sum.sum.check(&expected)) {
                    failures.report(console, error.into(), Some(&row.name));
                }
            }
        }
        Ok(())
    })?;
    match console.json() {
        true => console.write_json(&CachedReport::total(&walked))?,
        false => console.write_text(|out, view| table.finish(&walked, out, view))?,
    }
    let of_total = args.expect.filter(|_| args.table.total);
    if let Some(Err(error)) = of_total.map(|expected| walked.total.sum.check(&expected)) {
        failures.report(console, error.into(), None);
    }
    Ok(failures.exit())
}
