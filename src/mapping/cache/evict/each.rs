//! Evicting the files of paths.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use schemars::JsonSchema;
use serde::Serialize;

use super::one::{Evicted, PAUSE, TRIES_LATER, dirty, evict_and, evicted, held, may_leave_soon};
use crate::mapping::cache::effect::may_be_unwritten;
use crate::mapping::cache::sync::{self, Started};
use crate::mapping::cache::walk::{Found, Paths, Tally};
use crate::mapping::error::Result;
use crate::mapping::measure::holders::{HeldFile, holders_of_each};
use crate::mapping::measure::residency::{Method, Residency, cached_of_file};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Holders, Kept, SourceName, SourceRange, StatIdentity};

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

    /// Counts an amount that stayed as evicted. If it was the last of its file, nothing of the file stayed.
    fn release(&mut self, bytes: ByteLength, last: bool) {
        self.kept = self.kept.map(|kept| kept.minus(bytes));
        self.evicted = self.evicted.map(|evicted| evicted.plus(bytes));
        self.known = self.known.plus(bytes);
        self.kept_files = self.kept_files.saturating_sub(u64::from(last));
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

/// A file whose pages stayed, until it is known why.
#[derive(Debug)]
struct Waiting {
    stayed: Stayed,
    held: HeldFile,
    identity: StatIdentity,
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
    waiting: Mutex<Vec<Waiting>>,
    /// Files whose pages no process is known to keep.
    unexplained: Mutex<Vec<Waiting>>,
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
            unexplained: Mutex::default(),
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
        waiting.push(Waiting {
            stayed: Stayed { name, kept },
            held,
            identity: found.facts.identity,
        });
        match waiting.len() >= BATCH {
            true => {
                let batch = mem::take(&mut *waiting);
                drop(waiting);
                self.explain(batch)
            }
            false => Vec::new(),
        }
    }

    /// Finds the processes that keep the pages of files. Files for which there is none are left for another attempt.
    fn explain(&self, batch: Vec<Waiting>) -> Vec<Stayed> {
        /// The number of files for another attempt. Of more files, pages hardly stayed for a moment only.
        const MOST: usize = 256;
        let explained = with_holders(batch);
        let mut unexplained = self
            .unexplained
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let mut all = Vec::new();
        for file in explained {
            match may_leave_soon(&file.stayed.kept) && unexplained.len() < MOST {
                true => unexplained.push(file),
                false => all.push(file.stayed),
            }
        }
        all
    }

    /// The other files whose pages stayed, once all are evicted. Pages that nobody is known to keep are dropped once
    /// more, which changes the total.
    #[must_use]
    pub fn finish(mut self, total: &mut EvictedSum) -> (Vec<Stayed>, MemoryOnly) {
        let waiting = self.waiting.get_mut();
        let waiting = mem::take(waiting.unwrap_or_else(PoisonError::into_inner));
        let mut stayed = self.explain(waiting);
        let mut unexplained = self
            .unexplained
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        for _ in 0..TRIES_LATER {
            if unexplained.is_empty() || self.interrupts.requested().is_some() {
                break;
            }
            thread::sleep(PAUSE);
            unexplained.retain_mut(|file| file.stays(total));
        }
        stayed.extend(unexplained.into_iter().map(|file| file.stayed));
        let memory_only = self.memory_only.into_inner();
        let memory_only = memory_only.unwrap_or_else(PoisonError::into_inner);
        (stayed, memory_only)
    }
}

impl Waiting {
    /// Evicts the file once more, adds the result to the total, and returns whether pages stay.
    fn stays(&mut self, total: &mut EvictedSum) -> bool {
        let Some(evicted) = self.evict() else {
            return true;
        };
        let before = &mut self.stayed.kept;
        let kept = evicted.kept_reason.unwrap_or_default();
        let gone = before.pages.saturating_sub(kept.pages);
        total.release(evicted.before.bytes(gone), kept.pages == 0);
        *before = Kept {
            holders: mem::take(&mut before.holders),
            ..kept
        };
        before.pages > 0
    }

    /// Evicts the file, if it is still the same.
    fn evict(&self) -> Option<Evicted> {
        let SourceName::File(path) = &self.stayed.name else {
            return None;
        };
        let file = sys::open_found(path, true).ok()?;
        let facts = sys::facts_of_regular(&file).ok()??;
        let source = Source::of_found(path.clone(), file);
        let found = Found { source, facts };
        let range = found.whole().ok()?;
        let same = found.facts.identity == self.identity;
        same.then(|| evict_and(&found.source, range, |_, _| Holders::default()).ok())?
    }
}

/// Finds the processes that keep the pages of files.
fn with_holders(mut batch: Vec<Waiting>) -> Vec<Waiting> {
    if batch.is_empty() {
        return batch;
    }
    let files: Vec<&HeldFile> = batch.iter().map(|file| &file.held).collect();
    let holders = holders_of_each(&files);
    for (file, holders) in batch.iter_mut().zip(holders) {
        file.stayed.kept.holders = holders;
    }
    batch
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use crate::mapping::cache::sample::on_disk;
    use crate::mapping::cache::walk::{Done, Rows, each_file};
    use crate::mapping::source::SourceSpec;
    use crate::skip::skip;
    use rustix::pipe::{SpliceFlags, pipe, splice};
    use std::fs::File;

    /// Evicts a file while a page of it is in a pipe, which is closed before the end or not.
    fn with_a_page_in_a_pipe(closed: bool) -> Option<(EvictedSum, usize)> {
        let (file, _, _) = on_disk(4);
        File::open(file.path()).unwrap().sync_all().unwrap();
        let (reader, writer) = pipe().unwrap();
        let opened = File::open(file.path()).unwrap();
        let flags = SpliceFlags::empty();
        splice(&opened, Some(&mut 0), &writer, None, 4096, flags).unwrap();
        let paths = Paths {
            paths: vec![SourceSpec::File(file.path().to_owned())],
            ..Paths::default()
        };
        let interrupts = Interrupts::new();
        let evicting = Evicting::new(&paths, &interrupts);
        let job = |found: &Found| Done::from(evicting.evict(found).map(|(sum, _)| sum));
        let rows = Rows::default();
        let walked = each_file(&paths, rows, &interrupts, &job, &mut |_| Ok(())).unwrap();
        let mut total = walked.total;
        if total.kept_files != 1 {
            skip("a file system whose pages a pipe keeps");
            return None;
        }
        let pipe = Some((reader, writer)).filter(|_| !closed);
        let (stayed, _) = evicting.finish(&mut total);
        drop(pipe);
        Some((total, stayed.len()))
    }

    #[test]
    fn pages_that_are_used_for_a_moment_leave_in_the_end() {
        let Some((total, stayed)) = with_a_page_in_a_pipe(true) else {
            return;
        };
        assert_eq!((total.kept_files, stayed), (0, 0));
        assert_eq!(total.kept, Some(ByteLength::ZERO));
        assert_eq!(total.evicted, Some(total.size));
        assert_eq!(total.known, total.size);
    }

    #[test]
    fn pages_that_stay_are_reported() {
        let Some((total, stayed)) = with_a_page_in_a_pipe(false) else {
            return;
        };
        assert_eq!((total.kept_files, stayed), (1, 1));
        assert!(total.kept > Some(ByteLength::ZERO));
    }
}
