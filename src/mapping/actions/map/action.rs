//! A mapping from start to end: open, extend, map, change, observe.

use std::time::{Duration, Instant};

use super::job::{AfterMapping, MapJob};
use super::outcome::{GivenAdvice, Mapped};
use super::rehearsal::rehearse;
use super::short::{check_remap, refusal_of_any_byte};
use crate::mapping::actions::advise::mapping::{self, AdviseRequest};
use crate::mapping::actions::empty::{EmptyFile, LiveOrEmpty};
use crate::mapping::actions::hold::{Keeper, Live};
use crate::mapping::actions::short::{nothing_to_map, why_too_short};
use crate::mapping::error::{Error, Result};
use crate::mapping::region::observation::{Address, Observation};
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::size::{Provided, Reserve};
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{
    Access, ByteLength, Kind, Named, OpenFlag, OpenFlags, Remedy, SourceRange, nanoseconds,
};

/// Maps one source and changes the mapping as requested. The picture of its residency has `spans` spans, if there is
/// one.
///
/// # Errors
/// Those of opening and extending the source, of [`Region::map`], and of changing the mapping.
pub fn map(
    spec: &SourceSpec,
    job: &MapJob,
    spans: Option<u64>,
    keeper: &mut Keeper,
) -> Result<LiveOrEmpty<Live<Region, Mapped>>> {
    let writable = job.writes();
    let mut source = open(spec, job, keeper)?;
    keeper.source_is_open(&mut source, writable)?;
    let range = match source.resolve(&job.range, writable) {
        Ok(range) if !range.is_empty() => range,
        short => return is_short(&source, job, short),
    };
    let request = MapRequest {
        range,
        ..job.mapping
    };
    check_remap(&source, job, range)?;
    source.truncate_for(ByteLength(range.end().0), range.length(), |source| {
        rehearse(source, job, &request)
    })?;
    let grown = provide(&mut source, range, writable)?;
    // From here on it is visible under its name, in memory maps too.
    source.publish()?;
    let started = Instant::now();
    let mut region = Region::map(&source, &request)?;
    let done = change(&mut region, &source, &job.after)?;
    let duration = started.elapsed().saturating_sub(done.measuring);
    let probe = job.after.probe.then(|| region.probe()).transpose()?;
    // Last, because each earlier step may bring pages in.
    let seen = region.observe(&source, spans)?;
    let extras = job.after.protect.map(|protection| protection.extras);
    let outcome = Mapped {
        kind: source.kind(),
        size: source.size()?,
        created: grown.is_some_and(|grown| grown.created),
        grown: grown
            .map(|grown| grown.provided)
            .filter(|p| p.new_size > p.old_size),
        flags: seen.effects(request.flags),
        open_flags_without_effect: idle_open_flags(job.open.flags),
        seen,
        remapped_from: done.remapped_from,
        protected_from: done.protected_from,
        protect_flags: extras.map_or_else(Vec::new, Observation::effects_of_protection),
        advised: done.advised,
        probe,
        duration_ns: nanoseconds(duration),
    };
    Ok(LiveOrEmpty::Live(Live {
        range: region.range(),
        mapping: region,
        source,
        outcome,
    }))
}

/// What came of a source that is too short for the range, or of which the range is empty. A source that could not be
/// mapped whatever its length is refused as such.
fn is_short<L>(
    source: &Source,
    job: &MapJob,
    range: Result<SourceRange>,
) -> Result<LiveOrEmpty<L>> {
    let short = |error: &Error| error.kind() == Kind::FileTooShort;
    if range.as_ref().err().is_none_or(short)
        && let Some(refusal) = refusal_of_any_byte(source, job)
    {
        return Err(refusal);
    }
    let failure = match range {
        Err(failure) => failure,
        Ok(range) => match EmptyFile::among_several(source, range, job.several)? {
            Some(empty) => return Ok(LiveOrEmpty::Empty(empty)),
            None => nothing_to_map(source, range),
        },
    };
    Err(why_too_short(failure, source, job.stores()))
}

/// Opens the source.
fn open(spec: &SourceSpec, job: &MapJob, keeper: &Keeper) -> Result<Source> {
    let writable = job.writes();
    let source = Source::open(spec, &job.open).map_err(|error| why_missing(error, spec, job))?;
    let longest = |source: &Source| {
        let length = source.resolve(&job.range, writable)?.length();
        Ok(job.after.remap.map_or(length, |remap| remap.max(length)))
    };
    let MapRequest {
        flags, huge_size, ..
    } = job.mapping;
    keeper.shareable(source, spec, longest, (flags, huge_size))
}

#[derive(Clone, Copy)]
struct Grown {
    created: bool,
    provided: Provided,
}

fn provide(source: &mut Source, range: SourceRange, writable: bool) -> Result<Option<Grown>> {
    if !writable {
        return Ok(None);
    }
    let created = source.created();
    let provided = source.provide(range, Reserve::Growth)?;
    Ok(Some(Grown { created, provided }))
}

/// Adds the hint that a missing source can be created.
fn why_missing(error: Error, spec: &SourceSpec, job: &MapJob) -> Error {
    let creatable = spec.has_place() && !job.writes() && job.could_write();
    let has_hint = error.details().hint.is_some();
    if error.kind() == Kind::NotFound && creatable && !has_hint {
        return error.hint(Remedy::WriteToCreate);
    }
    error
}

/// The changes to a mapping after it was made.
#[derive(Default)]
struct Changes {
    remapped_from: Option<Address>,
    protected_from: Option<Access>,
    advised: Option<GivenAdvice>,
    /// The time spent on measuring, which is not part of the changes.
    measuring: Duration,
}

/// Changes a mapping as requested.
fn change(region: &mut Region, source: &Source, after: &AfterMapping) -> Result<Changes> {
    let mut changes = Changes::default();
    if let Some(length) = after.remap {
        changes.remapped_from = Some(Address(region.address()));
        region.remap(length)?;
    }
    if let Some(protection) = after.protect {
        changes.protected_from = Some(region.access());
        region.protect(protection)?;
    }
    if let Some(advice) = after.advise {
        let started = Instant::now();
        let request = AdviseRequest {
            advice,
            touch: false,
        };
        let advised = mapping::advise(source, region, request)?;
        let giving = Duration::from_nanos(advised.duration_ns);
        changes.measuring = started.elapsed().saturating_sub(giving);
        changes.advised = Some(GivenAdvice {
            advice: advised.advice,
            effect: advised.effect,
        });
    }
    if after.lock {
        region.pin()?;
    }
    Ok(changes)
}

/// The requested flags of `open(2)` that have no effect on a mapping.
fn idle_open_flags(flags: OpenFlags) -> Vec<&'static str> {
    let idle = |flag: &OpenFlag| match flag {
        OpenFlag::Create
        | OpenFlag::Excl
        | OpenFlag::Truncate
        | OpenFlag::Nofollow
        | OpenFlag::Directory => false,
        OpenFlag::Direct
        | OpenFlag::Sync
        | OpenFlag::Dsync
        | OpenFlag::Noctty
        | OpenFlag::Nonblock
        | OpenFlag::Async
        | OpenFlag::Largefile => true,
    };
    flags.iter().filter(idle).map(Named::name).collect()
}
