//! One walk over all paths that brings the locked pages up to date.

use std::collections::{HashMap, HashSet};
use std::mem;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::budget::Budget;
use super::file::PinnedFile;
use super::outcome::{PinChange, PinRequest, PinTotals, Pinned};
use crate::mapping::cache::walk::{Done, Event, Found, Row, RowKind, Rows, each_file};
use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::types::{ByteLength, Kind, SourceName, StatIdentity};

/// The files whose pages are locked.
pub(super) type Files = HashMap<StatIdentity, PinnedFile>;

/// The result of a pass.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// What is locked now.
    pub(super) pinned: Pinned,
    /// What could not be locked.
    pub(super) failures: Vec<Error>,
    /// The directories that were walked.
    pub(super) directories: Vec<PathBuf>,
    /// The files that symbolic links led to, by the paths of the links.
    pub(super) links: Vec<PathBuf>,
    /// Whether something failed for want of memory that was unlocked since.
    pub(super) is_incomplete: bool,
}

/// A pass at work.
struct Pass<'a> {
    budget: &'a Budget,
    follows_links: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The files of the last pass that this one has not found yet.
    before: Files,
    now: Files,
    begun: HashSet<StatIdentity>,
    changes: Vec<PinChange>,
    links: Vec<PathBuf>,
}

/// Locks what is not locked, and unlocks what no longer exists. `changed` receives each change, and `tick` the amount that was
/// brought in; a failure of these ends the pass.
///
/// # Errors
/// Those of `changed` and `tick`, and of [`each_file`].
pub(super) fn pass(
    request: &PinRequest,
    files: &mut Files,
    changed: &mut dyn FnMut(PinChange) -> Result<()>,
    tick: &mut dyn FnMut(ByteLength) -> Result<()>,
) -> Result<Passed> {
    let budget = Budget::after(files.values().map(PinnedFile::locked).sum());
    let work = Pass {
        budget: &budget,
        follows_links: request.paths.filters.follow,
        state: Mutex::new(State {
            before: mem::take(files),
            ..State::default()
        }),
    };
    let mut passed = Passed::default();
    let rows = rows(request);
    let job = |found: &Found| work.file(found);
    let walked = each_file(
        &request.paths,
        rows,
        &Interrupts::new(),
        &job,
        &mut |event| {
            match event {
                Event::Failure(error) => passed.failures.push(error),
                Event::Row(row) => passed.directories.extend(directory(row)),
                Event::Tick => {}
            }
            let changes = mem::take(&mut work.lock().changes);
            let reported = changes.into_iter().try_for_each(&mut *changed);
            let outcome = reported.and_then(|()| tick(budget.done()));
            if outcome.is_err() {
                budget.stop();
            }
            outcome
        },
    )?;
    // A signal may have arrived since the last event.
    tick(budget.done())?;
    let state = work
        .state
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let gone = unlock(state.before);
    let is_short = |error: &Error| matches!(error.kind(), Kind::Limit | Kind::OutOfMemory);
    passed.is_incomplete = !gone.is_empty() && passed.failures.iter().any(is_short);
    let mut changes = state.changes.into_iter().chain(gone);
    changes.try_for_each(changed)?;
    *files = state.now;
    passed.links = state.links;
    passed.pinned = Pinned {
        totals: walked.total,
        skipped: walked.skipped,
        failures: passed.failures.len() as u64,
    };
    Ok(passed)
}

/// Unlocks the files that were not found again.
fn unlock(files: Files) -> Vec<PinChange> {
    let gone = files.into_values().map(|file| PinChange {
        before: Some(file.locked()),
        now: None,
        name: file.name,
    });
    gone.collect()
}

/// The rows that name the directories to watch.
pub(super) fn rows(request: &PinRequest) -> Rows {
    Rows {
        files: false,
        depth: request.follow.then_some(usize::MAX),
    }
}

/// The directory that a row is about.
pub(super) fn directory<S>(row: Row<S>) -> Option<PathBuf> {
    match row.name {
        SourceName::File(path) if row.kind == RowKind::Directory => Some(path),
        _ => None,
    }
}

impl Pass<'_> {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Brings the locked pages of a file up to date.
    fn file(&self, found: &Found) -> Done<PinTotals> {
        let (identity, name) = (found.facts.identity, found.source.name());
        let known = {
            let mut state = self.lock();
            if !state.begun.insert(identity) {
                return Ok(PinTotals::default()).into();
            }
            if let SourceName::File(path) = name
                && self.follows_links
                && path.is_symlink()
            {
                state.links.push(path.clone());
            }
            state.before.remove(&identity)
        };
        let before = known.as_ref().map(PinnedFile::locked);
        let mut file = known.unwrap_or_else(|| PinnedFile::new(name.clone()));
        file.name = name.clone();
        let outcome = match file.is_current(found) {
            true => Ok(()),
            false => file.renew(&found.source, self.budget),
        };
        if before.is_none() && outcome.is_err() {
            self.budget.unlock(file.locked());
            return outcome.map(|()| PinTotals::default()).into();
        }
        let sum = self.keep(identity, file, before);
        let failures = outcome.err().into_iter().collect();
        Done { sum, failures }
    }

    /// Keeps a file, unless it has no pages.
    fn keep(
        &self,
        identity: StatIdentity,
        file: PinnedFile,
        before: Option<ByteLength>,
    ) -> PinTotals {
        let now = Some(file.locked()).filter(|locked| !locked.is_zero());
        let mut state = self.lock();
        if before != now {
            let name = file.name.clone();
            state.changes.push(PinChange { name, before, now });
        }
        let Some(locked) = now else {
            return PinTotals::default();
        };
        let totals = PinTotals {
            files: 1,
            size: file.size,
            locked,
            holes: file.holes,
        };
        state.now.insert(identity, file);
        totals
    }
}
