//! Dropping what is cached of a file outside its ranges in the snapshot.

use super::open::Opened;
use crate::mapping::cache::evict::evict_and;
use crate::mapping::cache::snapshot::ranges;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Holders, SourceRange};

/// The number of runs of pages that are evicted one by one, with all efforts.
const MOST_EFFORTS: usize = 1000;

/// What was dropped, and what stayed. `None` when unknown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dropped {
    pub(super) dropped: Option<ByteLength>,
    pub(super) kept: Option<ByteLength>,
}

/// Drops the pages of a file that have no byte of its ranges. Dirty pages are flushed first. Most pages are clean and not
/// in use: one call drops them; those that stay are evicted like a range of a file.
pub(super) fn drop_rest(opened: &Opened<'_>) -> Result<Dropped> {
    let file = opened.file()?;
    let page = sys::page_size();
    let keep: Vec<SourceRange> = opened
        .ranges
        .iter()
        .map(|range| range.widen(page).unwrap_or(*range))
        .collect();
    let rest = || {
        let cached = ranges::resident(file, opened.size).ok()?;
        Some(ranges::subtract(&cached, &keep))
    };
    let Some(before) = rest() else {
        return Ok(Dropped {
            dropped: None,
            kept: None,
        });
    };
    for run in &before {
        sys::drop_cached(file, *run).map_err(|e| Error::os("evict", &e))?;
    }
    let left = match before.is_empty() {
        true => Some(Vec::new()),
        false => rest(),
    };
    for run in left.iter().flatten().take(MOST_EFFORTS) {
        evict_and(&opened.source, *run, |_, _| Holders::default())?;
    }
    let kept = match left {
        Some(left) if left.is_empty() => Some(ByteLength::ZERO),
        _ => rest().map(|left| ranges::bytes(&left)),
    };
    Ok(Dropped {
        dropped: kept.map(|kept| ranges::bytes(&before).minus(kept)),
        kept,
    })
}
