//! A mapping from start to end: open, extend, map, change, observe.

use std::time::Instant;

use super::job::MapJob;
use super::mapping::Mapping;
use super::outcome::Mapped;
use super::rehearsal::rehearse;
use super::short::{check_remap, refusal_of_any_byte};
use super::steps::take_all;
use crate::mapping::actions::empty::{EmptyFile, LiveOrEmpty};
use crate::mapping::actions::hold::{Keeper, Live};
use crate::mapping::actions::short::{nothing_to_map, why_too_short};
use crate::mapping::error::{Error, Result};
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::size::{Provided, Reserve};
use crate::mapping::source::{Source, SourceSpec};
use crate::mapping::types::{
    AddressRange, ByteLength, Kind, Named, OpenFlag, OpenFlags, Remedy, SourceOffset, SourceRange,
    nanoseconds,
};

/// Maps one source and changes the mapping as requested. The picture of its residency has `spans` spans, if there is
/// one. If the mapping replaces others, `earlier` is called with its addresses first, to give up what it owns there.
///
/// # Errors
/// Those of opening and extending the source, of [`Region::map`], and of changing the mapping.
pub fn map(
    spec: &SourceSpec,
    job: &MapJob,
    spans: Option<u64>,
    keeper: &mut Keeper,
    earlier: &mut dyn FnMut(AddressRange) -> Result<()>,
) -> Result<LiveOrEmpty<Live<Mapping, Mapped>>> {
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
    if let Some(addresses) = request.replaced() {
        earlier(addresses)?;
    }
    let (mapping, outcome) = make(&source, job, &request, grown, spans)?;
    Ok(LiveOrEmpty::Live(Live {
        range: mapping.range(),
        mapping,
        source,
        outcome,
    }))
}

/// Makes the mapping, takes the steps, and observes what is mapped in the end.
fn make(
    source: &Source,
    job: &MapJob,
    request: &MapRequest,
    grown: Option<Grown>,
    spans: Option<u64>,
) -> Result<(Mapping, Mapped)> {
    let started = Instant::now();
    let region = Region::map(source, request)?;
    let mapping_ns = nanoseconds(started.elapsed());
    let flags = match request.flags.is_empty() {
        true => Vec::new(),
        false => region.observe(source, None)?.effects(request.flags),
    };
    let mut mapping = Mapping::new(region);
    let mut steps = Vec::new();
    let failure = match take_all(&mut mapping, source, &job.steps, &mut steps) {
        // There is nothing to report but the failure.
        Err(failure) if !steps.iter().any(|step| step.is_told(job.detailed)) => {
            return Err(failure);
        }
        outcome => outcome.err(),
    };
    // Last, because each step may bring pages in.
    let (seen, parts) = mapping.observe(source, spans)?;
    let step_times = steps.iter().map(|step| step.duration_ns);
    // A source that was extended for a sequence that failed gets its old size back.
    let kept = grown.filter(|_| failure.is_none());
    let outcome = Mapped {
        kind: source.kind(),
        size: match (&failure, grown) {
            (Some(_), Some(grown)) => grown.provided.old_size,
            _ => source.size()?,
        },
        created: kept.is_some_and(|grown| grown.created),
        grown: kept
            .map(|grown| grown.provided)
            .filter(|p| p.new_size > p.old_size),
        flags,
        open_flags_without_effect: idle_open_flags(job.open.flags),
        seen,
        parts,
        duration_ns: step_times.fold(mapping_ns, u64::saturating_add),
        steps,
        failure,
    };
    Ok((mapping, outcome))
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
        let range = source.resolve(&job.range, writable)?;
        let longer = job.remapped(range).flatten().map(|range| range.end());
        let end = longer.max().unwrap_or(range.end()).max(range.end());
        Ok(SourceOffset::from_to(range.offset(), end))
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
