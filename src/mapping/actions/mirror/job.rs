//! A mirror from start to end: open, extend, map, lock, verify, observe.

use std::time::Instant;

use schemars::JsonSchema;
use serde::Serialize;

use super::observation::{MirrorObservation, observe};
use super::verification::{Verification, verify};
use crate::mapping::actions::hold::{Keeper, Live};
use crate::mapping::actions::short::{Stores, nothing_to_map, why_too_short};
use crate::mapping::error::Result;
use crate::mapping::region::{Mirror, MirrorRequest, widen};
use crate::mapping::source::size::{Provided, Reserve};
use crate::mapping::source::{OpenRequest, Source, SourceSpec, memfd};
use crate::mapping::types::{
    AccessMode, ByteLength, Kind, RangeRequest, Remedy, SourceKind, SourceRange, nanoseconds,
};

/// The request of `mirror`.
#[derive(Clone, Copy, Debug)]
pub struct MirrorJob {
    /// The range of the source.
    pub range: RangeRequest,
    /// How to open the source.
    pub open: OpenRequest,
    /// The windows. Their range is provisional: the range to map is resolved when the source is open.
    pub windows: MirrorRequest,
    /// Whether to lock the bytes in memory.
    pub lock: bool,
    /// Whether to verify that every window shows the same bytes.
    pub verify: bool,
}

/// A mirror.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Mirrored {
    /// The type of the source.
    pub kind: SourceKind,
    /// Whether the source was created.
    pub created: bool,
    /// The growth of the source; null unless it grew.
    pub grown: Option<Provided>,
    /// The mirror as the kernel shows it.
    #[serde(flatten)]
    pub seen: MirrorObservation,
    /// The result of verifying; null unless `--verify` is given.
    pub verified: Option<Verification>,
    /// The time to map the windows, in nanoseconds.
    pub duration_ns: u64,
}

impl MirrorJob {
    fn writes(&self) -> bool {
        self.windows.access.mode == AccessMode::Write
    }

    fn stores(&self) -> Stores {
        match self.writes() {
            true => Stores::Reach,
            false => Stores::CouldReach,
        }
    }
}

/// Maps the windows as requested.
///
/// # Errors
/// Those of opening and extending the source, of [`Mirror::map`] and [`Mirror::pin`]; `mismatch` when the windows
/// do not show the same bytes.
pub fn mirror(
    spec: &SourceSpec,
    job: &MirrorJob,
    keeper: &mut Keeper,
) -> Result<Live<Mirror, Mirrored>> {
    make(spec, job, keeper).map_err(|error| match (error.kind(), job.writes()) {
        (Kind::AccessDenied, true) if error.details().os_error.is_some() => {
            error.hint(Remedy::ReadOnly)
        }
        (Kind::NotFound, false) if spec.has_place() => error.hint(Remedy::WriteToCreate),
        _ => error,
    })
}

fn make(spec: &SourceSpec, job: &MirrorJob, keeper: &mut Keeper) -> Result<Live<Mirror, Mirrored>> {
    let mut source = open(spec, job)?;
    keeper.source_is_open(&mut source, job.writes())?;
    let explain = |error| why_too_short(error, &source, job.stores());
    let asked = source.resolve(&job.range, job.writes()).map_err(explain)?;
    if asked.is_empty() && job.range.length.is_none() {
        return Err(explain(nothing_to_map(&source, asked)));
    }
    let range = widen(asked).map_err(|e| e.on(source.name()))?;
    let request = MirrorRequest {
        range,
        ..job.windows
    };
    source.truncate_for(ByteLength(range.end().0), range.length(), |source| {
        let mut mirror = Mirror::map(source, &request)?;
        if job.lock { mirror.try_pin() } else { Ok(()) }
    })?;
    let created = source.created();
    let grown = provide(&mut source, asked, range, job.writes())?;
    source.publish()?;
    let started = Instant::now();
    let mut mirror = Mirror::map(&source, &request)?;
    let duration = started.elapsed();
    if job.lock {
        mirror.pin()?;
    }
    let verified = job.verify.then(|| verify(&mirror)).transpose()?;
    let outcome = Mirrored {
        kind: source.kind(),
        created,
        grown,
        seen: observe(&mirror, asked)?,
        verified,
        duration_ns: nanoseconds(duration),
    };
    keeper.end_if_signalled("mirror")?;
    keeper.is_done(&mut source)?;
    Ok(Live {
        mapping: mirror,
        source,
        range: asked,
        outcome,
    })
}

fn open(spec: &SourceSpec, job: &MirrorJob) -> Result<Source> {
    if *spec == SourceSpec::Anonymous {
        // Opening checks the request; the shared memory of all windows is created with its length.
        Source::open(spec, &job.open)?.resolve(&job.range, true)?;
        return memfd::create(job.range.length.unwrap_or_default(), None);
    }
    Source::open(spec, &job.open)
}

/// Extends the source to whole pages, if it must grow.
fn provide(
    source: &mut Source,
    asked: SourceRange,
    widened: SourceRange,
    writable: bool,
) -> Result<Option<Provided>> {
    if !writable || asked.end().0 <= source.size()?.0 {
        return Ok(None);
    }
    let provided = source.provide(widened, Reserve::Growth)?;
    Ok(Some(provided).filter(|provided| provided.new_size > provided.old_size))
}
