//! `sync`: flushes dirty pages, and reports how many are left.

use super::details::describe;
use super::outcome::Outcome;
use super::rows::{Step, finish, report_only, report_rows};
use crate::cli::SyncArgs;
use crate::mapping::cache::sync::{self, Flushing, Started, SyncMode, SyncedSum};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::SourceSpec;
use crate::report::{Console, FileReport, Name, Progress};

/// Carries out the command.
pub(super) fn run(args: &SyncArgs, console: &mut Console) -> Outcome {
    let mut paths = args.paths.paths()?;
    paths.check_range(args.range.given().as_ref())?;
    if let Some(only) = paths.only_file() {
        return one(args, only, console);
    }
    let request = args.request();
    Feature::Sync.require("flush")?;
    if request.invalidate {
        Feature::Invalidate.require("flush")?;
    }
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    // The storage serves many requests to flush in the time of one.
    paths.waits = true;
    let started = match request.mode {
        SyncMode::Sync => sync::start_writing(&paths, &interrupts),
        SyncMode::Async => Started::default(),
    };
    let mut progress = Progress::new(console, "sync".to_owned(), started.total);
    let earlier = started.duration;
    let flushing = Flushing::new(request, started);
    let mut step = |step| match step {
        Step::Writes => progress.erase(),
        Step::Waits => progress.at(flushing.written()),
    };
    let (mut walked, failures) = report_rows(console, &paths, &interrupts, &flushing, &mut step)?;
    drop(progress);
    walked.duration += earlier;
    finish(console, &interrupts, &walked, &failures)
}

/// Flushes one source, and reports in detail.
fn one(args: &SyncArgs, only: &SourceSpec, console: &mut Console) -> Outcome {
    report_only(console, only, |console, spec, add| {
        let source = sync::open(spec)?;
        let range = source.resolve(&args.range.request(), false)?;
        let what = format!("sync {}", Name(source.name()));
        let mut progress = Progress::new(console, what, sync::unwritten_of(&source, range));
        let synced = sync::sync_watched(&source, range, args.request(), &mut |done| {
            progress.at(done);
        })?;
        drop(progress);
        describe(console, &source, Some(&synced.after));
        console.report(&FileReport::new(source.name(), &synced))?;
        add(SyncedSum::of(range.length(), &synced), synced.duration_ns);
        Ok(())
    })
}
