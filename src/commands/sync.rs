//! `sync`: flushes dirty pages, and reports how many are left.

use super::details::describe;
use super::failure::for_each_source;
use super::outcome::Outcome;
use crate::cli::SyncArgs;
use crate::mapping::cache::sync;
use crate::report::{Console, Report};

/// Carries out the command.
pub(super) fn run(args: &SyncArgs, console: &mut Console) -> Outcome {
    let request = args.request();
    for_each_source(console, &args.sources.specs(), |console, spec| {
        let source = sync::open(spec)?;
        let range = source.resolve(&args.range.request(), false)?;
        let synced = sync::sync(&source, range, request)?;
        describe(console, &source, Some(&synced.after));
        console.report(&Report::new(source.name(), &synced))?;
        Ok(())
    })
}
