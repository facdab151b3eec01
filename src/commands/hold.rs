//! What is said while something is held: `--hold`, and a program after `--`.

use super::outcome::{Exit, Outcome};
use crate::cli::HoldArgs;
use crate::mapping::actions::hold::{HoldRequest, Keeper, Live};
use crate::mapping::error::Result;
use crate::mapping::measure::memory;
use crate::mapping::source::SourceSpec;
use crate::report::{Console, Human, ReadyReport, Report, Summary};

/// A keeper that does what was asked for with those sources. Standard output belongs to a program that it runs.
pub(super) fn keeper(
    args: &HoldArgs,
    specs: &[SourceSpec],
    console: &mut Console,
) -> Result<Keeper> {
    args.check(specs)?;
    let keeper = Keeper::new(args.request(), args.unlink_on_exit)?;
    if keeper.runs_program() {
        console.cede_output()?;
    }
    Ok(keeper)
}

/// Whether a report is written at once: what is held is told of in one ready line, or by it in JSON, unless
/// more is wanted; and beside the output of a program only what was asked for, as a `result` that has no
/// other place.
pub(super) fn tells(keeper: &Keeper, console: &Console, result: bool) -> bool {
    match keeper.request() {
        HoldRequest::Nothing => true,
        HoldRequest::Wait(_) => console.is_verbose() && !console.json(),
        HoldRequest::Run { .. } => console.is_verbose() || console.json() || result,
    }
}

/// Holds several mappings after `outcome`. Unless all of them were made, none is held: whoever waits for
/// them could not tell that one is missing.
pub(super) fn keep_after<M, O>(
    keeper: &Keeper,
    outcome: Exit,
    console: &mut Console,
    kept: &mut [Live<M, O>],
) -> Outcome
where
    O: Summary,
    for<'a> Report<'a, O>: Human,
{
    if outcome != Exit::SUCCESS && keeper.holds() {
        return Ok(outcome);
    }
    let end = keep(keeper, console, kept)?;
    Ok(if outcome == Exit::SUCCESS {
        end
    } else {
        outcome
    })
}

/// Holds the mappings, and ends with the status that the command has then. With nothing to hold it ends
/// at once.
pub(super) fn keep<M, O>(
    keeper: &Keeper,
    console: &mut Console,
    kept: &mut [Live<M, O>],
) -> Result<Exit>
where
    O: Summary,
    for<'a> Report<'a, O>: Human,
{
    let end = keeper.hold(kept, |kept| {
        if let HoldRequest::Wait(time) = keeper.request() {
            let mut reports = Vec::new();
            memory::reserve(&mut reports, kept.len(), "report the mappings")?;
            let all = kept
                .iter()
                .map(|live| Report::new(live.source.name(), &live.outcome));
            reports.extend(all);
            console.report(&ReadyReport::new(*time, kept, &reports, console.view()))?;
        }
        console.flush()
    })?;
    Ok(end.map_or(Exit::SUCCESS, |end| Exit::of_program(end.status())))
}
