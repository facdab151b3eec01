//! Taking a snapshot: the job of a walk, whose threads add the lines of their files.

use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use super::format::{Head, SavedFile, SavedSum};
use super::known::Known;
use super::ranges;
use super::root::Root;
use crate::mapping::cache::walk::{Done, Found, Seen, Tally};
use crate::mapping::error::{Error, Result};
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::{Kind, SourceRange, UnknownReason};

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
            time_ns: u64::try_from(since_1970(SystemTime::now())).unwrap_or(0),
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
        let cached = cached_ranges(found)?;
        match self.known {
            None => self.record(found, cached),
            Some(known) => match known.new_of(found.facts.identity, cached) {
                new if new.is_empty() => Ok(SavedSum::default()),
                new => self.record(found, new),
            },
        }
    }

    /// Adds ranges of a file, unless it was added before.
    ///
    /// # Errors
    /// Those of `fstat(2)`; `failed` for a file outside the root.
    pub fn record(&self, found: &Found, ranges: Vec<SourceRange>) -> Result<SavedSum> {
        let file = file_of(found)?;
        if !self.seen.add(found.facts.identity) {
            return Ok(SavedSum::default());
        }
        let saved = SavedFile {
            path: self.path_of(found)?,
            size: found.facts.size,
            mtime_ns: modified(file)?,
            identity: found.facts.identity,
            ranges,
        };
        let sum = SavedSum::of(&saved);
        self.add(&sum, |text| saved.write(text));
        Ok(sum)
    }

    fn path_of(&self, found: &Found) -> Result<PathBuf> {
        self.root.path_below(found.source.name())
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

/// The file, if it is a regular one with pages in the page cache.
fn file_of(found: &Found) -> Result<&OpenFile> {
    let handle = found.source.handle();
    let regular = handle.filter(|handle| handle.kind() == crate::mapping::types::SourceKind::File);
    let regular = regular.map(crate::mapping::source::Handle::file);
    regular.ok_or_else(|| Error::new(Kind::Unsupported, "save", "it is not a regular file"))
}

/// The ranges of a file that are in the page cache.
pub(super) fn cached_ranges(found: &Found) -> Result<Vec<SourceRange>> {
    ranges::resident(file_of(found)?, found.facts.size).map_err(unseen)
}

/// The failure that the pages of a file are unknown.
pub(in crate::mapping::cache) fn unseen(reason: UnknownReason) -> Error {
    let kind = match reason {
        UnknownReason::NotPermitted => Kind::AccessDenied,
        UnknownReason::Failed(_) => Kind::Failed,
        _ => Kind::Unsupported,
    };
    let text = format!("its cached pages are unknown: {}", reason.text());
    Error::new(kind, "save", text)
}

/// The time of the last modification, in nanoseconds since 1970.
pub(in crate::mapping::cache) fn modified(file: &OpenFile) -> Result<i64> {
    let time = sys::as_file(file)
        .and_then(|file| file.metadata()?.modified())
        .map_err(|e| Error::os("examine", &e))?;
    Ok(since_1970(time))
}

/// At the limits of the type, the nearest number.
fn since_1970(time: SystemTime) -> i64 {
    let number = |nanos: u128| i64::try_from(nanos).unwrap_or(i64::MAX);
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => number(since.as_nanos()),
        Err(before) => number(before.duration().as_nanos()).saturating_neg(),
    }
}
