//! One walk over paths: their files in several threads, the messages of these threads in one.

use std::mem;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::directory::{self, Threads};
use super::filters::Filters;
use super::rows::{Row, RowKind, Rows, Tally};
use super::seen::Seen;
use super::worker::{Job, Message, Shared, Worker};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::process::privileges::is_memory_scarce;
use crate::mapping::source::SourceSpec;
use crate::mapping::sys;
use crate::mapping::types::{Kind, RangeRequest, SourceName};

/// The greatest number of threads that are used unless a number is given.
const MOST_THREADS: usize = 12;
/// The number of threads that wait for the storage, which works on several requests at a time.
const WAITING_THREADS: usize = 16;
/// The time after which the receiver of events is called although there are none.
const TICK: Duration = Duration::from_millis(100);
/// The number of paths without a directory between them whose files are worked on at the same time.
const FILES_AT_ONCE: usize = 64;

/// The paths to work on.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// The paths, in the order of their rows.
    pub paths: Vec<SourceSpec>,
    /// Which files are taken.
    pub filters: Filters,
    /// The number of threads.
    pub jobs: Option<NonZeroUsize>,
    /// Whether the job waits for the storage most of the time.
    pub waits: bool,
}

impl Paths {
    /// The only path, if it is no directory.
    #[must_use]
    pub fn only_file(&self) -> Option<&SourceSpec> {
        match self.paths.as_slice() {
            [only] if directory_of(only).is_none() => Some(only),
            _ => None,
        }
    }

    /// Fails if a range was given that does not apply to one file.
    ///
    /// # Errors
    /// `usage`.
    pub fn check_range(&self, range: Option<&RangeRequest>) -> Result<()> {
        match range {
            Some(_) if self.only_file().is_none() => {
                Err(Error::usage("a range applies to one file only"))
            }
            _ => Ok(()),
        }
    }
}

/// What a walk reports while it works.
#[derive(Debug)]
pub enum Event<S> {
    /// A row is complete.
    Row(Row<S>),
    /// A failure; the walk goes on.
    Failure(Error),
    /// Some time has passed.
    Tick,
}

/// The result of a walk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked<S> {
    /// The result for all files, each counted once.
    pub total: S,
    /// The number of directory entries that are no files: links that are not followed, pipes, sockets, devices.
    pub skipped: u64,
    /// The time that it took.
    pub duration: Duration,
}

/// Does a job for each file of the paths, in several threads, and reports to `sink` in this thread: rows of files as they
/// come, those of a path when it is done, in the order of the paths. A request to stop ends the walk early.
///
/// # Errors
/// The first failure of `sink`, which ends the walk; `usage` for an invalid pattern; `failed` when no thread can be
/// started.
pub fn each_file<S: Tally, J: Job<S>>(
    paths: &Paths,
    rows: Rows,
    interrupts: &Interrupts,
    job: &J,
    sink: &mut dyn FnMut(Event<S>) -> Result<()>,
) -> Result<Walked<S>> {
    /// The number of batches of messages that wait for the receiver.
    const WAITING: usize = 64;
    let started = Instant::now();
    let (messages, received) = sync_channel(WAITING);
    let stopped = AtomicBool::new(false);
    let shared = Shared {
        filters: &paths.filters,
        rows,
        interrupts,
        job,
        total: Seen::default(),
        skipped: AtomicU64::new(0),
        stopped: &stopped,
        messages,
    };
    thread::scope(|scope| {
        let walk = thread::Builder::new()
            .spawn_scoped(scope, move || walk(paths, shared))
            .map_err(|e| Error::os("start a thread", &e))?;
        let outcome = receive(&received, sink);
        stopped.store(outcome.is_err(), Ordering::Relaxed);
        // A thread that waits to send a message gets to know that nobody receives it.
        drop(received);
        let walked = walk.join();
        outcome?;
        let (total, skipped) = walked.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        Ok(Walked {
            total,
            skipped,
            duration: started.elapsed(),
        })
    })
}

/// Passes on the messages of the threads until all have ended.
fn receive<S>(
    received: &Receiver<Vec<Message<S>>>,
    sink: &mut dyn FnMut(Event<S>) -> Result<()>,
) -> Result<()> {
    loop {
        match received.recv_timeout(TICK) {
            Ok(batch) => {
                for message in batch {
                    sink(match message {
                        Message::Row(row) => Event::Row(row),
                        Message::Failure(error) => Event::Failure(error),
                    })?;
                }
            }
            Err(RecvTimeoutError::Timeout) => sink(Event::Tick)?,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
        }
    }
}

impl Paths {
    /// The number of threads: as many as processors, or more to wait for the storage, unless a number is given, memory is
    /// scarce or no more can be started.
    pub(in crate::mapping::cache) fn thread_count(&self) -> usize {
        let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let wanted = match self.jobs {
            Some(jobs) => jobs.get(),
            None if is_memory_scarce() => 1,
            None if self.waits => WAITING_THREADS,
            None => processors().min(MOST_THREADS),
        };
        if wanted == 1 || can_start(wanted) {
            wanted
        } else {
            1
        }
    }
}

/// Whether this number of threads can run at the same time.
fn can_start(threads: usize) -> bool {
    let gate = Mutex::new(());
    let Ok(closed) = gate.lock() else {
        return false;
    };
    thread::scope(|scope| {
        let start = |_| {
            let wait = || drop(gate.lock());
            thread::Builder::new().spawn_scoped(scope, wait).is_ok()
        };
        let all = (0..threads).all(start);
        drop(closed);
        all
    })
}

fn walk<S: Tally, J: Job<S>>(paths: &Paths, shared: Shared<'_, S, J>) -> Result<(S, u64)> {
    let walk = Walk {
        shared: &shared,
        paths,
        threads: paths.thread_count(),
    };
    let mut total = S::default();
    let mut files = Vec::new();
    for spec in &paths.paths {
        match directory_of(spec) {
            None => files.push(spec),
            Some(directory) => {
                walk.files(&mem::take(&mut files), &mut total);
                walk.directory(directory, &mut total)?;
            }
        }
        if files.len() >= FILES_AT_ONCE {
            walk.files(&mem::take(&mut files), &mut total);
        }
    }
    walk.files(&files, &mut total);
    Ok((total, shared.skipped.load(Ordering::Relaxed)))
}

/// The directory that a path leads to.
fn directory_of(spec: &SourceSpec) -> Option<&Path> {
    match spec {
        SourceSpec::File(path) if path.is_dir() => Some(path),
        _ => None,
    }
}

/// A walk over several paths.
struct Walk<'a, S, J> {
    shared: &'a Shared<'a, S, J>,
    paths: &'a Paths,
    threads: usize,
}

impl<S: Tally, J: Job<S>> Walk<'_, S, J> {
    /// Whether the files below a path are read one by one, in the order of the disk.
    fn is_in_order(&self, path: &Path) -> bool {
        self.paths.waits && self.paths.jobs.is_none() && sys::is_rotating(path)
    }

    /// Works on paths that are files. Their rows are in the order of the paths.
    fn files(&self, paths: &[&SourceSpec], total: &mut S) {
        let in_order =
            |spec: &&SourceSpec| matches!(spec, SourceSpec::File(path) if self.is_in_order(path));
        let threads = match paths.iter().any(in_order) {
            true => 1,
            false => self.threads.min(paths.len()),
        };
        let next = AtomicUsize::new(0);
        let done = Mutex::new((Vec::new(), S::default()));
        let work = || {
            let mut worker = Worker::new(self.shared, None);
            while worker.goes_on()
                && let index = next.fetch_add(1, Ordering::Relaxed)
                && let Some(path) = paths.get(index)
            {
                let row = worker.path(path);
                let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
                done.0.extend(row.map(|row| (index, row)));
            }
            let sums = worker.finish();
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            done.1.add(&sums.new);
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                // Without more threads, this one works alone.
                let _ = thread::Builder::new().spawn_scoped(scope, work);
            }
            work();
        });
        let (mut rows, sum) = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        rows.sort_unstable_by_key(|(index, _)| *index);
        self.post(rows.into_iter().map(|(_, row)| row));
        total.add(&sum);
    }

    /// Works on the files below a directory.
    fn directory(&self, path: &Path, total: &mut S) -> Result<()> {
        if sys::shows_kernel_state(path) {
            let why = "it shows the state of the kernel; its files are not in the page cache";
            self.fail(Error::new(Kind::Unsupported, "walk", why), path);
            return Ok(());
        }
        // Without the permission to search it, its files are listed, but none can be opened.
        let searched = std::fs::read_dir(path).and_then(|_| path.join(".").metadata());
        if let Err(error) = searched {
            self.fail(Error::os("read", &error), path);
            return Ok(());
        }
        let in_path = (self.paths.paths.len() > 1).then(Seen::default);
        let threads = match self.is_in_order(path) {
            true => Threads::InOrder,
            false => Threads::Number(self.threads),
        };
        let sums = directory::walk(path, self.shared, in_path.as_ref(), threads)?;
        total.add(&sums.new);
        if self.shared.rows.depth.is_some() {
            self.post(sums.directories.into_rows().into_iter());
            self.post(std::iter::once(Row {
                kind: RowKind::Directory,
                name: SourceName::File(PathBuf::from(path)),
                sum: sums.path,
            }));
        }
        Ok(())
    }

    /// Reports that a directory cannot be walked. It has no row.
    fn fail(&self, failure: Error, path: &Path) {
        let failure = failure.on(&SourceName::File(path.to_owned()));
        // As for rows.
        let _ = self.shared.messages.send(vec![Message::Failure(failure)]);
    }

    fn post(&self, rows: impl Iterator<Item = Row<S>>) {
        // Nobody receives them after the walk was given up.
        let _ = self.shared.messages.send(rows.map(Message::Row).collect());
    }
}
