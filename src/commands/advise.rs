//! `advise`: gives an advice to a mapping or to another process, or warms or evicts a file.

use super::details::describe;
use super::failure::for_each_source;
use super::hold::{keep_after, keeper, reports_each};
use super::outcome::{Exit, Outcome};
use crate::cli::{AdviseArgs, AdviseWork};
use crate::mapping::actions::advise::job::advise_source;
use crate::mapping::actions::advise::mapping::AdviseRequest;
use crate::mapping::actions::advise::process::{self, RemoteRequest};
use crate::mapping::cache::evict;
use crate::mapping::cache::warm::{self, WarmRequest};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenRequest, Source};
use crate::mapping::types::SourceName;
use crate::report::{CacheReport, Console, Name, Progress, Report, SourceFields};

/// Carries out the command.
pub(super) fn run(args: &AdviseArgs, console: &mut Console) -> Outcome {
    match args.work()? {
        AdviseWork::Warm(request) => warm(args, request, console),
        AdviseWork::Evict => evict(args, console),
        AdviseWork::Advise(request) => advise(args, request, console),
        AdviseWork::AdviseProcess(request) => advise_process(&request, console),
    }
}

fn warm(args: &AdviseArgs, request: WarmRequest, console: &mut Console) -> Outcome {
    let interrupts = Interrupts::new();
    for_each_source(console, &args.sources.specs(), |console, spec| {
        let source = Source::open(spec, &OpenRequest::READ)?;
        // Watching opens a descriptor, which must not take the number that --fd names.
        interrupts.watch()?;
        let range = source.resolve(&args.range.request(), false)?;
        let what = format!("warm {}", Name(source.name()));
        let mut progress = Progress::new(console, what, range.length());
        let warming = warm::warm(&source, range, request, &interrupts, &mut |done| {
            progress.at(done);
        })?;
        drop(progress);
        describe(console, &source, Some(&warming.warmed.after));
        console.report(&CacheReport {
            source: SourceFields(source.name()),
            advice: "warm",
            outcome: &warming.warmed,
        })?;
        warming.failure.map_or(Ok(()), |error| Err(error.into()))
    })
}

fn evict(args: &AdviseArgs, console: &mut Console) -> Outcome {
    for_each_source(console, &args.sources.specs(), |console, spec| {
        let source = Source::open(spec, &OpenRequest::READ)?;
        let range = source.resolve(&args.range.request(), false)?;
        let evicted = evict::evict(&source, range)?;
        describe(console, &source, Some(&evicted.after));
        let report = CacheReport {
            source: SourceFields(source.name()),
            advice: "evict",
            outcome: &evicted,
        };
        console.report(&report)?;
        match report.failure() {
            Some(error) => Err(error.on(source.name()).over(range).into()),
            None => Ok(()),
        }
    })
}

fn advise_process(request: &RemoteRequest, console: &mut Console) -> Outcome {
    let advised = process::advise(request)?;
    let name = SourceName::Process(request.pid);
    console.report(&Report::new(&name, &advised))?;
    Ok(Exit::SUCCESS)
}

fn advise(args: &AdviseArgs, request: AdviseRequest, console: &mut Console) -> Outcome {
    let specs = args.sources.specs();
    let mut keeper = keeper(&args.hold, &specs, console)?;
    let mut kept = keeper.room_for(specs.len())?;
    let outcome = for_each_source(console, &specs, |console, spec| {
        let live = advise_source(spec, &args.job(request, spec)?, &mut keeper)?;
        if reports_each(&keeper, console, false) {
            describe(console, &live.source, Some(&live.outcome.after.residency));
            console.report(&Report::new(live.source.name(), &live.outcome))?;
        }
        if keeper.keeps() {
            kept.push(live);
        }
        Ok(())
    })?;
    keep_after(&keeper, outcome, console, &mut kept)
}
