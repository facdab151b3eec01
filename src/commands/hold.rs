//! Holding mappings: `--hold`, and a program after `--`. The core decides how they are held; this file reports on
//! them.

use super::outcome::{Exit, Outcome};
use super::service;
use crate::cli::HoldArgs;
use crate::mapping::actions::empty::EmptyFile;
use crate::mapping::actions::hold::{HoldRequest, Keeper, Live};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{Kind, SourceName};
use crate::report::{Console, Human, ReadyReport, Report, Summary};

/// The keeper of these sources. A program that it runs gets standard output.
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

/// Whether each mapping is reported immediately. With `--hold`, the ready line reports all of them; with `--verbose`,
/// each has its report too. When a program runs, a report is written only with `--verbose` or `--json`, or
/// when it is the requested `result`.
pub(super) fn reports_each(keeper: &Keeper, console: &Console, result: bool) -> bool {
    match keeper.request() {
        HoldRequest::Nothing => true,
        HoldRequest::Wait(_) => console.is_verbose() && !console.json(),
        HoldRequest::Run { .. } => console.is_verbose() || console.json() || result,
    }
}

/// Reports an empty file, or only writes that it is not among the mappings that are held.
pub(super) fn report_empty(
    name: &SourceName,
    empty: &EmptyFile,
    reports: bool,
    console: &mut Console,
) -> Result<()> {
    match reports {
        true => console.report(&Report::new(name, empty)),
        false => {
            console.note(Some(name), format_args!("empty; not mapped"));
            Ok(())
        }
    }
}

/// Holds several mappings after `outcome`. If one could not be made, none is held, because a program that waits for
/// the ready line expects all of them. Empty files are left out.
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
    if keeper.holds() && kept.is_empty() {
        return Err(Error::new(Kind::FileTooShort, "hold", "every file is empty").into());
    }
    let end = keep(keeper, console, kept)?;
    Ok(if outcome == Exit::SUCCESS {
        end
    } else {
        outcome
    })
}

/// Holds the mappings until the end, and returns the exit status. Returns immediately when nothing is to be held.
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
            let ready = ReadyReport::new(*time, kept, &reports, console.view());
            console.answer(&ready)?;
            console.flush()?;
            service::ready(console, &ready.summary);
        }
        console.flush()
    })?;
    Ok(end.map_or(Exit::SUCCESS, |end| Exit::of_program(end.status())))
}
