//! What there is to load, without loading anything.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::mapping::cache::walk::{Done, Found, Paths, Rows, Tally, each_file};
use crate::mapping::error::Result;
use crate::mapping::measure::residency::cached_of_file;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::data_runs::missing_pages;
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Counts, FileFacts, SourceRange};

/// How much of files is in the page cache, and how much is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// The number of files.
    pub files: u64,
    /// The size of the files.
    pub size: ByteLength,
    /// The data that is missing, or may be if that is unknown.
    pub missing: ByteLength,
    /// The number of files of which data is missing.
    pub missing_files: u64,
    /// The part of the page cache that the kernel counts as available memory.
    pub cached: ByteLength,
}

impl Tally for Survey {
    fn add(&mut self, other: &Self) {
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            missing: self.missing.plus(other.missing),
            missing_files: self.missing_files.saturating_add(other.missing_files),
            cached: self.cached.plus(other.cached),
        };
    }
}

/// Measures the files of paths. Loading them reports the failures. `progress` receives the number of files so far from
/// time to time.
///
/// # Errors
/// Those of [`each_file`].
pub fn survey_paths(
    paths: &Paths,
    interrupts: &Interrupts,
    progress: &mut dyn FnMut(u64),
) -> Result<Survey> {
    let files = AtomicU64::new(0);
    let job = |found: &Found| {
        files.fetch_add(1, Ordering::Relaxed);
        let range = found.whole();
        Done::from(range.map(|range| survey(&found.source, range, &found.facts)))
    };
    let rows = Rows::default();
    let walked = each_file(paths, rows, interrupts, &job, &mut |_| {
        progress(files.load(Ordering::Relaxed));
        Ok(())
    })?;
    Ok(walked.total)
}

/// Measures a range of a file.
///
/// # Errors
/// Those of [`Handle::facts`].
pub fn survey_range(source: &Source, range: SourceRange) -> Result<Survey> {
    let facts = source.handle().map(Handle::facts).transpose()?;
    Ok(facts.map_or_else(Survey::default, |facts| survey(source, range, &facts)))
}

fn survey(source: &Source, range: SourceRange, facts: &FileFacts) -> Survey {
    let size = range.length();
    let unmeasured = Survey {
        files: 1,
        size,
        ..Survey::default()
    };
    let Some(handle) = source.handle().filter(|_| !range.is_empty()) else {
        return unmeasured;
    };
    let page = sys::page_size();
    let bytes = |pages: u64| ByteLength(pages.saturating_mul(page.bytes()));
    let counts = cached_of_file(handle.file(), range, page).counts;
    let held = counts.held().unwrap_or(0);
    let absent = counts.pages.saturating_sub(held);
    let missing = match absent {
        0 => 0,
        _ if is_dense(facts) => absent,
        _ => missing_pages(source, range, cached_of_file, |counts| {
            Some(Counts::held(counts).unwrap_or(0))
        })
        .unwrap_or(absent),
    };
    let available = held > 0 && !sys::is_memory_backed(handle.file());
    Survey {
        missing: bytes(missing),
        missing_files: u64::from(missing > 0),
        cached: bytes(if available { held } else { 0 }),
        ..unmeasured
    }
}

/// Whether a file has no holes: its blocks are as long as its contents.
pub(super) fn is_dense(facts: &FileFacts) -> bool {
    facts.allocated >= facts.size
}
