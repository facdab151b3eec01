//! What `map` refuses of a source that is too short.

use super::job::MapJob;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::Source;
use crate::mapping::types::{ByteLength, Kind, LengthText, Remedy, SourceOffset, SourceRange};

/// The refusal to map even one byte. The byte need not exist, because it is not accessed.
pub(super) fn refusal_of_any_byte(source: &Source, job: &MapJob) -> Option<Error> {
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
    if source.handle().is_none() {
        return Ok(());
    }
    let size = source.planned_size()?.max(ByteLength(range.end().0));
    let ends = job.remapped(range).flatten();
    let Some(end) = ends
        .map(|range| ByteLength(range.end().0))
        .find(|end| *end > size)
    else {
        return Ok(());
    };
    let reason = format!(
        "the mapping would end at {}, but the file is {}",
        LengthText(end),
        LengthText(size)
    );
    let error = Error::new(Kind::FileTooShort, "remap", reason).on(source.name());
    Err(error.hint(Remedy::ExtendBeforeRemap))
}
