//! Warming one file: loads all missing pages of a range into the page cache.
//!
//! Holes and resident pages are skipped. Reading is started far ahead of the wait for completion, to keep the storage
//! busy. A block that cannot be read is recorded, and the work continues after it.

use std::collections::VecDeque;
use std::io;
use std::slice;
use std::time::Instant;

use super::limits::{Limits, prev_power_of_two};
use super::outcome::{LoadedRanges, Warmed, Warming};
use crate::mapping::cache::effect;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{self, Residency, cached_of_file};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::advise::read_ahead_step;
use crate::mapping::region::{Region, fault};
use crate::mapping::source::data_runs::{DataRuns, missing_pages};
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, Advice, Arrival, ByteLength, Change, ChangeKind, Counts, Effect, HowFar, Kind, Lasts,
    LengthText, PageSize, RegionOffset, SourceKind, SourceOffset, SourceRange, count_text,
    nanoseconds,
};

/// The number of bytes measured, and waited for, at a time.
const PIECE: u64 = 8 << 20;

/// The number of bytes by which reading is ahead of the wait for completion. It is more than the kernel reads ahead by
/// itself: pages that the kernel has begun to read count as resident, and would not be waited for.
const AHEAD: u64 = 64 << 20;

/// The least read-ahead with which the kernel keeps a device busy by itself.
const ENOUGH_AHEAD: ByteLength = ByteLength(1 << 20);

/// The number of times that the range is read while pages of it are evicted again.
const ROUNDS: u32 = 3;

/// Loads the missing pages of a range into the page cache, as far as the limits allow. `progress` receives the number of
/// bytes whenever some have been loaded. A request to stop takes effect between two pieces, and is a failure in the outcome.
///
/// # Errors
/// `usage` for anonymous memory, which is not in the page cache; `fault` when the file is truncated meanwhile; those of
/// mapping it. Pages that cannot be read are a failure in the outcome.
pub fn warm(
    source: &Source,
    range: SourceRange,
    limits: &Limits,
    interrupts: &Interrupts,
    progress: &mut dyn FnMut(ByteLength),
) -> Result<Warming> {
    let fail = |error: Error| error.on(source.name()).over(range);
    let page = sys::page_size();
    Feature::Warm.require("warm").map_err(fail)?;
    let handle = cached_handle(source).map_err(fail)?;
    let covered = range.widen(page).unwrap_or(range);
    let before = residency::of_file(handle.file(), covered, page);
    let started = Instant::now();
    let mut warmer = Warmer::new(source, handle, range, limits, interrupts);
    let (after, evicted_again) = warmer.run_rounds(before, covered, progress).map_err(fail)?;
    let duration = started.elapsed();
    let not_loaded = warmer.not_loaded();
    let complete = warmer.failure.is_none() && evicted_again == 0;
    let effect = match loaded(&before, &after) {
        Some(ByteLength::ZERO) if !not_loaded.is_zero() => Effect::none(warmer.ended_by()),
        _ => judge(source, &before, &after, complete),
    };
    let warmed = Warmed {
        offset: covered.offset(),
        length: covered.length(),
        holes: warmer.holes,
        before,
        after,
        loaded: loaded(&before, &after),
        effect,
        unreadable_ranges: warmer.unreadable,
        not_loaded,
        interrupted: warmer.interrupted,
        evicted_again: before.bytes(evicted_again),
        duration_ns: nanoseconds(duration),
    };
    let failure = warmer.failure.or_else(|| shortage(warmed.evicted_again));
    Ok(Warming {
        failure: failure
            .map(|error| with_unreadable(error, &warmed))
            .map(fail),
        warmed,
    })
}

/// Loads ranges of which no page is in the page cache, holes included, as far as the limits allow. `progress` and
/// requests to stop as for [`warm`].
///
/// # Errors
/// Those of [`warm`].
pub(in crate::mapping::cache) fn load_ranges(
    source: &Source,
    missing: &[SourceRange],
    limits: &Limits,
    interrupts: &Interrupts,
    progress: &mut dyn FnMut(ByteLength),
) -> Result<LoadedRanges> {
    let (Some(first), Some(last)) = (missing.first(), missing.last()) else {
        return Ok(LoadedRanges::default());
    };
    let whole = SourceRange::between(first.offset(), last.end()).unwrap_or(*first);
    let fail = |error: Error| error.on(source.name()).over(whole);
    let handle = cached_handle(source).map_err(fail)?;
    let mut warmer = Warmer::new(source, handle, whole, limits, interrupts);
    let mut parts = Parts::Missing(missing.iter());
    warmer.run(&mut parts, progress).map_err(fail)?;
    let behind = |limit| {
        missing
            .iter()
            .map(move |part| part.starting_at(limit).length())
    };
    Ok(LoadedRanges {
        not_loaded: warmer.limit.map(behind).into_iter().flatten().sum(),
        unreadable: warmer.unreadable,
        failure: warmer.failure.map(fail),
    })
}

/// The handle of a source whose pages are in the page cache.
pub(in crate::mapping) fn cached_handle(source: &Source) -> Result<&Handle> {
    source
        .handle()
        .filter(|_| source.kind() != SourceKind::Anonymous)
        .ok_or_else(|| Error::usage("its pages are not in the page cache"))
}

fn loaded(before: &Residency, after: &Residency) -> Option<ByteLength> {
    let pages = after
        .counts
        .resident?
        .saturating_sub(before.counts.resident?);
    Some(before.bytes(pages))
}

/// The effect. `complete` says that all data is in memory.
fn judge(source: &Source, before: &Residency, after: &Residency, complete: bool) -> Effect {
    match loaded(before, after) {
        None => effect::unseen(Lasts::OutlivesCommand, after),
        Some(ByteLength::ZERO) if !complete => Effect::none(Arrival::NoneCouldBeRead),
        Some(ByteLength::ZERO) => Effect::none(match before.counts.resident {
            Some(0) => Arrival::NoData,
            _ => Arrival::AllDataThere(HowFar::InMemory),
        }),
        Some(bytes) => {
            let count = bytes.0.checked_div(after.page_size).unwrap_or(0);
            let came = Change::pages(count, ChangeKind::CameIntoMemory);
            effect::on_source(Effect::seen(Lasts::OutlivesCommand, came), source)
        }
    }
}

/// The failure that this amount left memory again.
pub(super) fn shortage(gone: ByteLength) -> Option<Error> {
    (!gone.is_zero()).then(|| {
        let reason = format!("memory is short: {} was evicted again", LengthText(gone));
        Error::new(Kind::OutOfMemory, "warm", reason)
    })
}

/// Whether a failure of [`warm`] is this one.
pub(super) fn is_shortage(error: &Error) -> bool {
    error.kind() == Kind::OutOfMemory
}

/// Adds to a failure the number of bytes that cannot be read.
fn with_unreadable(error: Error, warmed: &Warmed) -> Error {
    let parts = warmed.unreadable_ranges.iter().map(|part| part.length());
    let bytes = parts.sum::<ByteLength>().0;
    match warmed.unreadable_ranges.len() as u64 {
        0 => error,
        ranges => error.hint(format!(
            "see the unreadable ranges in the report: {} in {}",
            count_text(bytes, "byte"),
            count_text(ranges, "range")
        )),
    }
}

/// What to load of a file.
enum Parts<'a> {
    /// The data of a range, of which some pages may be in memory.
    Data(DataRuns<'a>),
    /// Ranges of which no page is in memory.
    Missing(slice::Iter<'a, SourceRange>),
}

impl Iterator for Parts<'_> {
    type Item = SourceRange;

    fn next(&mut self) -> Option<SourceRange> {
        match self {
            Self::Data(runs) => runs.next(),
            Self::Missing(ranges) => ranges.next().copied(),
        }
    }
}

/// One run of [`warm`].
struct Warmer<'a> {
    interrupts: &'a Interrupts,
    source: &'a Source,
    file: &'a OpenFile,
    page: PageSize,
    range: SourceRange,
    /// The maximum number of bytes for one call that starts reading.
    step: ByteLength,
    drain: Option<sys::Drain>,
    limits: &'a Limits,
    /// Where the limit on the amount, or a request to stop, ended the work.
    limit: Option<SourceOffset>,
    interrupted: bool,
    holes: ByteLength,
    unreadable: Vec<SourceRange>,
    failure: Option<Error>,
}

impl<'a> Warmer<'a> {
    fn new(
        source: &'a Source,
        handle: &'a Handle,
        range: SourceRange,
        limits: &'a Limits,
        interrupts: &'a Interrupts,
    ) -> Self {
        let page = sys::page_size();
        Self {
            interrupts,
            source,
            file: handle.file(),
            page,
            range,
            step: read_ahead_step(Some(handle.file()), page),
            drain: sys::Drain::open().ok(),
            limits,
            limit: None,
            interrupted: false,
            holes: ByteLength::ZERO,
            unreadable: Vec::new(),
            failure: None,
        }
    }

    /// Loads the range, again where pages of it have left memory meanwhile. Returns the residency after that, and the
    /// number of pages that were loaded but have left memory.
    fn run_rounds(
        &mut self,
        before: Residency,
        covered: SourceRange,
        progress: &mut dyn FnMut(ByteLength),
    ) -> Result<(Residency, u64)> {
        let (mut after, mut evicted_again) = (before, 0);
        for _ in 0..ROUNDS {
            if after.counts.resident == Some(after.counts.pages) {
                return Ok((after, 0));
            }
            self.allow_again(evicted_again);
            let mut data = Parts::Data(DataRuns::of_source(self.source, self.range));
            self.run(&mut data, progress)?;
            after = residency::of_file(self.file, covered, self.page);
            if self.interrupted {
                return Ok((after, 0));
            }
            evicted_again = self.missing_again(&after);
            if evicted_again == 0 || self.failure.is_some() {
                break;
            }
        }
        Ok((after, evicted_again))
    }

    fn run(&mut self, parts: &mut Parts<'_>, progress: &mut dyn FnMut(ByteLength)) -> Result<()> {
        let measures = matches!(parts, Parts::Data(_));
        let mut pieces = Vec::new().into_iter();
        let mut ahead = VecDeque::new();
        let mut waiting = ByteLength::ZERO;
        let far = self.step.0.saturating_mul(4).max(AHEAD);
        let most = ByteLength(self.limits.pace.as_ref().map_or(far, |_| 1));
        let size = self.source.size()?;
        let mut reads_ahead = false;
        loop {
            while waiting < most && self.limit.is_none() {
                let Some(piece) = pieces.next() else {
                    let run = parts.next();
                    if let Parts::Data(runs) = parts {
                        self.holes = runs.holes();
                    }
                    let Some(run) = run else { break };
                    reads_ahead = self.is_read_ahead(run, size);
                    pieces = self.divide(run);
                    continue;
                };
                let missing = match measures {
                    true => self.missing_of(piece),
                    false => Some(piece.page_count(self.page).0),
                };
                if let Some(missing) = missing
                    && let Some((piece, missing)) = self.start(piece, missing, reads_ahead)
                {
                    waiting = waiting.plus(piece.length());
                    ahead.push_back((piece, missing));
                }
            }
            let Some((piece, missing)) = ahead.pop_front() else {
                return Ok(());
            };
            if let Some(kind) = self.interrupts.requested() {
                self.failure = Some(self.stopped(kind, piece.offset()));
                self.limit = Some(piece.offset());
                self.interrupted = true;
                return Ok(());
            }
            waiting = waiting.minus(piece.length());
            self.bring_in(piece)?;
            progress(missing);
        }
    }

    /// The failure that a request to stop ended the work at this offset.
    fn stopped(&self, kind: Kind, at: SourceOffset) -> Error {
        let done = SourceOffset::from_to(self.range.offset(), at);
        let reason = format!("{} after {}", kind.interruption(), LengthText(done));
        Error::new(kind, "warm", reason)
    }

    /// The pieces of a run of data. They fit in memory, because a run has a greatest length.
    fn divide(&self, run: SourceRange) -> std::vec::IntoIter<SourceRange> {
        let pace = self.limits.pace.as_ref();
        let piece = pace.map_or(PIECE, |pace| pace.piece(PIECE, self.page));
        let piece = PageSize::new(piece).unwrap_or(self.page);
        run.pieces(piece).collect::<Vec<_>>().into_iter()
    }

    /// Whether the kernel reads a run ahead by itself. It uses large folios, which are cheaper than the single pages of an
    /// advice, but reads beyond the end of the run too; so the run must end where the file ends.
    fn is_read_ahead(&self, run: SourceRange, size: ByteLength) -> bool {
        let able = self.drain.is_some() && self.step >= ENOUGH_AHEAD;
        let limited = self.limits.pace.is_some() || self.limits.budget.is_some();
        able && !limited && run.end().0 >= size.0
    }

    /// The number of pages of a piece that are not in the page cache; `None` if all of it is resident.
    fn missing_of(&self, piece: SourceRange) -> Option<u64> {
        let counts = residency::of_file(self.file, piece, self.page).counts;
        let absent = |present: Option<u64>| counts.pages.saturating_sub(present.unwrap_or(0));
        (absent(counts.resident) > 0).then(|| absent(counts.held()))
    }

    /// Starts reading a piece with `missing` pages, and returns the part that may be loaded and how much is missing of
    /// it. Where the kernel reads ahead, the wait for the pieces before starts it.
    fn start(
        &mut self,
        piece: SourceRange,
        missing: u64,
        reads_ahead: bool,
    ) -> Option<(SourceRange, ByteLength)> {
        let (piece, missing) = self.allowed(piece, missing)?;
        if let Some(pace) = &self.limits.pace {
            pace.wait_for(piece.length(), self.interrupts);
        }
        let stops = self.interrupts.requested().is_some();
        if !reads_ahead && !stops {
            let step = PageSize::new(prev_power_of_two(self.step.0)).unwrap_or(self.page);
            for part in piece.widen(self.page).unwrap_or(piece).pieces(step) {
                // A failure is found by the wait for these pages.
                let _ = sys::will_need(self.file, part);
            }
        }
        Some((piece, ByteLength(missing.saturating_mul(self.page.bytes()))))
    }

    /// The part of a piece with `missing` pages that may be loaded, and the number of missing pages in it. If it is not
    /// the whole piece, the work ends there.
    fn allowed(&mut self, piece: SourceRange, missing: u64) -> Option<(SourceRange, u64)> {
        let Some(budget) = &self.limits.budget else {
            return Some((piece, missing));
        };
        let granted = budget.take(missing, self.page);
        if granted == missing {
            return Some((piece, missing));
        }
        let part = self.part_with(piece, granted);
        self.limit = Some(part.end());
        (granted > 0).then_some((part, granted))
    }

    /// The longest part at the start of a piece of which at most this number of pages is missing.
    fn part_with(&self, piece: SourceRange, missing: u64) -> SourceRange {
        let first = self.page.align_down(piece.offset().0);
        let part = |pages: u64| {
            let end = first.saturating_add(pages.saturating_mul(self.page.bytes()));
            piece.clamp_to(ByteLength(end.max(piece.offset().0)))
        };
        let fits = |pages: u64| {
            let counts = cached_of_file(self.file, part(pages), self.page).counts;
            counts.pages.saturating_sub(counts.held().unwrap_or(0)) <= missing
        };
        let (mut fitting, mut most) = (missing, piece.page_count(self.page).0);
        while fitting < most {
            let middle = most.saturating_sub(most.saturating_sub(fitting).div_euclid(2));
            match fits(middle) {
                true => fitting = middle,
                false => most = middle.saturating_sub(1),
            }
        }
        part(fitting)
    }

    /// Allows the loading of this number of pages once more, which have left memory.
    fn allow_again(&mut self, pages: u64) {
        if let Some(budget) = &self.limits.budget {
            budget.give_back(ByteLength(pages.saturating_mul(self.page.bytes())));
        }
        self.limit = None;
    }

    /// What ended the work before everything was loaded.
    const fn ended_by(&self) -> Arrival {
        match self.interrupted {
            true => Arrival::Interrupted,
            false => Arrival::LimitReached,
        }
    }

    /// The number of bytes of data behind the limit that are missing.
    fn not_loaded(&self) -> ByteLength {
        let Some(limit) = self.limit else {
            return ByteLength::ZERO;
        };
        let rest = self.range.starting_at(limit);
        let missing = missing_pages(self.source, rest, cached_of_file, Counts::held);
        let missing = missing.unwrap_or(rest.page_count(self.page).0);
        ByteLength(missing.saturating_mul(self.page.bytes()))
    }

    /// Waits until a piece is in memory.
    fn bring_in(&mut self, piece: SourceRange) -> Result<()> {
        let pulled = self
            .drain
            .as_ref()
            .map(|drain| drain.pull(self.file, piece));
        match pulled {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) if !is_refusal(&error) => self.read_page_by_page(piece),
            _ => {
                self.drain = None;
                self.map_in(piece)
            }
        }
    }

    /// Waits until a piece is in memory by mapping it, where it cannot be read without a copy.
    fn map_in(&mut self, piece: SourceRange) -> Result<()> {
        let region = Region::window(self.source, piece, Access::READ)?;
        match region.try_populate() {
            Ok(()) => Ok(()),
            Err(error) if Error::os("warm", &error).kind() == Kind::Fault => {
                drop(region);
                self.read_page_by_page(piece)
            }
            // Before Linux 5.14.
            Err(_) => Ok(region.touch(piece, false)?),
        }
    }

    /// Brings in the pages of a piece one by one, and records those that cannot be read.
    fn read_page_by_page(&mut self, piece: SourceRange) -> Result<()> {
        // Pages that were read together with an unreadable one count as unreadable too, until they are dropped and
        // read alone.
        let _ = sys::drop_cached(self.file, piece.widen(self.page).unwrap_or(piece));
        let region = Region::window(self.source, piece, Access::READ)?;
        region.advise(Advice::Random, RegionOffset(0), region.length())?;
        let known = self.unreadable.len();
        for page in piece.pieces(self.page) {
            self.touch(&region, page)?;
        }
        drop(region);
        // An unreadable page stays in the cache without contents, and would be counted.
        for part in self.unreadable.iter().skip(known.saturating_sub(1)) {
            let _ = sys::drop_cached(self.file, part.widen(self.page).unwrap_or(*part));
        }
        Ok(())
    }

    fn touch(&mut self, region: &Region, page: SourceRange) -> Result<()> {
        let span = region.raw_span().map_err(|e| Error::os("warm", &e))?;
        let place = region
            .range()
            .place_of(page.offset())
            .unwrap_or(RegionOffset(usize::MAX));
        let Err(blocked) = span.touch_read(place) else {
            return Ok(());
        };
        let size = self.source.size()?;
        if self.failure.is_none() || page.offset().0 >= size.0 {
            let access = fault::Attempt::Read;
            let error = fault::explain("warm", blocked, access, region.range(), region.backing());
            if page.offset().0 >= size.0 {
                return Err(error);
            }
            self.failure = Some(error);
        }
        self.record_unreadable(page);
        Ok(())
    }

    /// Records an unreadable page, as a part of the range before it where there is one.
    fn record_unreadable(&mut self, page: SourceRange) {
        let previous = self.unreadable.pop_if(|last| last.end() == page.offset());
        let start = previous.map_or(page.offset(), SourceRange::offset);
        let joined = SourceRange::between(start, page.end());
        self.unreadable.extend(joined);
    }

    /// The number of pages of data that are not in memory although they can be read and were to be loaded.
    fn missing_again(&self, after: &Residency) -> u64 {
        let unreadable = self
            .unreadable
            .iter()
            .map(|part| part.page_count(self.page).0);
        let unreadable = unreadable.fold(0, u64::saturating_add);
        let holes = self.page.pages_for(self.holes).0;
        let done = match self.limit {
            Some(limit) => self.range.clamp_to(ByteLength(limit.0)),
            None => self.range,
        };
        match after.counts.resident {
            Some(resident) if resident < after.counts.pages.saturating_sub(holes) => {
                missing_pages(self.source, done, residency::of_file, |counts| {
                    counts.resident
                })
                .unwrap_or(0)
                .saturating_sub(unreadable)
            }
            _ => 0,
        }
    }
}

/// Whether the call does not support this kind of file. Otherwise reading failed.
fn is_refusal(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, Unsupported};
    matches!(error.kind(), InvalidInput | Unsupported)
        || Error::os("warm", error).kind() == Kind::Unsupported
}
