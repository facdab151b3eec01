//! Evicting the files of paths.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;

use super::one::{Evicted, dirty, evict_and, evicted, held};
use crate::mapping::cache::effect::may_be_unwritten;
use crate::mapping::cache::sync::{self, Started};
use crate::mapping::cache::walk::{Found, Paths, Tally};
use crate::mapping::error::Result;
use crate::mapping::measure::holders::{HeldFile, holders_of_each};
use crate::mapping::measure::residency::{Method, Residency, cached_of_file};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Holders, Kept, SourceName, SourceRange};

/// The result of evicting files. An amount is null when it is unknown for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct EvictedSum {
    /// The number of files.
    pub files: u64,
    /// The size of the files, in bytes.
    pub size: ByteLength,
    /// The amount that left the page cache, in bytes; null when unknown.
    pub evicted: Option<ByteLength>,
    /// The amount that was dirty and was flushed first, in bytes; null when unknown.
    pub flushed: Option<ByteLength>,
    /// The amount that stayed, in bytes; null when unknown.
    pub kept: Option<ByteLength>,
    /// The number of files of which pages stayed.
    pub kept_files: u64,
    /// The number of files for which the result is unknown.
    pub unknown_files: u64,
    /// The amount that left the page cache of the other files, in bytes.
    pub known: ByteLength,
}

impl Default for EvictedSum {
    fn default() -> Self {
        let zero = Some(ByteLength::ZERO);
        Self {
            files: 0,
            size: ByteLength::ZERO,
            evicted: zero,
            flushed: zero,
            kept: zero,
            kept_files: 0,
            unknown_files: 0,
            known: ByteLength::ZERO,
        }
    }
}

impl Tally for EvictedSum {
    fn add(&mut self, other: &Self) {
        let add = ByteLength::sum_known;
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            evicted: add(self.evicted, other.evicted),
            flushed: add(self.flushed, other.flushed),
            kept: add(self.kept, other.kept),
            kept_files: self.kept_files.saturating_add(other.kept_files),
            unknown_files: self.unknown_files.saturating_add(other.unknown_files),
            known: self.known.plus(other.known),
        };
    }
}

impl EvictedSum {
    /// The result for a file of this size.
    #[must_use]
    pub fn of(size: ByteLength, evicted: &Evicted) -> Self {
        Self {
            flushed: evicted.flushed,
            ..Self::between(size, &evicted.before, &evicted.after)
        }
    }

    /// The result for a file between two measurements.
    fn between(size: ByteLength, before: &Residency, after: &Residency) -> Self {
        let (evicted, kept) = (evicted(before, after), held(after));
        Self {
            files: 1,
            size,
            evicted,
            flushed: Some(ByteLength::ZERO),
            kept,
            kept_files: u64::from(kept.is_some_and(|kept| !kept.is_zero())),
            unknown_files: u64::from(evicted.is_none()),
            known: evicted.unwrap_or_default(),
        }
    }
}

/// A file of which pages stayed, and why.
#[derive(Debug)]
pub struct Stayed {
    /// The file.
    pub name: SourceName,
    /// Why its pages stayed.
    pub kept: Kept,
}

/// The files whose pages exist only in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryOnly {
    /// One of them.
    pub name: Option<SourceName>,
    /// The number of files.
    pub files: u64,
    /// The number of pages.
    pub pages: u64,
}

/// Evicts the files of paths. Why pages stayed is found out for many files at once, because it takes a look at all
/// processes.
#[derive(Debug)]
pub struct Evicting<'a> {
    paths: &'a Paths,
    interrupts: &'a Interrupts,
    /// The number of dirty files so far.
    dirty: AtomicU64,
    /// Whether writing of all dirty files was started.
    started: OnceLock<Started>,
    waiting: Mutex<Vec<(Stayed, HeldFile)>>,
    memory_only: Mutex<MemoryOnly>,
}

impl<'a> Evicting<'a> {
    /// Nothing is evicted yet.
    #[must_use]
    pub fn new(paths: &'a Paths, interrupts: &'a Interrupts) -> Self {
        Self {
            paths,
            interrupts,
            dirty: AtomicU64::new(0),
            started: OnceLock::new(),
            waiting: Mutex::default(),
            memory_only: Mutex::default(),
        }
    }

    /// Evicts a file, and returns files whose pages stayed, this one or others. Most files have only clean pages that
    /// nobody uses: these take two measurements and one call.
    ///
    /// # Errors
    /// Those of [`super::evict`].
    pub fn evict(&self, found: &Found) -> Result<(EvictedSum, Vec<Stayed>)> {
        let range = found.whole()?;
        let tried = self.drop_unused(found, range)?;
        if let Some((sum, true)) = tried {
            return Ok((sum, Vec::new()));
        }
        let evicted = evict_and(&found.source, range, |_, _| Holders::default())?;
        let mut sum = EvictedSum::of(range.length(), &evicted);
        if let Some((before, _)) = tried {
            let add = ByteLength::sum_known;
            sum.evicted = add(sum.evicted, before.evicted);
            sum.flushed = add(sum.flushed, before.flushed);
            sum.known = sum.known.plus(before.known);
        }
        let stayed = evicted
            .kept_reason
            .map_or_else(Vec::new, |kept| self.stayed(found, kept));
        Ok((sum, stayed))
    }

    /// Flushes the pages of a file and drops them. Returns the result, and whether no page is left; `None` where it
    /// cannot be measured in this way.
    fn drop_unused(&self, found: &Found, range: SourceRange) -> Result<Option<(EvictedSum, bool)>> {
        let Some(handle) = found.source.handle() else {
            return Ok(None);
        };
        let (file, page) = (handle.file(), sys::page_size());
        let before = cached_of_file(file, range, page);
        if before.method != Method::Cachestat {
            return Ok(None);
        }
        if before.counts.cached == Some(0) {
            let nothing = EvictedSum::between(range.length(), &before, &before);
            return Ok(Some((nothing, true)));
        }
        let is_dirty = may_be_unwritten(&before.counts);
        let started = self.started(found, is_dirty);
        // The call also reports that pages could not be written since writing was started. They count as clean.
        if is_dirty || !started.is_zero() {
            sys::write_back(file, range).map_err(|e| sync::flush_failure(&e))?;
        }
        let counted = sys::drop_all_cached(file).map(|()| sys::cache_stat(file, range, page));
        let Ok(Ok(counts)) = counted else {
            return Ok(None);
        };
        let after = Residency { counts, ..before };
        let sum = EvictedSum {
            flushed: dirty(&before).map(|dirty| dirty.max(started)),
            ..EvictedSum::between(range.length(), &before, &after)
        };
        Ok(Some((sum, counts.cached == Some(0))))
    }

    /// Starts writing all dirty files of the paths once several were found, so that the storage works on many at a time.
    /// Returns how much of this file was dirty then.
    fn started(&self, found: &Found, is_dirty: bool) -> ByteLength {
        /// The number of dirty files that are flushed one after the other.
        const FEW: u64 = 8;
        let earlier = self.dirty.fetch_add(u64::from(is_dirty), Ordering::SeqCst);
        if earlier < FEW {
            return ByteLength::ZERO;
        }
        let start = || sync::start_writing(self.paths, self.interrupts);
        self.started.get_or_init(start).amount_of(found)
    }

    /// Notes a file whose pages stayed.
    fn stayed(&self, found: &Found, kept: Kept) -> Vec<Stayed> {
        /// The number of files whose holders are searched for together, which bounds the memory for them.
        const BATCH: usize = 4096;
        if kept.memory_only {
            let mut all = self
                .memory_only
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            all.files = all.files.saturating_add(1);
            all.pages = all.pages.saturating_add(kept.pages);
            all.name.get_or_insert_with(|| found.source.name().clone());
            return Vec::new();
        }
        let Some(handle) = found.source.handle() else {
            return Vec::new();
        };
        let held = HeldFile::whole(handle.file());
        let name = found.source.name().clone();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.push((Stayed { name, kept }, held));
        match waiting.len() >= BATCH {
            true => {
                let batch = mem::take(&mut *waiting);
                drop(waiting);
                with_holders(batch)
            }
            false => Vec::new(),
        }
    }

    /// The other files whose pages stayed, once all are evicted.
    #[must_use]
    pub fn finish(self) -> (Vec<Stayed>, MemoryOnly) {
        let waiting = self
            .waiting
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let memory_only = self.memory_only.into_inner();
        let memory_only = memory_only.unwrap_or_else(PoisonError::into_inner);
        (with_holders(waiting), memory_only)
    }
}

/// Finds the processes that keep the pages of files.
fn with_holders(batch: Vec<(Stayed, HeldFile)>) -> Vec<Stayed> {
    if batch.is_empty() {
        return Vec::new();
    }
    let files: Vec<&HeldFile> = batch.iter().map(|(_, held)| held).collect();
    let holders = holders_of_each(&files);
    let mut all: Vec<Stayed> = batch.into_iter().map(|(stayed, _)| stayed).collect();
    for (stayed, holders) in all.iter_mut().zip(holders) {
        stayed.kept.holders = holders;
    }
    all
}
