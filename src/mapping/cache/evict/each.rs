//! Evicting the files of paths.

use schemars::JsonSchema;
use serde::Serialize;

use super::one::{Evicted, evict};
use crate::mapping::cache::walk::{Found, Tally};
use crate::mapping::error::Result;
use crate::mapping::measure::residency::{Residency, cached_of_file};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kept, SourceRange};

/// The result of evicting files. An amount is null when it is unknown for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvictedSum {
    /// The number of files.
    pub files: u64,
    /// The size of the files, in bytes.
    pub size: ByteLength,
    /// The amount that left the page cache, in bytes; null when unknown.
    pub evicted: Option<ByteLength>,
    /// The amount that stayed, in bytes; null when unknown.
    pub kept: Option<ByteLength>,
    /// The number of files of which pages stayed.
    pub kept_files: u64,
}

impl Default for EvictedSum {
    fn default() -> Self {
        Self {
            files: 0,
            size: ByteLength::ZERO,
            evicted: Some(ByteLength::ZERO),
            kept: Some(ByteLength::ZERO),
            kept_files: 0,
        }
    }
}

impl Tally for EvictedSum {
    fn add(&mut self, other: &Self) {
        let add = |a: Option<ByteLength>, b: Option<ByteLength>| Some(a?.plus(b?));
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            evicted: add(self.evicted, other.evicted),
            kept: add(self.kept, other.kept),
            kept_files: self.kept_files.saturating_add(other.kept_files),
        };
    }
}

impl EvictedSum {
    fn of(size: ByteLength, before: &Residency, after: &Residency) -> Self {
        let held = |seen: &Residency| {
            let pages = seen.counts.held()?;
            Some(ByteLength(pages.saturating_mul(seen.page_size)))
        };
        let (before, kept) = (held(before), held(after));
        Self {
            files: 1,
            size,
            evicted: before.zip(kept).map(|(before, kept)| before.minus(kept)),
            kept,
            kept_files: u64::from(kept.is_some_and(|kept| !kept.is_zero())),
        }
    }
}

impl From<&Evicted> for EvictedSum {
    fn from(evicted: &Evicted) -> Self {
        Self::of(evicted.length, &evicted.before, &evicted.after)
    }
}

/// Evicts a file that was found, and returns why pages stayed, if some did. Most files have only clean pages that nobody
/// uses: these take two measurements and one call.
///
/// # Errors
/// Those of [`evict`].
pub fn evict_found(found: &Found) -> Result<(EvictedSum, Option<Kept>)> {
    let range = found.whole()?;
    if let Some(sum) = drop_clean(found, range) {
        return Ok((sum, None));
    }
    let evicted = evict(&found.source, range)?;
    Ok((EvictedSum::from(&evicted), evicted.kept))
}

/// Drops the pages of a file without dirty pages; `None` when it has some, or pages stay.
fn drop_clean(found: &Found, range: SourceRange) -> Option<EvictedSum> {
    let file = found.source.handle()?.file();
    let page = sys::page_size();
    let before = cached_of_file(file, range, page);
    let counts = &before.counts;
    if (counts.dirty, counts.writeback) != (Some(0), Some(0)) {
        return None;
    }
    if counts.cached? == 0 {
        return Some(EvictedSum::of(range.length(), &before, &before));
    }
    sys::drop_cached(file, range).ok()?;
    let after = cached_of_file(file, range, page);
    (after.counts.cached == Some(0)).then(|| EvictedSum::of(range.length(), &before, &after))
}
