//! Restoring a snapshot: first a look at all files, which shows what is missing; then loading it.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use super::exact::{Dropped, drop_rest};
use super::open::{Opened, Place, Refused, Skip};
use super::sum::RestoredSum;
use super::threads::for_each;
use crate::mapping::cache::snapshot::{SavedFile, Snapshot, ranges};
use crate::mapping::cache::walk::{Paths, Tally};
use crate::mapping::cache::warm::{Limits, Survey, WarmRequest, load_ranges, loaded_little};
use crate::mapping::error::{Error, Result};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, LengthText, SourceName, SourceRange};

/// The number of times that ranges are read while pages of them are evicted again.
const ROUNDS: u32 = 3;
/// The greatest amount that one read loads, without reading ahead.
const SMALL: ByteLength = ByteLength(64 << 10);

/// How to restore.
#[derive(Clone, Debug, Default)]
pub struct RestoreRequest {
    /// The directory of the files, instead of that in the snapshot.
    pub root: Option<PathBuf>,
    /// Whether files that have changed are loaded too.
    pub force: bool,
    /// Whether to drop what is cached of the files and not in the snapshot.
    pub exact: bool,
    /// The limits of loading.
    pub load: WarmRequest,
    /// The number of threads.
    pub jobs: Option<NonZeroUsize>,
}

/// What is reported while it goes on.
#[derive(Debug)]
pub enum RestoreEvent {
    /// A file is skipped.
    Skipped(SourceName, Skip),
    /// A failure; the others are restored.
    Failure(Error),
    /// Pages outside the ranges of a file stayed.
    Kept(SourceName, ByteLength),
    /// Some time has passed.
    Tick,
}

/// The receiver of events.
type Report<'a> = &'a mut dyn FnMut(RestoreEvent) -> Result<()>;

/// What there is to do.
#[derive(Debug)]
pub struct Plan<'a> {
    /// The files to restore, in the order of their inodes: mostly that on the disk.
    files: Vec<&'a SavedFile>,
    survey: Survey,
    sum: RestoredSum,
    limits: Limits,
}

impl Plan<'_> {
    /// The amount to load, and the number of files.
    #[must_use]
    pub fn missing(&self) -> (ByteLength, u64) {
        (self.survey.missing, self.files.len() as u64)
    }
}

/// Restores a snapshot.
#[derive(Debug)]
pub struct Restorer<'a> {
    request: &'a RestoreRequest,
    place: Place,
    threads: usize,
    drain: Option<sys::Drain>,
    interrupts: &'a Interrupts,
    loaded: AtomicU64,
    files: AtomicU64,
}

/// What a look at a file shows.
struct Look {
    missing: ByteLength,
    cached: ByteLength,
}

/// What was done for a file.
struct Done {
    sum: RestoredSum,
    events: Vec<RestoreEvent>,
}

impl<'a> Restorer<'a> {
    /// Prepares to restore a snapshot. Nothing is opened but its root.
    ///
    /// # Errors
    /// Those of opening the root; `unsupported`.
    pub fn new(
        snapshot: &Snapshot,
        request: &'a RestoreRequest,
        interrupts: &'a Interrupts,
    ) -> Result<Self> {
        Feature::Restore.require("restore")?;
        let root = request.root.as_ref().unwrap_or(&snapshot.head.root);
        let place = Place::open(root.clone())?;
        let waiting = Paths {
            jobs: request.jobs,
            waits: true,
            ..Paths::default()
        };
        let threads = match request.jobs.is_none() && sys::is_rotating(place.path()) {
            true => 1,
            false => waiting.thread_count(),
        };
        Ok(Self {
            request,
            place,
            threads,
            drain: sys::Drain::open().ok(),
            interrupts,
            loaded: AtomicU64::new(0),
            files: AtomicU64::new(0),
        })
    }

    /// The number of bytes loaded and of files done so far.
    pub fn progress(&self) -> (ByteLength, u64) {
        let loaded = ByteLength(self.loaded.load(Ordering::Relaxed));
        (loaded, self.files.load(Ordering::Relaxed))
    }

    /// Looks at all files of a snapshot, reports those that are skipped, and makes sure that the rest fits in memory.
    /// Nothing is loaded or dropped.
    ///
    /// # Errors
    /// `out_of_memory` when it does not fit; those of `report`.
    pub fn plan<'s>(&self, snapshot: &'s Snapshot, report: Report<'_>) -> Result<Plan<'s>> {
        let concerns = |file: &&SavedFile| self.request.exact || !file.ranges.is_empty();
        let mut files: Vec<&SavedFile> = snapshot.files.iter().filter(concerns).collect();
        files.sort_unstable_by_key(|file| (file.identity.device, file.identity.inode));
        let mut sum = RestoredSum {
            files: snapshot.total.files,
            ranges: snapshot.total.ranges,
            bytes: snapshot.total.bytes,
            ..RestoredSum::default()
        };
        let mut survey = Survey::default();
        let mut ready = Vec::with_capacity(files.len());
        let look = |file: &&'s SavedFile| (*file, self.look(file));
        for_each(
            self.threads,
            &files,
            self.interrupts,
            &look,
            &mut |looked| {
                let Some((file, look)) = looked else {
                    return report(RestoreEvent::Tick);
                };
                match look {
                    Ok(look) => {
                        survey.missing = survey.missing.plus(look.missing);
                        survey.cached = survey.cached.plus(look.cached);
                        ready.push(file);
                        Ok(())
                    }
                    Err(refused) => {
                        let done = self.refused(file, refused);
                        sum.add(&done.sum);
                        done.events.into_iter().try_for_each(&mut *report)
                    }
                }
            },
        )?;
        ready.sort_unstable_by_key(|file| (file.identity.device, file.identity.inode));
        let limits = Limits::new(self.request.load, &survey);
        Ok(Plan {
            files: ready,
            limits: limits.map_err(|error| error.during("restore"))?,
            survey,
            sum,
        })
    }

    fn look(&self, file: &SavedFile) -> Result<Look, Refused> {
        let opened = self.place.file(file, self.request.force)?;
        let bytes = ranges::bytes(&opened.ranges);
        let missing = match ranges::cached(opened.file()?, opened.size) {
            Ok(cached) => ranges::bytes(&ranges::subtract(&opened.ranges, &cached)),
            Err(_) => bytes,
        };
        let cached = match sys::is_memory_backed(opened.file()?) {
            true => ByteLength::ZERO,
            false => bytes.minus(missing),
        };
        Ok(Look { missing, cached })
    }

    /// Loads what is missing, and with `exact` drops the rest of the files. A request to stop ends it early.
    ///
    /// # Errors
    /// Those of `report`.
    pub fn run(&self, plan: Plan<'_>, report: Report<'_>) -> Result<RestoredSum> {
        let mut sum = plan.sum;
        let work = |file: &&SavedFile| {
            let done = self.restore(file, &plan.limits);
            self.files.fetch_add(1, Ordering::Relaxed);
            done
        };
        let interrupts = self.interrupts;
        for_each(self.threads, &plan.files, interrupts, &work, &mut |done| {
            let Some(done) = done else {
                return report(RestoreEvent::Tick);
            };
            sum.add(&done.sum);
            done.events.into_iter().try_for_each(&mut *report)
        })?;
        if let Some(error) = self.check(&plan, &mut sum)? {
            report(RestoreEvent::Failure(error))?;
        }
        Ok(sum)
    }

    /// Adds to the result what was loaded and has left memory since. Only where so much was loaded that this is likely,
    /// the files are measured once more.
    fn check(&self, plan: &Plan<'_>, sum: &mut RestoredSum) -> Result<Option<Error>> {
        let loaded = sum.loaded.unwrap_or_default();
        let Some(resident) = sum.resident else {
            return Ok(None);
        };
        if loaded_little(loaded) || self.interrupts.requested().is_some() {
            return Ok(None);
        }
        let mut missing = ByteLength::ZERO;
        let look = |file: &&SavedFile| {
            self.look(file)
                .map_or(ByteLength::ZERO, |look| look.missing)
        };
        for_each(
            self.threads,
            &plan.files,
            self.interrupts,
            &look,
            &mut |more| {
                missing = missing.plus(more.unwrap_or_default());
                Ok(())
            },
        )?;
        let expected = sum.bytes.minus(sum.skipped).minus(resident);
        let gone = missing.minus(expected);
        if gone.is_zero() {
            return Ok(None);
        }
        sum.evicted_again = sum.evicted_again.plus(gone);
        sum.resident = Some(resident.minus(gone));
        Ok(Some(short_of_memory(sum.evicted_again)))
    }

    fn restore(&self, file: &SavedFile, limits: &Limits) -> Done {
        let opened = match self.place.file(file, self.request.force) {
            Ok(opened) => opened,
            Err(refused) => return self.refused(file, refused),
        };
        let mut done = Done {
            sum: RestoredSum::default(),
            events: Vec::new(),
        };
        let saved = ranges::bytes(&file.ranges);
        done.sum.skipped = saved.minus(ranges::bytes(&opened.ranges));
        let name = opened.source.name();
        let outcome = self
            .drop_rest(&opened, &mut done)
            .and_then(|()| self.load(&opened, limits, &mut done));
        if let Err(error) = outcome {
            done.events.push(RestoreEvent::Failure(error.on(name)));
        }
        done
    }

    fn drop_rest(&self, opened: &Opened<'_>, done: &mut Done) -> Result<()> {
        if !self.request.exact {
            return Ok(());
        }
        let Dropped { dropped, kept } = drop_rest(opened)?;
        (done.sum.dropped, done.sum.kept) = (dropped, kept);
        if let Some(kept) = kept.filter(|kept| !kept.is_zero()) {
            done.sum.kept_files = 1;
            let name = opened.source.name().clone();
            done.events.push(RestoreEvent::Kept(name, kept));
        }
        Ok(())
    }

    /// Loads the missing ranges of a file, and measures what came.
    fn load(&self, opened: &Opened<'_>, limits: &Limits, done: &mut Done) -> Result<()> {
        let all = ranges::bytes(&opened.ranges);
        if let Some(loaded) = self.load_small(opened, limits) {
            (done.sum.loaded, done.sum.resident) = (Some(loaded), Some(all));
            return Ok(());
        }
        let before = missing(opened)?;
        let mut left = before.clone().unwrap_or_else(|| opened.ranges.to_vec());
        let mut progress = |bytes: ByteLength| {
            self.loaded.fetch_add(bytes.0, Ordering::Relaxed);
        };
        let (mut excused, mut failure, mut after) = (ByteLength::ZERO, None, before.clone());
        for _ in 0..ROUNDS {
            if left.is_empty() || self.interrupts.requested().is_some() {
                break;
            }
            let loaded = load_ranges(
                &opened.source,
                &left,
                limits,
                self.interrupts,
                &mut progress,
            )?;
            let unreadable = loaded.unreadable.iter().map(|part| part.length()).sum();
            done.sum.unreadable = unreadable;
            done.sum.not_loaded = loaded.not_loaded;
            excused = loaded.not_loaded.plus(unreadable);
            failure = loaded.failure;
            after = missing(opened)?;
            match &after {
                Some(after) if failure.is_none() && ranges::bytes(after) > excused => {
                    left.clone_from(after);
                }
                _ => break,
            }
        }
        let amount = |missing: &Option<Vec<SourceRange>>| missing.as_deref().map(ranges::bytes);
        let (before, after) = (amount(&before), amount(&after));
        done.sum.loaded = before.zip(after).map(|(before, after)| before.minus(after));
        done.sum.resident = after.map(|after| all.minus(after));
        let stopped = self.interrupts.requested().is_some();
        let gone = after.unwrap_or_default().minus(excused);
        if failure.is_none() && !stopped && !gone.is_zero() {
            done.sum.evicted_again = gone;
            failure = Some(short_of_memory(gone));
        }
        let failure = failure.filter(|error| !error.kind().is_request());
        match failure {
            Some(error) => Err(error.during("restore")),
            None => Ok(()),
        }
    }

    /// Loads the last range of a small file, and returns how much was missing; `None` where that is not possible. Most
    /// files are loaded by one read between two counts. A read waits until the pages are up to date.
    fn load_small(&self, opened: &Opened<'_>, limits: &Limits) -> Option<ByteLength> {
        let [only] = *opened.ranges else { return None };
        // The kernel reads ahead, but not beyond the end.
        if only.length() > SMALL || only.end().0 < opened.size.0 || limits.apply() {
            return None;
        }
        let file = opened.file().ok()?;
        let missing = || {
            let cached = ranges::cached(file, opened.size).ok()?;
            Some(ranges::bytes(&ranges::subtract(&[only], &cached)))
        };
        let before = missing()?;
        self.drain.as_ref()?.pull(file, only).ok()?;
        if !before.is_zero() && !missing()?.is_zero() {
            return None;
        }
        self.loaded.fetch_add(before.0, Ordering::Relaxed);
        Some(before)
    }

    fn refused(&self, file: &SavedFile, refused: Refused) -> Done {
        let name = self.place.name(file);
        let (skipped_files, event) = match refused {
            Refused::Skip(why) => (1, RestoreEvent::Skipped(name, why)),
            Refused::Failure(error) => (0, RestoreEvent::Failure(error.on(&name))),
        };
        Done {
            sum: RestoredSum {
                skipped_files,
                skipped: ranges::bytes(&file.ranges),
                ..RestoredSum::default()
            },
            events: vec![event],
        }
    }
}

/// The parts of the ranges of a file that are not in memory; `None` when unknown.
fn missing(opened: &Opened<'_>) -> Result<Option<Vec<SourceRange>>> {
    if opened.ranges.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let resident = ranges::resident(opened.file()?, opened.size).ok();
    Ok(resident.map(|resident| ranges::subtract(&opened.ranges, &resident)))
}

fn short_of_memory(gone: ByteLength) -> Error {
    let reason = format!("memory is short: {} was evicted again", LengthText(gone));
    Error::new(Kind::OutOfMemory, "restore", reason)
}
