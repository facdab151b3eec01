//! A trial mapping before the contents of its source are truncated.

use super::job::MapJob;
use super::mapping::Mapping;
use crate::mapping::actions::advise::mapping::{self, AdviseRequest};
use crate::mapping::error::Result;
use crate::mapping::measure::page_sizes;
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::Source;
use crate::mapping::types::{Action, Advice, ByteLength, MapFlag, RemapPlace, SourceRange};

/// Makes the mapping once without accessing a page. Any failure then occurs before the contents are truncated.
pub(super) fn rehearse(source: &Source, job: &MapJob, request: &MapRequest) -> Result<()> {
    let touches = |flag: &MapFlag| {
        matches!(
            flag,
            MapFlag::Populate | MapFlag::Locked | MapFlag::LockOnfault
        )
    };
    let flags = request.flags.iter().filter(|flag| !touches(flag)).collect();
    let mut region = Region::map(source, &MapRequest { flags, ..*request })?;
    let locks = request.flags.has(MapFlag::Locked) || request.flags.has(MapFlag::LockOnfault);
    if locks {
        region.try_pin()?;
    }
    let mut mapping = Mapping::new(region);
    for step in &job.steps {
        let mut chosen = mapping.take(step.part, step.action == Action::Unmap)?;
        let outcome = chosen
            .iter_mut()
            .try_for_each(|region| rehearse_step(region, &step.action));
        mapping.put(chosen);
        outcome?;
    }
    drop(mapping);
    let advice = job.steps.iter().filter_map(|step| match step.action {
        Action::Advise(advice) if !advice.is_destructive() => Some(advice),
        _ => None,
    });
    for advice in advice {
        rehearse_advice(source, request, advice)?;
    }
    Ok(())
}

/// Changes a part of the trial mapping, without accessing a page.
fn rehearse_step(region: &mut Region, action: &Action) -> Result<()> {
    match action {
        Action::Protect(protection) => region.protect(*protection),
        // The real address may only be free later; the length is what later steps depend on.
        Action::Remap(length, _) => region.remap(*length, RemapPlace::Free).map(drop),
        Action::Lock(_) => region.try_pin(),
        Action::Unlock => region.unlock(),
        Action::Unmap => region.unmap(),
        Action::Advise(_)
        | Action::Touch { .. }
        | Action::Sync(_)
        | Action::Probe
        | Action::Seal
        | Action::Name(_) => Ok(()),
    }
}

/// Gives the advice to one page.
fn rehearse_advice(source: &Source, request: &MapRequest, advice: Advice) -> Result<()> {
    let page = ByteLength(page_sizes::page_size().bytes());
    let length = request.range.length().min(page);
    let range = SourceRange::new(request.range.offset(), length).unwrap_or(request.range);
    let page = MapRequest {
        visibility: request.visibility,
        ..MapRequest::plain(range, request.access)
    };
    let touch = false;
    mapping::advise(
        source,
        &Region::map(source, &page)?,
        AdviseRequest { advice, touch },
    )
    .map(drop)
}
