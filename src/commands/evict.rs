//! `evict`: flushes the pages of files, drops them from the page cache, and reports which stayed.

use super::details::describe;
use super::failure::Failures;
use super::outcome::Outcome;
use super::recording::to_output;
use super::rows::{finish, report_only, report_rows};
use crate::cli::EvictArgs;
use crate::mapping::cache::evict::{EvictedSum, Evicting, Stayed, evict};
use crate::mapping::cache::snapshot::{Recorder, Root};
use crate::mapping::cache::walk::{Done, Found, Paths};
use crate::mapping::error::Error;
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::report::{Console, FileReport, kept_failure, memory_only_failure};

/// Carries out the command.
pub(super) fn run(args: &EvictArgs, console: &mut Console) -> Outcome {
    let paths = args.paths()?;
    paths.check_range(args.range.given().as_ref())?;
    let Some(file) = &args.snapshot else {
        return evict_paths(args, &paths, None, console);
    };
    Feature::Snapshot.require("save")?;
    let root = Root::of(&paths)?;
    to_output(file, root, None, |recorder| {
        evict_paths(args, &paths, Some(recorder), console)
    })
}

fn evict_paths(
    args: &EvictArgs,
    paths: &Paths,
    recorder: Option<&Recorder<'_>>,
    console: &mut Console,
) -> Outcome {
    if let Some(only) = paths.only_file() {
        return one(args, only, recorder, console);
    }
    Feature::Evict.require("evict")?;
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let evicting = Evicting::new(paths, &interrupts);
    let job = |found: &Found| evict_found(&evicting, recorder, found);
    let (mut walked, mut failures) = report_rows(console, paths, &interrupts, &job, &mut |_| {})?;
    report_stayed(evicting, &mut walked.total, &mut failures, console);
    finish(console, &interrupts, &walked, &failures)
}

/// Evicts a file that was found, and writes down what was dropped.
pub(super) fn evict_found(
    evicting: &Evicting<'_>,
    recorder: Option<&Recorder<'_>>,
    found: &Found,
) -> Done<EvictedSum> {
    let evict = || evicting.evict(found);
    let evicted = match recorder {
        Some(recorder) => recorder.save_dropped(&found.source, evict),
        None => evict(),
    };
    match evicted {
        Ok((sum, stayed)) => Done {
            sum,
            failures: stayed.iter().map(stayed_failure).collect(),
        },
        Err(error) => Done::from(Err(error)),
    }
}

/// Reports the files whose pages stayed, once all are evicted.
pub(super) fn report_stayed(
    evicting: Evicting<'_>,
    total: &mut EvictedSum,
    failures: &mut Failures,
    console: &mut Console,
) {
    let (stayed, memory_only) = evicting.finish(total);
    let stayed = stayed.iter().map(stayed_failure);
    for error in stayed.chain(memory_only_failure(&memory_only)) {
        failures.report(console, error.into(), None);
    }
}

fn stayed_failure(stayed: &Stayed) -> Error {
    kept_failure(&stayed.kept).on(&stayed.name)
}

/// Evicts one file, and reports in detail.
fn one(
    args: &EvictArgs,
    only: &SourceSpec,
    recorder: Option<&Recorder<'_>>,
    console: &mut Console,
) -> Outcome {
    report_only(console, only, |console, spec, add| {
        let source = Source::open(spec, &OpenRequest::PAGES)?;
        let range = source.resolve(&args.range.request(), false)?;
        let evicted = match recorder {
            None => Some(evict(&source, range)?),
            Some(recorder) => recorder.save_dropped(&source, || evict(&source, range).map(Some))?,
        };
        // Without one, the snapshot could not be written, which is reported at the end.
        let Some(evicted) = evicted else {
            return Ok(());
        };
        describe(console, &source, Some(&evicted.after));
        console.report(&FileReport::new(source.name(), &evicted))?;
        let sum = EvictedSum::of(range.length(), &evicted);
        add(sum, evicted.duration_ns);
        match &evicted.kept_reason {
            Some(kept) => Err(kept_failure(kept).on(source.name()).over(range).into()),
            None => Ok(()),
        }
    })
}
