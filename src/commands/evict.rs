//! `evict`: flushes the pages of files, drops them from the page cache, and reports which stayed.

use super::details::describe;
use super::failure::for_each_source;
use super::outcome::Outcome;
use crate::cli::EvictArgs;
use crate::mapping::cache::evict;
use crate::mapping::source::{OpenRequest, Source};
use crate::report::{Console, Report};

/// Carries out the command.
pub(super) fn run(args: &EvictArgs, console: &mut Console) -> Outcome {
    for_each_source(console, &args.sources.specs(), |console, spec| {
        let source = Source::open(spec, &OpenRequest::READ)?;
        let range = source.resolve(&args.range.request(), false)?;
        let evicted = evict::evict(&source, range)?;
        describe(console, &source, Some(&evicted.after));
        let report = Report::new(source.name(), &evicted);
        console.report(&report)?;
        match report.failure() {
            Some(error) => Err(error.on(source.name()).over(range).into()),
            None => Ok(()),
        }
    })
}
