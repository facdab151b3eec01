//! `advise`: gives an advice to a mapping or to another process, or warms or evicts a file.

use super::details::describe;
use super::failure::for_each_source;
use super::hold::{keep_after, keeper, reports_each};
use super::outcome::{Exit, Outcome};
use crate::cli::{AdviseArgs, AdviseWork};
use crate::mapping::actions::advise::own::{self, AdviseRequest, Advised};
use crate::mapping::actions::advise::process::{self, RemoteRequest};
use crate::mapping::actions::hold::{Keeper, Live};
use crate::mapping::cache::evict;
use crate::mapping::cache::warm::{self, WarmRequest};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::Region;
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::{Advice, ByteLength, Kind, Named, SourceName, SourceRange};
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
        let live = advise_source(args, request, spec, &mut keeper)?;
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

fn advise_source(
    args: &AdviseArgs,
    request: AdviseRequest,
    spec: &SourceSpec,
    keeper: &mut Keeper,
) -> Result<Live<Option<Region>, Advised>> {
    let anonymous = *spec == SourceSpec::Anonymous;
    if args.range.length.is_some_and(ByteLength::is_zero) {
        let reason = "a length of 0 maps nothing";
        return Err(Error::new(Kind::Usage, "advise", reason).on(&spec.name()));
    }
    let (access, visibility) = args.access(request.advice, anonymous)?;
    let writable = access.writes() && visibility.is_shared();
    let mut source = open(args, spec, writable, keeper)?;
    keeper.source_is_open(&mut source, false)?;
    let range = source.resolve(&args.range.request(), false)?;
    if range.is_empty() {
        return Err(nothing_to_advise(&source, range));
    }
    let covered = own::covered(range)?;
    if request.advice.is_destructive() {
        refuse_bytes_around(&source, range, request.advice).map_err(|e| e.on(source.name()))?;
    }
    let map = args.map_request(covered, access, visibility)?;
    let (mapping, outcome) = if keeper.holds() {
        let region = own::map(&source, &map, request.advice)
            .map_err(|error| how_to_open(error, request.advice))?;
        let advised = own::advise(&source, &region, request)?;
        (Some(region), advised)
    } else {
        let advised = own::advise_in_passing(&source, &map, request);
        let advised = advised.map_err(|error| how_to_open(error, request.advice))?;
        (None, advised)
    };
    Ok(Live {
        mapping,
        source,
        range: covered,
        outcome,
    })
}

/// Opens the source.
fn open(args: &AdviseArgs, spec: &SourceSpec, writable: bool, keeper: &Keeper) -> Result<Source> {
    let request = OpenRequest {
        writable,
        ..OpenRequest::READ
    };
    // A missing source is never created here. The second error has no hint on how to create it.
    let source = Source::open(spec, &request).or_else(|error| match error.kind() {
        Kind::NotFound => Source::open(spec, &OpenRequest::READ),
        _ => Err(error),
    })?;
    let length = |source: &Source| Ok(source.resolve(&args.range.request(), false)?.length());
    keeper.shareable(source, spec, length, args.flags.resolve()?)
}

/// Refuses destructive advice on a range that is not whole pages, because advice acts on whole pages.
fn refuse_bytes_around(source: &Source, range: SourceRange, advice: Advice) -> Result<()> {
    let page = page_sizes::page_size();
    let whole = range.widen(page).unwrap_or(range);
    let size = source.size()?;
    let end = whole.end().0.min(size.0);
    if whole.offset() == range.offset() && range.end().0 >= end {
        return Ok(());
    }
    let reason = format!(
        "'{}' destroys whole pages, and bytes of them lie outside the range, which is from offset {} to {}",
        advice.name(),
        range.offset().0,
        range.end().0,
    );
    let hint = format!(
        "give an offset and a length that are multiples of {}",
        page.bytes()
    );
    Err(Error::new(Kind::Usage, "advise", reason).hint(hint))
}

/// Replaces the hint on `remove` without write access: private copies would not help, because it acts on the source.
fn how_to_open(error: Error, advice: Advice) -> Error {
    let refused = error.kind() == Kind::AccessDenied && error.details().operation == "map";
    if refused && advice == Advice::Remove && error.details().hint.is_some() {
        return error.hint("open the descriptor for reading and writing, in a shell N<>FILE");
    }
    error
}

fn nothing_to_advise(source: &Source, range: SourceRange) -> Error {
    let reason = "there are no bytes in the range";
    Error::new(Kind::FileTooShort, "advise", reason)
        .on(source.name())
        .over(range)
}
