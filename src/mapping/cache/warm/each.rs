//! Warming the files of paths.

use std::sync::atomic::{AtomicU64, Ordering};

use schemars::JsonSchema;
use serde::Serialize;

use super::limits::{Limits, WarmRequest, loaded_little};
use super::one::{is_shortage, shortage, warm};
use super::outcome::{Warmed, Warming};
use super::survey::{Survey, is_dense, survey_paths};
use crate::mapping::cache::walk::{Done, Found, Paths, Rows, Tally, each_file};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{self, cached_of_file};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceRange};

/// The greatest size of a file that one read loads, without a look at its pages.
const SMALL: u64 = 64 << 10;

/// The result of warming files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WarmedSum {
    /// The number of files.
    pub files: u64,
    /// The size of the files, in bytes.
    pub size: ByteLength,
    /// The amount that was loaded, in bytes; null when unknown for one of the files.
    pub loaded: Option<ByteLength>,
    /// The number of files for which it is unknown how much was loaded.
    pub unknown_files: u64,
    /// The amount that was loaded of the other files, in bytes.
    pub known: ByteLength,
    /// The amount in holes, which were not read, in bytes. Holes of files that were in memory do not count.
    pub holes: ByteLength,
    /// The amount that could not be read, in bytes.
    pub unreadable: ByteLength,
    /// The number of files with parts that could not be read.
    pub unreadable_files: u64,
    /// The amount that was not loaded because of --max-memory, or because a signal ended the command, in bytes.
    pub not_loaded: ByteLength,
    /// The number of files of which parts were not loaded for these reasons.
    pub not_loaded_files: u64,
    /// Whether a signal ended the work.
    #[serde(skip)]
    pub interrupted: bool,
    /// The amount that was read but evicted again before the command ended, because memory was short, in bytes.
    pub evicted_again: ByteLength,
}

impl Default for WarmedSum {
    fn default() -> Self {
        Self {
            files: 0,
            size: ByteLength::ZERO,
            loaded: Some(ByteLength::ZERO),
            unknown_files: 0,
            known: ByteLength::ZERO,
            holes: ByteLength::ZERO,
            unreadable: ByteLength::ZERO,
            unreadable_files: 0,
            not_loaded: ByteLength::ZERO,
            not_loaded_files: 0,
            interrupted: false,
            evicted_again: ByteLength::ZERO,
        }
    }
}

impl Tally for WarmedSum {
    fn add(&mut self, other: &Self) {
        *self = Self {
            files: self.files.saturating_add(other.files),
            size: self.size.plus(other.size),
            loaded: ByteLength::sum_known(self.loaded, other.loaded),
            unknown_files: self.unknown_files.saturating_add(other.unknown_files),
            known: self.known.plus(other.known),
            holes: self.holes.plus(other.holes),
            unreadable: self.unreadable.plus(other.unreadable),
            unreadable_files: self.unreadable_files.saturating_add(other.unreadable_files),
            not_loaded: self.not_loaded.plus(other.not_loaded),
            not_loaded_files: self.not_loaded_files.saturating_add(other.not_loaded_files),
            interrupted: self.interrupted || other.interrupted,
            evicted_again: self.evicted_again.plus(other.evicted_again),
        };
    }
}

impl WarmedSum {
    /// The result for a file of this size.
    #[must_use]
    pub fn of(size: ByteLength, warmed: &Warmed) -> Self {
        let unreadable = warmed.unreadable_ranges.iter().map(|part| part.length());
        Self {
            loaded: warmed.loaded,
            unknown_files: u64::from(warmed.loaded.is_none()),
            known: warmed.loaded.unwrap_or_default(),
            holes: warmed.holes,
            unreadable: unreadable.sum(),
            unreadable_files: u64::from(!warmed.unreadable_ranges.is_empty()),
            not_loaded: warmed.not_loaded,
            not_loaded_files: u64::from(!warmed.not_loaded.is_zero()),
            interrupted: warmed.interrupted,
            evicted_again: warmed.evicted_again,
            ..Self::of_file(size)
        }
    }

    /// A file of this size of which nothing is loaded.
    fn of_file(size: ByteLength) -> Self {
        Self {
            files: 1,
            size,
            ..Self::default()
        }
    }

    /// Adds an amount that a signal left unloaded.
    fn leave(&mut self, bytes: ByteLength, files: u64) {
        self.not_loaded = self.not_loaded.plus(bytes);
        self.not_loaded_files = self.not_loaded_files.saturating_add(files);
        self.interrupted = true;
    }

    /// Adds the amount that was evicted again and then loaded; this amount is still missing.
    fn settle(&mut self, gone: ByteLength) {
        let returned = self.evicted_again.minus(gone);
        self.loaded = self.loaded.map(|loaded| loaded.plus(returned));
        self.known = self.known.plus(returned);
        self.evicted_again = gone;
    }

    /// Whether something of the files was missing.
    fn had_work(&self) -> bool {
        let amounts = [self.unreadable, self.not_loaded, self.evicted_again];
        self.loaded != Some(ByteLength::ZERO) || amounts.iter().any(|amount| !amount.is_zero())
    }
}

/// Loads files in several threads, with the same limits for all.
#[derive(Debug)]
pub struct Loader<'a> {
    limits: Limits,
    drain: Option<sys::Drain>,
    interrupts: &'a Interrupts,
    loaded: AtomicU64,
    files: AtomicU64,
    /// The number of files of which something was missing.
    begun: AtomicU64,
}

impl<'a> Loader<'a> {
    /// A loader for the files of a survey.
    ///
    /// # Errors
    /// Those of [`Limits::new`].
    pub fn new(request: WarmRequest, survey: &Survey, interrupts: &'a Interrupts) -> Result<Self> {
        Ok(Self {
            limits: Limits::new(request, survey)?,
            drain: sys::Drain::open().ok(),
            interrupts,
            loaded: AtomicU64::new(0),
            files: AtomicU64::new(0),
            begun: AtomicU64::new(0),
        })
    }

    /// The number of bytes loaded and of files done so far.
    pub fn progress(&self) -> (ByteLength, u64) {
        let loaded = ByteLength(self.loaded.load(Ordering::Relaxed));
        (loaded, self.files.load(Ordering::Relaxed))
    }

    /// Loads a file that was found. A request to stop is no failure of the file.
    pub fn load(&self, found: &Found) -> Done<WarmedSum> {
        let done = match found.whole() {
            Ok(range) => match self.load_small(found, range) {
                Some(sum) => Done::from(Ok(sum)),
                None => self.load_any(&found.source, range),
            },
            Err(error) => Done::from(Err(error)),
        };
        self.files.fetch_add(1, Ordering::Relaxed);
        let begun = u64::from(done.sum.had_work());
        self.begun.fetch_add(begun, Ordering::Relaxed);
        done
    }

    /// Loads a small file, or finds that all of a file is in memory; `None` when neither is so. Most files are loaded by
    /// one read between two measurements. A read waits until the pages are up to date, also those that others read.
    fn load_small(&self, found: &Found, range: SourceRange) -> Option<WarmedSum> {
        let sum = WarmedSum::of_file(range.length());
        if range.is_empty() {
            return Some(sum);
        }
        let (file, page) = (found.source.handle()?.file(), sys::page_size());
        let before = cached_of_file(file, range, page).counts;
        let missing = before.pages.checked_sub(before.cached?)?;
        if range.length().0 > SMALL {
            let is_loaded =
                || residency::of_file(file, range, page).counts.resident == Some(before.pages);
            return (missing == 0 && is_loaded()).then_some(sum);
        }
        if missing > 0 && (self.limits.budget.is_some() || !is_dense(&found.facts)) {
            return None;
        }
        let bytes = ByteLength(missing.saturating_mul(page.bytes()));
        if let Some(pace) = self.limits.pace.as_ref().filter(|_| missing > 0) {
            pace.wait_for(bytes, self.interrupts);
            if self.interrupts.requested().is_some() {
                let mut sum = sum;
                sum.leave(bytes, 1);
                return Some(sum);
            }
        }
        self.drain.as_ref()?.pull(file, range).ok()?;
        if missing > 0 {
            let after = cached_of_file(file, range, page).counts;
            if after.cached? < before.pages {
                return None;
            }
            self.loaded.fetch_add(bytes.0, Ordering::Relaxed);
        }
        Some(WarmedSum {
            loaded: Some(bytes),
            known: bytes,
            ..sum
        })
    }

    /// Loads any file, step by step. A file that was truncated meanwhile is loaded up to its new end. Pages that have left
    /// memory again are no failure yet: [`Loader::finish`] loads them again.
    fn load_any(&self, source: &Source, range: SourceRange) -> Done<WarmedSum> {
        let mut progress = |bytes: ByteLength| {
            self.loaded.fetch_add(bytes.0, Ordering::Relaxed);
        };
        let mut range = range;
        loop {
            let warming = warm(source, range, &self.limits, self.interrupts, &mut progress);
            let size = source.size().unwrap_or(range.length());
            if warming.is_err() && size.0 < range.end().0 {
                range = range.clamp_to(size);
                continue;
            }
            return match warming {
                Err(error) => Done::from(Err(error)),
                Ok(Warming { warmed, failure }) => Done {
                    sum: WarmedSum::of(range.length(), &warmed),
                    failures: failure
                        .into_iter()
                        .filter(|error| !error.kind().is_request() && !is_shortage(error))
                        .collect(),
                },
            };
        }
    }

    /// Completes the result of all files. What has left memory since it was loaded is loaded again; what is missing then is
    /// a failure. After a request to stop, the rest is added that was not loaded.
    ///
    /// # Errors
    /// Those of [`survey_paths`].
    pub fn finish(
        &self,
        paths: &Paths,
        before: &Survey,
        sum: &mut WarmedSum,
    ) -> Result<Option<Error>> {
        if self.interrupts.requested().is_some() {
            self.leave_rest(before, sum);
            return Ok(None);
        }
        if self.may_be_gone(sum) && sum.loaded.is_some() {
            let gone = until_there(
                || self.gone(paths, before, sum),
                |gone| self.load_again(paths, gone),
            )?;
            sum.settle(gone);
        }
        Ok(shortage(sum.evicted_again))
    }

    /// Adds what a request to stop left unloaded, of files that were not reached.
    fn leave_rest(&self, before: &Survey, sum: &mut WarmedSum) {
        let loaded = ByteLength(self.loaded.load(Ordering::Relaxed));
        let rest = before.missing.minus(loaded.plus(sum.not_loaded));
        let begun = self.begun.load(Ordering::Relaxed);
        let files = before.missing_files.saturating_sub(begun);
        if files > 0 && !rest.is_zero() {
            sum.leave(rest, files);
        }
    }

    /// Whether so much was loaded that some of it has probably left memory again.
    fn may_be_gone(&self, sum: &WarmedSum) -> bool {
        !sum.evicted_again.is_zero() || !loaded_little(sum.known)
    }

    /// The amount that was loaded, or was in memory before, and has left it.
    fn gone(&self, paths: &Paths, before: &Survey, sum: &WarmedSum) -> Result<ByteLength> {
        let after = survey_paths(paths, self.interrupts, &mut |_| {})?;
        let grown = after.size.minus(before.size);
        Ok(after
            .missing
            .minus(sum.unreadable.plus(sum.not_loaded).plus(grown)))
    }

    /// Loads this amount again, which is missing. Nothing is reported: files that cannot be loaded have failed before.
    fn load_again(&self, paths: &Paths, gone: ByteLength) -> Result<()> {
        if let Some(budget) = &self.limits.budget {
            budget.give_back(gone);
        }
        let job = |found: &Found| self.load(found);
        let rows = Rows::default();
        each_file(paths, rows, self.interrupts, &job, &mut |_| Ok(())).map(drop)
    }
}

/// Loads what is missing until nothing is, a bounded number of times, and returns the amount that is still missing.
fn until_there(
    missing: impl Fn() -> Result<ByteLength>,
    mut load: impl FnMut(ByteLength) -> Result<()>,
) -> Result<ByteLength> {
    /// The number of times. The kernel may reclaim some pages while others are loaded, even when memory is plentiful.
    const PASSES: u32 = 3;
    let mut gone = missing()?;
    for _ in 0..PASSES {
        if gone.is_zero() {
            break;
        }
        load(gone)?;
        gone = missing()?;
    }
    Ok(gone)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::evict::evict;
    use crate::mapping::cache::sample::on_disk;
    use crate::mapping::measure::expectation::Amount;
    use crate::mapping::source::SourceSpec;
    use crate::skip::skip;
    use std::cell::RefCell;

    fn bytes(pages: u64) -> ByteLength {
        ByteLength(pages * sys::page_size().bytes())
    }

    /// The results of measurements, one after the other.
    fn passes(missing: &[u64]) -> (u64, Vec<u64>) {
        let left = RefCell::new(missing.iter());
        let mut loaded = Vec::new();
        let gone = until_there(
            || Ok(ByteLength(*left.borrow_mut().next().unwrap())),
            |gone| {
                loaded.push(gone.0);
                Ok(())
            },
        );
        (gone.unwrap().0, loaded)
    }

    #[test]
    fn what_has_gone_is_loaded_again_a_bounded_number_of_times() {
        assert_eq!(passes(&[0]), (0, vec![]));
        assert_eq!(passes(&[9, 0]), (0, vec![9]));
        assert_eq!(passes(&[9, 5, 0]), (0, vec![9, 5]));
        assert_eq!(passes(&[9, 9, 9, 7]), (7, vec![9, 9, 9]));
    }

    #[test]
    fn what_was_loaded_again_counts_once() {
        let sum = |loaded: u64, gone: u64| WarmedSum {
            loaded: Some(ByteLength(loaded)),
            known: ByteLength(loaded),
            evicted_again: ByteLength(gone),
            ..WarmedSum::default()
        };
        // Pages that left memory before their file was measured do not count as loaded yet.
        for (before, gone, after) in [
            (sum(90, 0), 0, sum(90, 0)),
            (sum(90, 10), 0, sum(100, 0)),
            (sum(90, 10), 4, sum(96, 4)),
            (sum(90, 0), 4, sum(90, 4)),
        ] {
            let mut settled = before;
            settled.settle(ByteLength(gone));
            assert_eq!(settled, after);
        }
    }

    /// Loads a file as far as a limit allows, and evicts the first pages of it.
    fn load_and_lose(limit: Option<u64>, lost: u64) -> Option<(Option<u64>, u64)> {
        let (file, source, range) = on_disk(100);
        let before = evict(&source, range).unwrap();
        let paths = Paths {
            paths: vec![SourceSpec::File(file.path().to_owned())],
            ..Paths::default()
        };
        let interrupts = Interrupts::new();
        let survey = survey_paths(&paths, &interrupts, &mut |_| {}).unwrap();
        if before.after.counts.cached != Some(0) || survey.missing != bytes(100) {
            skip("a system that counts cached pages");
            return None;
        }
        let request = WarmRequest {
            max_memory: limit.map(|pages| Amount::Bytes(bytes(pages))),
            ..WarmRequest::default()
        };
        let loader = Loader::new(request, &survey, &interrupts).unwrap();
        let job = |found: &Found| loader.load(found);
        let rows = Rows::default();
        let walked = each_file(&paths, rows, &interrupts, &job, &mut |_| Ok(())).unwrap();
        let mut sum = walked.total;
        evict(&source, range.clamp_to(bytes(lost))).unwrap();
        // A file of which pages had left memory when it was measured.
        sum.evicted_again = bytes(1);
        sum.loaded = sum.loaded.map(|loaded| loaded.minus(bytes(1)));
        let failure = loader.finish(&paths, &survey, &mut sum).unwrap();
        assert!(failure.is_none(), "{failure:?}");
        let counts = cached_of_file(source.handle().unwrap().file(), range, sys::page_size());
        let loaded = sum.loaded.unwrap().0 / sys::page_size().bytes();
        Some((counts.counts.cached, loaded))
    }

    #[test]
    fn pages_that_left_memory_come_back() {
        if let Some(found) = load_and_lose(None, 7) {
            assert_eq!(found, (Some(100), 100));
        }
    }

    #[test]
    fn nothing_comes_back_beyond_the_limit() {
        if let Some(found) = load_and_lose(Some(60), 7) {
            assert_eq!(found, (Some(60), 60));
        }
    }
}
