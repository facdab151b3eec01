//! `warm`: loads the missing pages of files into the page cache.

use super::details::describe;
use super::outcome::Outcome;
use super::pin;
use super::rows::{Step, finish, refuse, report_only, report_rows};
use crate::cli::WarmArgs;
use crate::mapping::cache::walk::{Found, Paths};
use crate::mapping::cache::warm::{Limits, Loader, WarmedSum, survey_paths, survey_range, warm};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::ByteLength;
use crate::report::{Console, FileReport, Name, Progress, paths_text};

/// Carries out the command.
pub(super) fn run(args: &WarmArgs, console: &mut Console) -> Outcome {
    let paths = args.paths.paths()?;
    if args.pin.lock {
        return pin::run(&args.pin, paths, console);
    }
    paths.check_range(args.range.given().as_ref())?;
    match paths.only_file() {
        Some(only) => one(args, only, console),
        None => {
            Feature::Warm.require("warm")?;
            let waits = true;
            several(args, &Paths { waits, ..paths }, console)
        }
    }
}

/// Warms one file, and reports in detail.
fn one(args: &WarmArgs, only: &SourceSpec, console: &mut Console) -> Outcome {
    let interrupts = Interrupts::new();
    report_only(console, only, |console, spec, add| {
        let source = Source::open(spec, &OpenRequest::PAGES)?;
        // Watching opens a descriptor, which must not take the number that --fd names.
        interrupts.watch()?;
        let range = source.resolve(&args.range.request(), false)?;
        let survey = survey_range(&source, range)?;
        let limits = Limits::new(args.request(), &survey)?;
        let what = format!("warm {}", Name(source.name()));
        let mut progress = Progress::new(console, what, survey.missing);
        let mut loaded = ByteLength::ZERO;
        let warming = warm(&source, range, &limits, &interrupts, &mut |more| {
            loaded = loaded.plus(more);
            progress.at(loaded);
        })?;
        drop(progress);
        describe(console, &source, Some(&warming.warmed.after));
        console.report(&FileReport::new(source.name(), &warming.warmed))?;
        let sum = WarmedSum::of(range.length(), &warming.warmed);
        add(sum, warming.warmed.duration_ns);
        warming.failure.map_or(Ok(()), |error| Err(error.into()))
    })
}

/// Warms the files of paths, after a first walk that measures how much is missing.
fn several(args: &WarmArgs, paths: &Paths, console: &mut Console) -> Outcome {
    let interrupts = Interrupts::new();
    interrupts.watch()?;
    let what = format!("warm {}", paths_text(paths));
    let mut counting = Progress::of_any_length(console, what.clone(), None);
    let survey = survey_paths(paths, &interrupts, &mut |files| counting.at_count(files))?;
    drop(counting);
    let loader = match Loader::new(args.request(), &survey, &interrupts) {
        Ok(loader) => loader,
        Err(error) => return refuse::<WarmedSum>(console, error),
    };
    let mut progress = Progress::new(console, what, survey.missing);
    let job = |found: &Found| loader.load(found);
    let mut step = |step| match step {
        Step::Writes => progress.erase(),
        Step::Waits => {
            let (loaded, files) = loader.progress();
            progress.at_files(loaded, [files, survey.files]);
        }
    };
    let (mut walked, mut failures) = report_rows(console, paths, &interrupts, &job, &mut step)?;
    drop(progress);
    if let Some(error) = loader.finish(paths, &survey, &mut walked.total)? {
        failures.report(console, error.into(), None);
    }
    finish(console, &interrupts, &walked, &failures)
}
