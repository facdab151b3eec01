//! Taking a snapshot: the job of a walk, whose threads add the lines of their files.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::format::{Head, SavedFile, SavedSum};
use super::known::Known;
use super::look::{cached_ranges, file_of, modified};
use super::ranges;
use super::root::Root;
use crate::mapping::cache::walk::{Done, Found, Seen, Tally};
use crate::mapping::error::Result;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{FileFacts, SourceRange};

/// Writes a snapshot.
pub struct Recorder<'a> {
    root: Root,
    /// What was cached before, and is left out.
    known: Option<&'a Known>,
    seen: Seen,
    out: Mutex<Out<'a>>,
}

struct Out<'a> {
    writer: &'a mut (dyn Write + Send),
    sum: SavedSum,
    failure: Option<io::Error>,
}

impl fmt::Debug for Recorder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").finish_non_exhaustive()
    }
}

impl<'a> Recorder<'a> {
    /// Begins a snapshot of files below a root. With `known`, it has only what was not cached then.
    #[must_use]
    pub fn new(root: Root, known: Option<&'a Known>, writer: &'a mut (dyn Write + Send)) -> Self {
        let recorder = Self {
            known,
            seen: Seen::default(),
            out: Mutex::new(Out {
                writer,
                sum: SavedSum::default(),
                failure: None,
            }),
            root,
        };
        let head = Head {
            page_size: sys::page_size().bytes(),
            root: recorder.root.directory().to_owned(),
            time_ns: now(),
            boot_id: sys::boot_id(),
        };
        recorder.add(&SavedSum::default(), |text| head.write(text));
        recorder
    }

    /// Adds what is cached of a file: the job of a walk.
    pub fn save(&self, found: &Found) -> Done<SavedSum> {
        Done::from(self.save_cached(found))
    }

    fn save_cached(&self, found: &Found) -> Result<SavedSum> {
        let cached = cached_ranges(&found.source, &found.facts)?;
        match self.known {
            None => self.record(&found.source, &found.facts, cached),
            Some(known) => match known.new_of(found.facts.identity, cached) {
                new if new.is_empty() => Ok(SavedSum::default()),
                new => self.record(&found.source, &found.facts, new),
            },
        }
    }

    /// Does what drops pages of a file, and adds the ranges that left memory. Once writing has failed, nothing is dropped
    /// any more.
    ///
    /// # Errors
    /// Those of `drop_pages`; `access_denied` or `unsupported` when the cached pages are unknown, which then stay.
    pub fn save_dropped<T: Default>(
        &self,
        source: &Source,
        drop_pages: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if self.has_failed() {
            return Ok(T::default());
        }
        let facts = file_of(source)?.facts()?;
        let before = cached_ranges(source, &facts)?;
        let done = drop_pages();
        if !before.is_empty() {
            let dropped = ranges::subtract(&before, &cached_ranges(source, &facts)?);
            if !dropped.is_empty() {
                self.record(source, &facts, dropped)?;
            }
        }
        done
    }

    /// Adds ranges of a file, unless it was added before.
    fn record(
        &self,
        source: &Source,
        facts: &FileFacts,
        ranges: Vec<SourceRange>,
    ) -> Result<SavedSum> {
        let handle = file_of(source)?;
        if !self.seen.add(facts.identity) {
            return Ok(SavedSum::default());
        }
        let saved = SavedFile {
            path: self.root.path_below(source.name())?,
            size: facts.size,
            mtime_ns: modified(handle.file())?,
            identity: facts.identity,
            ranges,
        };
        let sum = SavedSum::of(&saved);
        self.add(&sum, |text| saved.write(text));
        Ok(sum)
    }

    fn add(&self, sum: &SavedSum, write: impl FnOnce(&mut Vec<u8>) -> io::Result<()>) {
        let mut text = Vec::new();
        let written = write(&mut text);
        let mut out = self.lock();
        if out.failure.is_none() {
            out.failure = written.and_then(|()| out.writer.write_all(&text)).err();
            out.sum.add(sum);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Out<'a>> {
        self.out.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether writing has failed, so that more work would be lost.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.lock().failure.is_some()
    }

    /// Writes the total.
    ///
    /// # Errors
    /// The first failure to write.
    pub fn finish(self) -> io::Result<SavedSum> {
        let out = self
            .out
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let mut text = Vec::new();
        out.sum.write(&mut text)?;
        match out.failure {
            Some(failure) => Err(failure),
            None => out
                .writer
                .write_all(&text)
                .and_then(|()| out.writer.flush())
                .map(|()| out.sum),
        }
    }
}

/// The time, in nanoseconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_nanos()).unwrap_or(u64::MAX)
}
