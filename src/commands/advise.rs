//! `advise`: applies advice to a mapping or to the memory of another process.

use super::details::describe;
use super::failure::for_each_source;
use super::hold::{keep_after, keeper, report_empty, reports_each};
use super::outcome::{Exit, Outcome};
use crate::cli::{AdviseArgs, AdviseWork};
use crate::mapping::actions::advise::job::advise_source;
use crate::mapping::actions::advise::mapping::AdviseRequest;
use crate::mapping::actions::advise::process::{self, RemoteRequest};
use crate::mapping::actions::empty::LiveOrEmpty;
use crate::mapping::types::SourceName;
use crate::report::{Console, Report};

/// Carries out the command.
pub(super) fn run(args: &AdviseArgs, console: &mut Console) -> Outcome {
    match args.work()? {
        AdviseWork::Advise(request) => advise(args, request, console),
        AdviseWork::AdviseProcess(request) => advise_process(&request, console),
    }
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
        let live = match advise_source(spec, &args.job(request, spec)?, &mut keeper)? {
            LiveOrEmpty::Live(live) => live,
            LiveOrEmpty::Empty(empty) => {
                let each = reports_each(&keeper, console, false);
                return Ok(report_empty(&spec.name(), &empty, each, console)?);
            }
        };
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
