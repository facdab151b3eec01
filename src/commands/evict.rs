//! `evict`: flushes the pages of files, drops them from the page cache, and reports which stayed.

use super::details::describe;
use super::failure::for_each_source;
use super::outcome::Outcome;
use super::rows::{for_each_file, total_of};
use crate::cli::EvictArgs;
use crate::mapping::cache::evict::{EvictedSum, evict, evict_found};
use crate::mapping::cache::walk::{Done, Found};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::report::{Console, FileReport, RowReport, kept_failure};

/// Carries out the command.
pub(super) fn run(args: &EvictArgs, console: &mut Console) -> Outcome {
    let paths = args.paths.paths()?;
    paths.check_range(args.range.given().as_ref())?;
    if let Some(only) = paths.only_file() {
        return one(args, only, console);
    }
    Feature::Evict.require("evict")?;
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let job = |found: Found| match evict_found(&found) {
        Ok((sum, kept)) => Done {
            sum,
            failure: kept.as_ref().map(kept_failure),
        },
        Err(error) => Done::from(Err(error)),
    };
    for_each_file(console, &paths, &interrupts, &job, &mut |_| {})
}

/// Evicts one file, and reports in detail.
fn one(args: &EvictArgs, only: &SourceSpec, console: &mut Console) -> Outcome {
    for_each_source(console, std::slice::from_ref(only), |console, spec| {
        let source = Source::open(spec, &OpenRequest::READ)?;
        let range = source.resolve(&args.range.request(), false)?;
        let evicted = evict(&source, range)?;
        describe(console, &source, Some(&evicted.after));
        console.report(&FileReport::new(source.name(), &evicted))?;
        if console.json() {
            console.report(&RowReport::total(&total_of(EvictedSum::from(&evicted))))?;
        }
        match &evicted.kept {
            Some(kept) => Err(kept_failure(kept).on(source.name()).over(range).into()),
            None => Ok(()),
        }
    })
}
