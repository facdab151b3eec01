//! Advice on a source: from opening the source to measuring the effect.

use super::mapping::{self, AdviseRequest, Advised};
use crate::mapping::actions::empty::{EmptyFile, LiveOrEmpty};
use crate::mapping::actions::hold::{Keeper, Live};
use crate::mapping::actions::short::why_empty;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::page_sizes;
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::{Advice, Kind, Named, RangeRequest, SourceRange};

/// Advice to apply to a source.
#[derive(Clone, Copy, Debug)]
pub struct AdviseJob {
    /// The advice.
    pub request: AdviseRequest,
    /// Which bytes of the source.
    pub range: RangeRequest,
    /// The mapping to which the advice is applied. Its range is determined when the source is open.
    pub mapping: MapRequest,
    /// Whether there are several sources, of which an empty one is no failure.
    pub several: bool,
}

/// Opens a source and applies advice to it. A mapping that is to be held stays.
///
/// # Errors
/// Those of opening the source and of [`mapping::advise`]; `file_too_short` for a range without bytes; `usage` for a
/// destructive advice on a range that does not start and end at page boundaries.
pub fn advise_source(
    spec: &SourceSpec,
    job: &AdviseJob,
    keeper: &mut Keeper,
) -> Result<LiveOrEmpty<Live<Option<Region>, Advised>>> {
    let request = job.request;
    let mut source = open(spec, job, keeper)?;
    keeper.source_is_open(&mut source, false)?;
    let range = source.resolve(&job.range, false)?;
    if range.is_empty() {
        let empty = EmptyFile::among_several(&source, range, job.several)?;
        let failure = || nothing_to_advise(&source, range);
        return empty.map(LiveOrEmpty::Empty).ok_or_else(failure);
    }
    let covered = mapping::covered(range)?;
    if request.advice.is_destructive() {
        refuse_bytes_around(&source, range, request.advice).map_err(|e| e.on(source.name()))?;
    }
    let map = MapRequest {
        range: covered,
        ..job.mapping
    };
    let explain = |error| how_to_open(error, request.advice);
    let (mapping, outcome) = if keeper.holds() {
        let region = mapping::map(&source, &map, request.advice).map_err(explain)?;
        let advised = mapping::advise(&source, &region, request)?;
        (Some(region), advised)
    } else {
        let advised = mapping::advise_in_passing(&source, &map, request).map_err(explain)?;
        (None, advised)
    };
    Ok(LiveOrEmpty::Live(Live {
        mapping,
        source,
        range: covered,
        outcome,
    }))
}

fn open(spec: &SourceSpec, job: &AdviseJob, keeper: &Keeper) -> Result<Source> {
    let MapRequest {
        access,
        visibility,
        flags,
        huge_size,
        ..
    } = job.mapping;
    let request = OpenRequest {
        writable: access.writes() && visibility.is_shared(),
        ..OpenRequest::READ
    };
    // A missing source is not created here, so its error must not suggest creation.
    let source = Source::open(spec, &request).or_else(|error| match error.kind() {
        Kind::NotFound => Source::open(spec, &OpenRequest::READ),
        _ => Err(error),
    })?;
    let length = |source: &Source| Ok(source.resolve(&job.range, false)?.length());
    keeper.shareable(source, spec, length, (flags, huge_size))
}

/// Refuses a destructive advice on a part of a page: it destroys whole pages, which must lie entirely in the range.
fn refuse_bytes_around(source: &Source, range: SourceRange, advice: Advice) -> Result<()> {
    let page = page_sizes::page_size();
    let whole = range.widen(page).unwrap_or(range).clamp_to(source.size()?);
    if whole.offset() == range.offset() && range.end() >= whole.end() {
        return Ok(());
    }
    let reason = format!(
        "'{}' destroys whole pages, but the range from offset {} to {} contains parts of pages",
        advice.name(),
        range.offset().0,
        range.end().0,
    );
    let hint = format!(
        "use an offset and a length that are multiples of {}",
        page.bytes()
    );
    Err(Error::new(Kind::Usage, "advise", reason).hint(hint))
}

/// Adds a remedy to the refusal of a source that is not open for writing: `remove` changes the source itself, for which
/// private copies are no substitute.
fn how_to_open(error: Error, advice: Advice) -> Error {
    let refused = error.kind() == Kind::AccessDenied && error.details().operation == "map";
    if refused && advice == Advice::Remove && error.details().hint.is_some() {
        return error.hint("open the descriptor for reading and writing (in a shell, N<>FILE)");
    }
    error
}

fn nothing_to_advise(source: &Source, range: SourceRange) -> Error {
    Error::new(Kind::FileTooShort, "advise", why_empty(range))
        .on(source.name())
        .over(range)
}
