//! A trial mapping before the contents of its source are truncated.

use super::job::MapJob;
use crate::mapping::actions::advise::mapping::{self, AdviseRequest};
use crate::mapping::error::Result;
use crate::mapping::measure::page_sizes;
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::Source;
use crate::mapping::types::{ByteLength, MapFlag, SourceRange};

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
    if let Some(length) = job.after.remap {
        region.remap(length)?;
    }
    if let Some(protection) = job.after.protect {
        region.protect(protection)?;
    }
    let locks = request.flags.has(MapFlag::Locked) || request.flags.has(MapFlag::LockOnfault);
    if job.after.lock || locks {
        region.try_pin()?;
    }
    drop(region);
    rehearse_advice(source, job, request)
}

/// Gives the advice to one page, unless it is destructive.
fn rehearse_advice(source: &Source, job: &MapJob, request: &MapRequest) -> Result<()> {
    let advice = job.after.advise.filter(|advice| !advice.is_destructive());
    let Some(advice) = advice else {
        return Ok(());
    };
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
