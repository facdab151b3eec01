//! `mirror`: maps the same bytes several times in a row.

use super::details::describe;
use super::hold::{keep, keeper, reports_each};
use super::outcome::Outcome;
use crate::cli::MirrorArgs;
use crate::mapping::actions::mirror::mirror;
use crate::report::{Console, Report};

/// Carries out the command.
pub(super) fn run(args: &MirrorArgs, console: &mut Console) -> Outcome {
    let spec = args.source.spec();
    let job = args.job()?;
    let mut keeper = keeper(&args.hold, std::slice::from_ref(&spec), console)?;
    let live = mirror(&spec, &job, &mut keeper)?;
    if reports_each(&keeper, console, job.verify || job.lock) {
        describe(console, &live.source, Some(&live.outcome.seen.residency));
        console.report(&Report::new(live.source.name(), &live.outcome))?;
    }
    Ok(keep(&keeper, console, &mut [live])?)
}
