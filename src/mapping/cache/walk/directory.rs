//! The walk through one directory in several threads, by the crate `ignore`.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use super::filters::Filters;
use super::rows::Tally;
use super::seen::Seen;
use super::worker::{Job, Shared, Sums, Worker};
use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::{Kind, SourceName};

/// The threads for a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Threads {
    /// This number, each with the files that it finds.
    Number(usize),
    /// One, with the files of each directory in the order of their inodes: mostly that on the disk.
    InOrder,
}

/// Does the job for every file below a directory, and returns the sums.
///
/// # Errors
/// `usage` for an invalid pattern. Other failures are reported, and the walk goes on.
pub(super) fn walk<S: Tally, J: Job<S>>(
    directory: &Path,
    shared: &Shared<'_, S, J>,
    in_path: Option<&Seen>,
    threads: Threads,
) -> Result<Sums<S>> {
    let mut builder = builder(directory, shared.filters)?;
    let sums = Mutex::default();
    let new = || Collecting {
        worker: Worker::new(shared, in_path),
        into: &sums,
    };
    match threads {
        Threads::InOrder => in_order(&mut new().worker, builder.build()),
        Threads::Number(1) => {
            let mut collecting = new();
            for entry in builder.build() {
                if !collecting.worker.goes_on() {
                    break;
                }
                visit(&mut collecting.worker, entry);
            }
        }
        Threads::Number(threads) => builder.threads(threads).build_parallel().run(|| {
            let mut collecting = new();
            Box::new(move |entry| {
                visit(&mut collecting.worker, entry);
                match collecting.worker.goes_on() {
                    true => WalkState::Continue,
                    false => WalkState::Quit,
                }
            })
        }),
    }
    Ok(sums.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// A thread's worker, whose results are added to those of the others when it ends.
struct Collecting<'a, S: Tally, J> {
    worker: Worker<'a, S, J>,
    into: &'a Mutex<Sums<S>>,
}

impl<S: Tally, J> Drop for Collecting<'_, S, J> {
    fn drop(&mut self) {
        let sums = self.worker.finish();
        let mut all = self.into.lock().unwrap_or_else(PoisonError::into_inner);
        all.merge(sums);
    }
}

/// Visits the files that follow each other in a directory in the order of their inodes.
fn in_order<S: Tally, J: Job<S>>(
    worker: &mut Worker<'_, S, J>,
    entries: impl Iterator<Item = Result<DirEntry, ignore::Error>>,
) {
    /// The greatest number of files that are sorted at a time.
    const MOST: usize = 10_000;
    let mut files: Vec<DirEntry> = Vec::new();
    let visit_files = |worker: &mut Worker<'_, S, J>, files: &mut Vec<DirEntry>| {
        files.sort_by_cached_key(sys::entry_number);
        for file in files.drain(..) {
            if worker.goes_on() {
                visit(worker, Ok(file));
            }
        }
    };
    for entry in entries {
        if !worker.goes_on() {
            break;
        }
        let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
        match entry {
            Ok(file) if is_file(&file) => files.push(file),
            other => {
                visit_files(worker, &mut files);
                visit(worker, other);
            }
        }
        if files.len() >= MOST {
            visit_files(worker, &mut files);
        }
    }
    visit_files(worker, &mut files);
}

fn builder(directory: &Path, filters: &Filters) -> Result<WalkBuilder> {
    let mut builder = WalkBuilder::new(directory);
    builder
        .standard_filters(false)
        .follow_links(filters.follow)
        .same_file_system(filters.one_file_system)
        .max_depth(filters.max_depth)
        .overrides(filters.matcher(directory)?)
        .filter_entry(|entry| !is_kernel_state(entry));
    Ok(builder)
}

/// Whether an entry is a directory below the walked one on a file system without files that could be cached.
fn is_kernel_state(entry: &DirEntry) -> bool {
    entry.depth() > 0
        && entry.file_type().is_some_and(|kind| kind.is_dir())
        && sys::shows_kernel_state(entry.path())
}

fn visit<S: Tally, J: Job<S>>(
    worker: &mut Worker<'_, S, J>,
    entry: Result<DirEntry, ignore::Error>,
) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return fail(worker, error),
    };
    let (depth, is_link) = (entry.depth(), entry.path_is_symlink());
    match entry.file_type() {
        Some(kind) if kind.is_file() => worker.file_of_directory(entry.into_path(), depth, is_link),
        Some(kind) if kind.is_dir() => worker.directory(entry.path(), depth, is_link),
        _ => worker.skip(),
    }
}

/// Reports a failure to read a directory or to follow a link. What vanished meanwhile is no failure; a loop of links and
/// a link to nothing are no files.
fn fail<S: Tally, J: Job<S>>(worker: &mut Worker<'_, S, J>, error: ignore::Error) {
    match path_and_cause(error) {
        (_, ignore::Error::Loop { .. }) => worker.skip(),
        (path, ignore::Error::Io(error)) => {
            let error = of_system(error);
            let is_loop = sys::is_link_loop(&error);
            let failure = Error::os("read", &error);
            if failure.kind() == Kind::NotFound {
                return;
            }
            if is_loop {
                return worker.skip();
            }
            if let (Some(path), Kind::AccessDenied) = (&path, failure.kind()) {
                worker.unread(path);
            }
            worker.fail(match path {
                Some(path) => failure.on(&SourceName::File(path)),
                None => failure,
            });
        }
        (_, other) => worker.fail(Error::new(Kind::Failed, "walk", other.to_string())),
    }
}

/// The error of the system in one that the crate has put into words.
fn of_system(error: io::Error) -> io::Error {
    let mut cause = error.get_ref().and_then(|inner| inner.source());
    while let Some(inner) = cause {
        let known = inner.downcast_ref::<io::Error>();
        if let Some(number) = known.and_then(io::Error::raw_os_error) {
            return io::Error::from_raw_os_error(number);
        }
        cause = inner.source();
    }
    error
}

/// The path of a failure of the crate, and the failure itself.
fn path_and_cause(mut error: ignore::Error) -> (Option<PathBuf>, ignore::Error) {
    let mut found = None;
    loop {
        error = match error {
            ignore::Error::WithPath { path, err } => {
                found = Some(path);
                *err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => {
                *err
            }
            other => return (found, other),
        };
    }
}
