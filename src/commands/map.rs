//! `map`: maps sources and reports on the mappings.

use super::details::describe;
use super::failure::for_each_source;
use super::hold::{keep_after, keeper, report_empty, reports_each};
use super::outcome::Outcome;
use crate::cli::MapArgs;
use crate::mapping::actions::empty::LiveOrEmpty;
use crate::mapping::actions::hold::Live;
use crate::mapping::actions::map::outcome::Mapped;
use crate::mapping::actions::map::{Mapping, Others, map};
use crate::mapping::types::SourceName;
use crate::report::{Console, MapTable, Report, picture_spans};

/// Carries out the command.
pub(super) fn run(args: &MapArgs, console: &mut Console) -> Outcome {
    let specs = args.sources.specs();
    let job = args.job()?;
    let mut keeper = keeper(&args.hold, &specs, console)?;
    let spans = picture_spans(console, specs.len(), args.picture);
    let several = specs.len() > 1 && !console.json();
    // The table has no columns for these results.
    let whole = !several || console.is_verbose() || job.detailed;
    let result = job.detailed || job.locks();
    let mut table = MapTable::with_room(if several { specs.len() } else { 0 }, args.picture);
    let mut kept: Vec<Live<Mapping, Mapped>> = keeper.room_for(specs.len())?;
    let mut others = Others::with_room(specs.len())?;
    let outcome = for_each_source(console, &specs, |console, spec| {
        let mut replace = |addresses| {
            kept.iter_mut()
                .try_for_each(|live| live.replaced_at(addresses))?;
            others.replaced_at(addresses)
        };
        let mut live = match map(spec, &job, spans, &mut keeper, &mut replace)? {
            LiveOrEmpty::Live(live) => live,
            LiveOrEmpty::Empty(empty) => {
                let (name, each) = (spec.name(), reports_each(&keeper, console, result));
                match each && several {
                    true => table.add_empty(&name, console.view()),
                    false => report_empty(&name, &empty, each, console)?,
                }
                return job.expect(&empty.residency).map_err(Into::into);
            }
        };
        let (name, mapped) = (live.source.name(), &live.outcome);
        // The steps before a failure are reported, also if the mapping was to be held.
        let failed = job.detailed && mapped.failure.is_some();
        if failed || reports_each(&keeper, console, result) {
            describe(console, &live.source, Some(&mapped.seen.residency));
            if several {
                table.add(live.source.identity(), name, mapped, console.view());
            }
            match whole {
                true => console.report(&Report::new(name, mapped))?,
                false => note_unknown(name, mapped, console),
            }
        }
        if let Some(failure) = live.outcome.failure.take() {
            return Err(failure.into());
        }
        job.expect(&live.outcome.seen.residency)?;
        keeper.end_if_signalled("map")?;
        keeper.is_done(&mut live.source)?;
        match keeper.keeps() {
            true => kept.push(live),
            false => others.keep(live.mapping),
        }
        Ok(())
    })?;
    if !console.is_quiet() {
        console.write_text(|out, view| table.write(out, view))?;
    }
    keep_after(&keeper, outcome, console, &mut kept)
}

/// Notes why residency is unknown. The table shows only a question mark.
fn note_unknown(name: &SourceName, mapped: &Mapped, console: &mut Console) {
    if let Some(reason) = mapped.seen.residency.unknown_reason {
        let reason = reason.text();
        console.note(Some(name), format_args!("residency is unknown: {reason}"));
    }
}
