//! Warming the files of paths.

use std::sync::atomic::{AtomicU64, Ordering};

use schemars::JsonSchema;
use serde::Serialize;

use super::limits::{Limits, WarmRequest, loaded_little};
use super::one::{Warmed, Warming, warm};
use super::survey::{Survey, is_dense, survey_paths};
use crate::mapping::cache::walk::{Done, Found, Paths, Tally};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{self, cached_of_file};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, LengthText, SourceRange};

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
    /// The amount in holes, which were not read, in bytes. Holes of files that were in memory do not count.
    pub holes: ByteLength,
    /// The amount that could not be read, in bytes.
    pub unreadable: ByteLength,
    /// The number of files with parts that could not be read.
    pub unreadable_files: u64,
    /// The amount that was not loaded because of --max-memory, in bytes.
    pub not_loaded: ByteLength,
    /// The number of files of which parts were not loaded because of --max-memory.
    pub not_loaded_files: u64,
    /// The amount that was read but evicted again before the command ended, because memory was short, in bytes.
    pub evicted_again: ByteLength,
}

impl Default for WarmedSum {
    fn default() -> Self {
        Self {
            files: 0,
            size: ByteLength::ZERO,
            loaded: Some(ByteLength::ZERO),
            holes: ByteLength::ZERO,
            unreadable: ByteLength::ZERO,
            unreadable_files: 0,
            not_loaded: ByteLength::ZERO,
            not_loaded_files: 0,
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
            holes: self.holes.plus(other.holes),
            unreadable: self.unreadable.plus(other.unreadable),
            unreadable_files: self.unreadable_files.saturating_add(other.unreadable_files),
            not_loaded: self.not_loaded.plus(other.not_loaded),
            not_loaded_files: self.not_loaded_files.saturating_add(other.not_loaded_files),
            evicted_again: self.evicted_again.plus(other.evicted_again),
        };
    }
}

impl WarmedSum {
    /// The result for a file of this size.
    #[must_use]
    pub fn of(size: ByteLength, warmed: &Warmed) -> Self {
        let unreadable = warmed.unreadable.iter().map(|part| part.length());
        Self {
            loaded: warmed.loaded,
            holes: warmed.holes,
            unreadable: unreadable.sum(),
            unreadable_files: u64::from(!warmed.unreadable.is_empty()),
            not_loaded: warmed.not_loaded,
            not_loaded_files: u64::from(!warmed.not_loaded.is_zero()),
            evicted_again: warmed.before.bytes(warmed.evicted_again),
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
}

/// Loads files in several threads, with the same limits for all.
#[derive(Debug)]
pub struct Loader<'a> {
    limits: Limits,
    drain: Option<sys::Drain>,
    interrupts: &'a Interrupts,
    loaded: AtomicU64,
    files: AtomicU64,
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
            ..sum
        })
    }

    /// Loads any file, step by step. A file that was truncated meanwhile is loaded up to its new end.
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
                        .filter(|error| !error.kind().is_request())
                        .collect(),
                },
            };
        }
    }

    /// Adds the pages to the result that were loaded and have left memory since, and returns the failure if there are
    /// some. Only where so much was loaded that this is likely, the files are measured once more.
    ///
    /// # Errors
    /// Those of [`survey_paths`].
    pub fn check(
        &self,
        paths: &Paths,
        before: &Survey,
        sum: &mut WarmedSum,
    ) -> Result<Option<Error>> {
        let loaded = sum.loaded.unwrap_or(ByteLength::ZERO);
        if loaded_little(loaded) || self.interrupts.requested().is_some() {
            return Ok(None);
        }
        let after = survey_paths(paths, self.interrupts)?;
        let grown = after.size.minus(before.size);
        let excused = sum.unreadable.plus(sum.not_loaded).plus(grown);
        let gone = after.missing.minus(excused);
        if gone <= sum.evicted_again {
            return Ok(None);
        }
        sum.evicted_again = gone;
        let reason = format!("memory is short: {} was evicted again", LengthText(gone));
        Ok(Some(Error::new(Kind::OutOfMemory, "warm", reason)))
    }
}
