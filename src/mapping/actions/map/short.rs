//! The failures of a source that is too short for the requested mapping.

use super::job::MapJob;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::{OpenRequest, Source, SourceSpec};
use crate::mapping::types::{
    ByteLength, Kind, LengthText, Remedy, SourceKind, SourceOffset, SourceRange,
};

/// The failure of an empty range at the end of a source.
pub(in crate::mapping::actions) fn nothing_to_map(source: &Source, range: SourceRange) -> Error {
    Error::new(Kind::FileTooShort, "map", why_empty(range)).on(source.name())
}

/// Why a range at the end of a source is empty.
pub(in crate::mapping::actions) fn why_empty(range: SourceRange) -> String {
    match range.offset() {
        SourceOffset::START => "it is empty".to_owned(),
        SourceOffset(offset) => format!("it ends at offset {offset}"),
    }
}

/// The failure of a source that is too short, with a remedy; or the refusal to map it, if it cannot be mapped at any
/// length.
pub(super) fn why_too_short(
    error: Error,
    source: &Source,
    spec: &SourceSpec,
    job: &MapJob,
) -> Error {
    if error.kind() != Kind::FileTooShort {
        return error;
    }
    if let Some(refusal) = refusal_of_any_byte(source, job) {
        return refusal;
    }
    match (source.kind(), job.writes()) {
        (SourceKind::BlockDevice, _) => error.hint("a block device cannot be extended"),
        (_, true) => error.hint(Remedy::Extend),
        (_, false) if job.could_write() && could_grow(spec) => error.hint(Remedy::WriteToExtend),
        (_, false) => error,
    }
}

/// Whether a source could be opened for writing and extended.
fn could_grow(spec: &SourceSpec) -> bool {
    Source::open(spec, &OpenRequest::WRITE).is_ok_and(|source| source.can_grow())
}

/// The refusal to map even one byte. The byte need not exist, because it is not accessed.
fn refusal_of_any_byte(source: &Source, job: &MapJob) -> Option<Error> {
    let range = SourceRange::new(SourceOffset::START, ByteLength(1))?;
    let request = MapRequest {
        visibility: job.mapping.visibility,
        ..MapRequest::plain(range, job.mapping.access)
    };
    let refusal = Region::map(source, &request).err();
    refusal.filter(|error| matches!(error.kind(), Kind::AccessDenied | Kind::Unsupported))
}

/// Refuses to remap beyond the end of a file, where any access faults.
pub(super) fn check_remap(source: &Source, job: &MapJob, range: SourceRange) -> Result<()> {
    let Some(length) = job.after.remap.filter(|_| source.handle().is_some()) else {
        return Ok(());
    };
    let size = source.planned_size()?.max(ByteLength(range.end().0));
    let end = ByteLength(range.offset().plus(length).0);
    if end <= size {
        return Ok(());
    }
    let reason = format!(
        "the mapping would end at {}, but the file is {}",
        LengthText(end),
        LengthText(size)
    );
    let error = Error::new(Kind::FileTooShort, "remap", reason).on(source.name());
    Err(error.hint(Remedy::ExtendBeforeRemap))
}
