//! One thread of a walk: opens the files that it is given, does the job, and adds up the results.

use std::mem;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant};

use super::filters::Filters;
use super::rows::{Directories, Row, RowKind, Rows, Tally};
use super::seen::Seen;
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{Handle, OpenFile, OpenRequest, Source, SourceSpec};
use crate::mapping::sys;
use crate::mapping::types::{FileFacts, Kind, SourceKind, SourceName, SourceOffset, SourceRange};

/// A file that was found and opened.
#[derive(Debug)]
pub struct Found {
    /// The file.
    pub source: Source,
    /// Its size and identity when it was opened.
    pub facts: FileFacts,
}

impl Found {
    /// The range of the whole file.
    ///
    /// # Errors
    /// `failed` for a file that is larger than any range.
    pub(in crate::mapping) fn whole(&self) -> Result<SourceRange> {
        let too_large = || Error::new(Kind::Failed, "examine", "it exceeds the maximum size");
        SourceRange::new(SourceOffset::START, self.facts.size).ok_or_else(too_large)
    }
}

/// The work of a walk.
pub trait Job<S: Tally>: Sync {
    /// Whether there is work for directories too.
    const TAKES_DIRECTORIES: bool = false;

    /// Does the work for a file.
    fn file(&self, found: &Found) -> Done<S>;

    /// Does the work for an open directory, before that for the files in it.
    ///
    /// # Errors
    /// Any failure; the walk goes on.
    fn directory(&self, _directory: &OpenFile) -> Result<S> {
        Ok(S::default())
    }
}

impl<S: Tally, F: Fn(&Found) -> Done<S> + Sync> Job<S> for F {
    fn file(&self, found: &Found) -> Done<S> {
        self(found)
    }
}

/// The result of the job for a file, and the failures to report. Those without a subject are about the file.
#[derive(Debug)]
pub struct Done<S> {
    /// The result.
    pub sum: S,
    /// The failures.
    pub failures: Vec<Error>,
}

impl<S: Tally> From<Result<S>> for Done<S> {
    fn from(outcome: Result<S>) -> Self {
        match outcome {
            Ok(sum) => Self {
                sum,
                failures: Vec::new(),
            },
            Err(error) => Self {
                sum: S::default(),
                failures: vec![error],
            },
        }
    }
}

/// What a thread reports while it works.
pub(super) enum Message<S> {
    /// The row of a file.
    Row(Row<S>),
    /// A failure.
    Failure(Error),
}

/// What all threads of a walk share.
pub(super) struct Shared<'a, S, J> {
    pub(super) filters: &'a Filters,
    pub(super) rows: Rows,
    pub(super) interrupts: &'a Interrupts,
    pub(super) job: &'a J,
    /// The files that were found below any path.
    pub(super) total: Seen,
    /// The number of things that are no files.
    pub(super) skipped: AtomicU64,
    /// Whether the walk was given up.
    pub(super) stopped: &'a AtomicBool,
    pub(super) messages: SyncSender<Vec<Message<S>>>,
}

/// The results of one thread.
pub(super) struct Worker<'a, S, J> {
    shared: &'a Shared<'a, S, J>,
    /// The files that were found below this path; `None` where those of the total are the same.
    in_path: Option<&'a Seen>,
    sums: Sums<S>,
    outbox: Vec<Message<S>>,
    sent: Instant,
}

/// The sums over the files of one path.
#[derive(Debug, Default)]
pub(super) struct Sums<S> {
    /// Over all files.
    pub(super) path: S,
    /// Over the files that no earlier path contains.
    pub(super) new: S,
    /// Over the files of each directory.
    pub(super) directories: Directories<S>,
}

impl<S: Tally> Sums<S> {
    /// Adds the sums of another thread.
    pub(super) fn merge(&mut self, other: Self) {
        self.path.add(&other.path);
        self.new.add(&other.new);
        self.directories.merge(other.directories);
    }
}

impl<'a, S: Tally, J> Worker<'a, S, J> {
    pub(super) fn new(shared: &'a Shared<'a, S, J>, in_path: Option<&'a Seen>) -> Self {
        Self {
            shared,
            in_path,
            sums: Sums::default(),
            outbox: Vec::new(),
            sent: Instant::now(),
        }
    }

    /// Whether the walk goes on.
    pub(super) fn goes_on(&self) -> bool {
        !self.shared.stopped.load(Ordering::Relaxed) && self.shared.interrupts.requested().is_none()
    }

    /// Counts something that is no file.
    pub(super) fn skip(&self) {
        self.shared.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// Reports a failure.
    pub(super) fn fail(&mut self, error: Error) {
        self.post(Message::Failure(error));
    }

    fn post(&mut self, message: Message<S>) {
        /// The number of messages that are sent together.
        const BATCH: usize = 64;
        /// The longest time for which one waits for more.
        const PATIENCE: Duration = Duration::from_millis(50);
        self.outbox.push(message);
        if self.outbox.len() >= BATCH || self.sent.elapsed() >= PATIENCE {
            self.send();
        }
    }

    fn send(&mut self) {
        self.sent = Instant::now();
        if self.outbox.is_empty() {
            return;
        }
        let sent = self.shared.messages.send(mem::take(&mut self.outbox));
        if sent.is_err() {
            self.shared.stopped.store(true, Ordering::Relaxed);
        }
    }

    /// Sends the last messages, and returns the sums.
    pub(super) fn finish(&mut self) -> Sums<S> {
        self.send();
        mem::take(&mut self.sums)
    }
}

impl<S: Tally, J: Job<S>> Worker<'_, S, J> {
    fn add(&mut self, sum: &S, is_new: bool) {
        if is_new {
            self.sums.new.add(sum);
        }
        self.sums.path.add(sum);
    }

    /// Does the job for a directory, and notes it if it is below a path.
    pub(super) fn directory(&mut self, path: &Path, depth: usize, is_link: bool) {
        if J::TAKES_DIRECTORIES {
            self.work_on_directory(path, depth == 0 || is_link);
        }
        if self
            .shared
            .rows
            .depth
            .is_some_and(|most| (1..=most).contains(&depth))
        {
            self.sums.directories.found(path);
        }
    }

    /// Notes that nothing could be read of a directory: it has no row.
    pub(super) fn unread(&mut self, path: &Path) {
        self.sums.directories.unread(path);
    }

    fn work_on_directory(&mut self, path: &Path, follow: bool) {
        // The walk reports a directory that cannot be read.
        let opened = sys::open_found(path, follow)
            .and_then(|file| Ok((sys::facts(&file, SourceKind::File)?.identity, file)));
        let Ok((identity, directory)) = opened else {
            return;
        };
        let is_new = self.shared.total.add(identity);
        if !self.in_path.map_or(is_new, |seen| seen.add(identity)) {
            return;
        }
        match self.shared.job.directory(&directory) {
            Ok(sum) => self.add(&sum, is_new),
            Err(error) => self.fail(error.on(&SourceName::File(path.to_owned()))),
        }
    }

    /// Opens a file of a directory and does the job. The file may have vanished or become something else since it was
    /// found.
    pub(super) fn file_of_directory(&mut self, path: PathBuf, depth: usize, is_link: bool) {
        let opened = sys::open_found(&path, is_link).and_then(|file| {
            let facts = sys::facts_of_regular(&file)?;
            Ok((file, facts))
        });
        match opened {
            Ok((file, Some(facts))) => {
                let source = Source::of_found(path, file);
                let seen = self.in_path.map(|seen| seen.add(facts.identity));
                let row = self.file(Found { source, facts }, depth, seen);
                if let Some(row) = row {
                    self.post(Message::Row(row));
                }
            }
            Ok((_, None)) => self.skip(),
            Err(error) => {
                let failure = Error::os("open", &error);
                let replaced = !is_link && path.symlink_metadata().is_ok_and(|m| m.is_symlink());
                match failure.kind() {
                    Kind::NotFound => {}
                    _ if replaced => self.skip(),
                    _ => self.fail(failure.on(&SourceName::File(path))),
                }
            }
        }
    }

    /// Does the job for a file that is a path itself.
    pub(super) fn path(&mut self, spec: &SourceSpec) -> Option<Row<S>> {
        match self.open(spec) {
            Ok(found) => self.file(found?, 0, Some(true)),
            Err(error) => {
                self.fail(error.on(&spec.name()));
                None
            }
        }
    }

    fn open(&self, spec: &SourceSpec) -> Result<Option<Found>> {
        if let SourceSpec::File(path) = spec
            && !self.shared.filters.takes_name(path)?
        {
            return Ok(None);
        }
        let source = Source::open(spec, &OpenRequest::PAGES)?;
        let handle = source.handle();
        handle.inspect(|handle| handle.keep_access_time());
        let facts = handle.map(Handle::facts).transpose()?;
        Ok(facts.map(|facts| Found { source, facts }))
    }

    /// Does the job for a file, and returns its row if one is wanted. `new_in_path` is whether this path has not led to
    /// it before; `None` if that is so for all paths.
    fn file(&mut self, found: Found, depth: usize, new_in_path: Option<bool>) -> Option<Row<S>> {
        match self.shared.filters.takes(&found.source, found.facts.size) {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                self.fail(error.on(found.source.name()));
                return None;
            }
        }
        let is_new = self.shared.total.add(found.facts.identity);
        if !new_in_path.unwrap_or(is_new) {
            return None;
        }
        let done = self.shared.job.file(&found);
        self.add(&done.sum, is_new);
        let name = found.source.name();
        if let (Some(most), SourceName::File(path)) = (self.shared.rows.depth, name) {
            let directories = &mut self.sums.directories;
            directories.add_file(path, depth, most, &done.sum);
        }
        for failure in done.failures {
            self.fail(failure.on(name));
        }
        let rows = &self.shared.rows;
        let is_wanted = rows.files || depth == 0 && rows.depth.is_some() || done.sum.is_notable();
        is_wanted.then(|| Row {
            kind: RowKind::File,
            name: name.clone(),
            sum: done.sum,
        })
    }
}
