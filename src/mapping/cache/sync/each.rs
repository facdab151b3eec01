//! Flushing the files and directories of paths.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::one::{Scope, SyncMode, SyncRequest, Synced, flush, flush_failure, open};
use super::progress::{UnderWay, unwritten};
use crate::mapping::cache::walk::{Done, Found, Job, Paths, Rows, Tally, each_file};
use crate::mapping::error::Result;
use crate::mapping::measure::residency::{Residency, cached_of_file};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenFile, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, FlushLevel, SourceName, StatIdentity};

/// The result of flushing files. An amount is null when it is unknown for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SyncedSum {
    /// Whether the command waited for completion.
    pub mode: SyncMode,
    /// The number of files.
    pub files: u64,
    /// The number of directories whose entries were flushed.
    pub directories: u64,
    /// The size of the files, in bytes.
    pub size: ByteLength,
    /// The amount that is no longer dirty, in bytes, under writeback or not; null when unknown.
    pub cleaned: Option<ByteLength>,
    /// The amount that is still dirty or dirty again, in bytes; null when unknown.
    pub dirty: Option<ByteLength>,
    /// The number of files that are still dirty or dirty again.
    pub dirty_files: u64,
    /// The number of files that are in memory only, and have no storage.
    pub memory_only_files: u64,
    /// The number of files for which the command waited in spite of --async.
    pub waited_files: u64,
    /// The number of files for which it is unknown how much was dirty.
    pub unknown_files: u64,
    /// The amount of the other files that is no longer dirty, in bytes.
    pub known: ByteLength,
    /// How far the data of all files got; null when the command did not wait, or there was nothing to flush.
    pub level: Option<FlushLevel>,
}

impl Default for SyncedSum {
    fn default() -> Self {
        Self {
            mode: SyncMode::Sync,
            files: 0,
            directories: 0,
            size: ByteLength::ZERO,
            cleaned: Some(ByteLength::ZERO),
            dirty: Some(ByteLength::ZERO),
            dirty_files: 0,
            memory_only_files: 0,
            waited_files: 0,
            unknown_files: 0,
            known: ByteLength::ZERO,
            level: None,
        }
    }
}

impl Tally for SyncedSum {
    fn add(&mut self, other: &Self) {
        let add = ByteLength::sum_known;
        let count = u64::saturating_add;
        *self = Self {
            mode: match (self.mode, other.mode) {
                (SyncMode::Sync, SyncMode::Sync) => SyncMode::Sync,
                _ => SyncMode::Async,
            },
            files: count(self.files, other.files),
            directories: count(self.directories, other.directories),
            size: self.size.plus(other.size),
            cleaned: add(self.cleaned, other.cleaned),
            dirty: add(self.dirty, other.dirty),
            dirty_files: count(self.dirty_files, other.dirty_files),
            memory_only_files: count(self.memory_only_files, other.memory_only_files),
            waited_files: count(self.waited_files, other.waited_files),
            unknown_files: count(self.unknown_files, other.unknown_files),
            known: self.known.plus(other.known),
            level: match (self.level, other.level) {
                (Some(FlushLevel::Drive), _) | (_, Some(FlushLevel::Drive)) => {
                    Some(FlushLevel::Drive)
                }
                (mine, theirs) => mine.or(theirs),
            },
        };
    }
}

impl SyncedSum {
    /// The result for a file of this size.
    #[must_use]
    pub fn of(size: ByteLength, synced: &Synced) -> Self {
        let dirty = dirty(&synced.after);
        let is_memory_only = synced.scope == Scope::MemoryOnly;
        let cleaned = match is_memory_only {
            true => Some(ByteLength::ZERO),
            false => synced.cleaned,
        };
        Self {
            mode: synced.mode,
            files: 1,
            directories: 0,
            size,
            cleaned,
            dirty,
            dirty_files: u64::from(dirty.is_some_and(|dirty| !dirty.is_zero())),
            memory_only_files: u64::from(is_memory_only),
            waited_files: u64::from(synced.had_to_wait),
            unknown_files: u64::from(cleaned.is_none()),
            known: cleaned.unwrap_or_default(),
            level: synced.level,
        }
    }
}

impl SyncedSum {
    /// The same for a file of which this amount was dirty before writing was started.
    fn with_dirty_before(mut self, amount: ByteLength) -> Self {
        if let (Some(cleaned), Some(dirty)) = (self.cleaned, self.dirty) {
            self.known = cleaned.max(amount.minus(dirty));
            self.cleaned = Some(self.known);
        }
        self
    }
}

fn dirty(seen: &Residency) -> Option<ByteLength> {
    seen.counts.dirty.map(|pages| seen.bytes(pages))
}

/// Flushes the files and directories of paths.
#[derive(Debug, Default)]
pub struct Flushing {
    request: SyncRequest,
    started: Started,
    under_way: UnderWay,
}

impl Flushing {
    /// Nothing is flushed yet; writing of some files was started.
    #[must_use]
    pub fn new(request: SyncRequest, started: Started) -> Self {
        Self {
            request,
            started,
            under_way: UnderWay::default(),
        }
    }

    /// The amount of dirty pages that was written so far.
    #[must_use]
    pub fn written(&self) -> ByteLength {
        self.under_way.written()
    }

    fn flush(&self, found: &Found) -> Result<SyncedSum> {
        let range = found.whole()?;
        let writable = match found.source.name() {
            SourceName::File(path) if sys::FLUSH_NEEDS_WRITING => {
                Some(open(&SourceSpec::File(path.clone()))?)
            }
            _ => None,
        };
        let source = writable.as_ref().unwrap_or(&found.source);
        let work = || flush(source, range, self.request, cached_of_file);
        let amount = self.started.amount_of(found);
        let synced = match found.source.handle() {
            Some(handle) => self.under_way.run(handle, range, amount, work)?,
            None => work()?,
        };
        Ok(SyncedSum::of(range.length(), &synced).with_dirty_before(amount))
    }
}

impl Job<SyncedSum> for Flushing {
    const TAKES_DIRECTORIES: bool = true;

    fn file(&self, found: &Found) -> Done<SyncedSum> {
        Done::from(self.flush(found))
    }

    fn directory(&self, directory: &OpenFile) -> Result<SyncedSum> {
        if self.request.mode == SyncMode::Async || sys::is_memory_backed(directory) {
            return Ok(SyncedSum::default());
        }
        sys::flush_directory(directory).map_err(|e| flush_failure(&e))?;
        Ok(SyncedSum {
            directories: 1,
            ..SyncedSum::default()
        })
    }
}

/// The files that were dirty when writing them was started.
#[derive(Debug, Default)]
pub struct Started {
    files: HashMap<StatIdentity, ByteLength>,
    /// The amount in all of them.
    pub total: ByteLength,
    /// The time that it took to start writing.
    pub duration: Duration,
}

impl Started {
    /// The amount of a file that was dirty or being written.
    pub(in crate::mapping) fn amount_of(&self, found: &Found) -> ByteLength {
        let known = self.files.get(&found.facts.identity);
        known.copied().unwrap_or_default()
    }
}

/// Starts writing the dirty pages of all files of the paths, so that the storage works on many at a time. It is the flush
/// that reports failures.
pub fn start_writing(paths: &Paths, interrupts: &Interrupts) -> Started {
    let started = Mutex::new(Started::default());
    let job = |found: &Found| {
        let amount = start(found).unwrap_or_default();
        if !amount.is_zero() {
            let mut started = started.lock().unwrap_or_else(PoisonError::into_inner);
            started.files.insert(found.facts.identity, amount);
            started.total = started.total.plus(amount);
        }
        Done::from(Ok(()))
    };
    // Whatever goes wrong is found again by the flush.
    let walked = each_file(paths, Rows::default(), interrupts, &job, &mut |_| Ok(()));
    Started {
        duration: walked.map_or(Duration::ZERO, |walked| walked.duration),
        ..started.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

fn start(found: &Found) -> Option<ByteLength> {
    let (file, range) = (found.source.handle()?.file(), found.whole().ok()?);
    let amount = unwritten(file, range);
    if !amount.is_zero() {
        let _ = sys::start_writeback(file, range);
    }
    Some(amount)
}

impl Tally for () {
    fn add(&mut self, (): &Self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(cleaned: Option<u64>, level: Option<FlushLevel>) -> SyncedSum {
        SyncedSum {
            files: 1,
            cleaned: cleaned.map(ByteLength),
            known: ByteLength(cleaned.unwrap_or(0)),
            level,
            ..SyncedSum::default()
        }
    }

    #[test]
    fn a_sum_is_unknown_with_one_unknown_file_and_has_the_lowest_level() {
        let mut total = SyncedSum::default();
        total.add(&sum(Some(4), None));
        assert_eq!((total.cleaned, total.level), (Some(ByteLength(4)), None));
        total.add(&sum(Some(5), Some(FlushLevel::Storage)));
        total.add(&sum(None, Some(FlushLevel::Drive)));
        total.add(&sum(Some(6), Some(FlushLevel::Storage)));
        assert_eq!((total.files, total.known), (4, ByteLength(15)));
        assert_eq!(
            (total.cleaned, total.level),
            (None, Some(FlushLevel::Drive))
        );
    }

    #[test]
    fn pages_that_were_written_before_the_flush_count() {
        let before = |cleaned, amount| {
            let sum = sum(Some(cleaned), None).with_dirty_before(ByteLength(amount));
            sum.cleaned.unwrap().0
        };
        assert_eq!((before(0, 8), before(9, 8)), (8, 9));
        let dirty_again = SyncedSum {
            dirty: Some(ByteLength(3)),
            ..sum(Some(0), None)
        };
        let amount = dirty_again.with_dirty_before(ByteLength(8)).cleaned;
        assert_eq!(amount, Some(ByteLength(5)));
    }
}
