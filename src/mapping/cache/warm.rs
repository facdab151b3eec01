//! Warming: every missing page of a file's range comes into the page cache.
//!
//! Holes and resident pages are skipped. Reading is started far ahead of waiting for it, so that the storage
//! always has work; a block that cannot be read is noted, and the rest goes on.

use std::collections::VecDeque;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use super::effect;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::region::advise::read_ahead_step;
use crate::mapping::region::{Region, fault};
use crate::mapping::source::data_runs::{DataRuns, missing_pages};
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, Advice, Arrival, ByteLength, Change, ChangeKind, Effect, HowFar, Kind, Lasts,
    LengthText, PageSize, RegionOffset, SourceKind, SourceOffset, SourceRange, count_text,
    nanoseconds, pages_text,
};

/// How much is looked at, and waited for, at once.
const PIECE: u64 = 8 << 20;

/// How far reading is ahead of waiting for it. More than the kernel reads ahead by itself: what it has begun to
/// read counts as resident, and would not be waited for.
const AHEAD: u64 = 64 << 20;

/// The least read-ahead of a device with which the kernel by itself keeps it busy.
const ENOUGH_AHEAD: ByteLength = ByteLength(1 << 20);

/// How often pages that were evicted again meanwhile are brought in once more.
const ROUNDS: u32 = 3;

/// How to warm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmRequest {
    /// How many bytes to read in a second at most.
    pub rate: Option<ByteLength>,
}

/// What warming did.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Warmed {
    /// Where the range begins, in bytes; whole pages.
    pub offset: SourceOffset,
    /// Its length in bytes; whole pages.
    pub length: ByteLength,
    /// The bytes of it that lie in holes, and were not read.
    pub holes: ByteLength,
    /// The pages before.
    pub before: Residency,
    /// The pages after.
    pub after: Residency,
    /// How many bytes were not in memory before and are now, as far as the kernel tells.
    pub loaded: Option<ByteLength>,
    /// The pages that could not be read.
    pub unreadable: Vec<SourceRange>,
    /// What became of it.
    pub effect: Effect,
    /// How many pages were read and were gone again at the end, memory being short.
    pub evicted_again: u64,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
}

/// What warming did, and the first thing that went wrong.
#[derive(Debug)]
pub struct Warming {
    /// What was done.
    pub warmed: Warmed,
    /// What went wrong, while the rest went on.
    pub failure: Option<Error>,
}

/// Brings every missing page of a range into the page cache. `progress` is told now and then how many bytes
/// of the range are done. A request to stop ends it between two pieces, and is a failure within the outcome.
///
/// # Errors
/// `usage` for anonymous memory, which is in no cache; `fault` when the file is cut short meanwhile; what
/// mapping it answers. Pages that cannot be read are a failure within the outcome.
pub fn warm(
    source: &Source,
    range: SourceRange,
    request: WarmRequest,
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
    let mut warmer = Warmer::new(source, handle, range, request, interrupts);
    let mut after = before;
    let mut evicted_again = 0;
    for _ in 0..ROUNDS {
        if after.counts.resident == Some(after.counts.pages) {
            break;
        }
        warmer.run(progress).map_err(fail)?;
        after = residency::of_file(handle.file(), covered, page);
        if interrupts.requested().is_some() {
            break;
        }
        evicted_again = warmer.missing_again(&after);
        if evicted_again == 0 || warmer.failure.is_some() {
            break;
        }
    }
    let duration = started.elapsed();
    let complete = warmer.failure.is_none() && evicted_again == 0;
    let warmed = Warmed {
        offset: covered.offset(),
        length: covered.length(),
        holes: warmer.holes,
        before,
        after,
        loaded: loaded(&before, &after),
        effect: judge(source, &before, &after, complete),
        unreadable: warmer.unreadable,
        evicted_again,
        duration_ns: nanoseconds(duration),
    };
    let failure = warmer.failure.or_else(|| gone_again(evicted_again));
    Ok(Warming {
        failure: failure
            .map(|error| with_the_others(error, &warmed))
            .map(fail),
        warmed,
    })
}

/// The handle of a source whose pages are in the page cache.
pub(in crate::mapping) fn cached_handle(source: &Source) -> Result<&Handle> {
    source
        .handle()
        .filter(|_| source.kind() != SourceKind::Anonymous)
        .ok_or_else(|| Error::usage("anonymous memory is in no cache"))
}

fn loaded(before: &Residency, after: &Residency) -> Option<ByteLength> {
    let pages = after
        .counts
        .resident?
        .saturating_sub(before.counts.resident?);
    Some(ByteLength(pages.saturating_mul(before.page_size)))
}

/// The effect, when all of the data is there, or not.
fn judge(source: &Source, before: &Residency, after: &Residency, complete: bool) -> Effect {
    match loaded(before, after) {
        None => effect::unseen(Lasts::OutlivesCommand, after),
        Some(ByteLength(0)) if !complete => Effect::none(Arrival::NoneCouldBeRead),
        Some(ByteLength(0)) => Effect::none(match before.counts.resident {
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

fn gone_again(count: u64) -> Option<Error> {
    (count > 0).then(|| {
        let reason = format!("memory is short: {} gone again", pages_text(count));
        Error::new(Kind::OutOfMemory, "warm", reason)
    })
}

fn with_the_others(error: Error, warmed: &Warmed) -> Error {
    let bytes = warmed
        .unreadable
        .iter()
        .fold(0, |sum: u64, part| sum.saturating_add(part.length().0));
    match warmed.unreadable.len() {
        0 => error,
        1 => error.hint(format!(
            "cannot be read: {} in a row",
            count_text(bytes, "byte")
        )),
        places => {
            let bytes = count_text(bytes, "byte");
            error.hint(format!("cannot be read: {bytes} in {places} places"))
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
    /// How much one call that starts reading takes.
    step: ByteLength,
    drain: Option<sys::Drain>,
    pace: Option<Pace>,
    holes: ByteLength,
    unreadable: Vec<SourceRange>,
    failure: Option<Error>,
}

impl<'a> Warmer<'a> {
    fn new(
        source: &'a Source,
        handle: &'a Handle,
        range: SourceRange,
        request: WarmRequest,
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
            pace: request.rate.map(|rate| Pace::new(rate, page)),
            holes: ByteLength::ZERO,
            unreadable: Vec::new(),
            failure: None,
        }
    }

    fn run(&mut self, progress: &mut dyn FnMut(ByteLength)) -> Result<()> {
        let mut runs = DataRuns::of_source(self.source, self.range);
        let mut pieces = Vec::new().into_iter();
        let mut ahead = VecDeque::new();
        let mut waiting: u64 = 0;
        let far = self.step.0.saturating_mul(4).max(AHEAD);
        let limit = self.pace.as_ref().map_or(far, |_| 1);
        let size = self.source.size()?;
        let mut reads_ahead = false;
        loop {
            while waiting < limit {
                let Some(piece) = pieces.next() else {
                    let run = runs.next();
                    self.holes = runs.holes();
                    let Some(run) = run else { break };
                    reads_ahead = self.is_read_ahead(run, size);
                    pieces = self.cut(run);
                    continue;
                };
                if self.start(piece, reads_ahead) {
                    waiting = waiting.saturating_add(piece.length().0);
                    ahead.push_back(piece);
                }
            }
            let Some(piece) = ahead.pop_front() else {
                return Ok(());
            };
            if let Some(kind) = self.interrupts.requested() {
                self.failure = Some(self.stopped(kind, piece.offset()));
                return Ok(());
            }
            waiting = waiting.saturating_sub(piece.length().0);
            self.bring_in(piece)?;
            let done = piece.end().0.saturating_sub(self.range.offset().0);
            progress(ByteLength(done));
            if let Some(pace) = &mut self.pace {
                pace.keep(piece.length(), self.interrupts);
            }
        }
    }

    /// The failure to go on because of a request to stop.
    fn stopped(&self, kind: Kind, at: SourceOffset) -> Error {
        let done = at.0.saturating_sub(self.range.offset().0);
        let reason = format!("stopped; {} of it are done", LengthText(ByteLength(done)));
        Error::new(kind, "warm", reason)
    }

    /// The pieces of a run of data. A run may be most of a file, but is never cut into more pieces than fit
    /// in memory: it is at most [`DataRuns::LONGEST`].
    fn cut(&self, run: SourceRange) -> std::vec::IntoIter<SourceRange> {
        let piece = self.pace.as_ref().map_or(PIECE, |pace| pace.piece);
        let piece = PageSize::new(piece).unwrap_or(self.page);
        run.pieces(piece).collect::<Vec<_>>().into_iter()
    }

    /// Whether the kernel reads a run ahead by itself: in large folios, which are cheaper than the single pages
    /// of an advice, but also beyond the end of the run, where there must be nothing.
    fn is_read_ahead(&self, run: SourceRange, size: ByteLength) -> bool {
        let able = self.drain.is_some() && self.step >= ENOUGH_AHEAD;
        able && self.pace.is_none() && run.end().0 >= size.0
    }

    /// Starts reading a piece, unless all of it is there. What is read ahead is started by waiting for what is
    /// before it.
    fn start(&self, piece: SourceRange, reads_ahead: bool) -> bool {
        let counts = residency::of_file(self.file, piece, self.page).counts;
        if counts.resident == Some(counts.pages) {
            return false;
        }
        if !reads_ahead {
            let step = PageSize::new(prev_power_of_two(self.step.0)).unwrap_or(self.page);
            for part in piece.widen(self.page).unwrap_or(piece).pieces(step) {
                // Only a beginning: what did not come of it is read by waiting for it, and fails there.
                let _ = sys::will_need(self.file, part);
            }
        }
        true
    }

    /// Waits until a piece is there.
    fn bring_in(&mut self, piece: SourceRange) -> Result<()> {
        let pulled = self
            .drain
            .as_ref()
            .map(|drain| drain.pull(self.file, piece));
        match pulled {
            Some(Ok(())) => Ok(()),
            Some(Err(error)) if !is_refusal(&error) => self.pick_through(piece),
            _ => {
                self.drain = None;
                self.map_in(piece)
            }
        }
    }

    /// Waits until a piece is there, by mapping it: for what cannot be read into nothing.
    fn map_in(&mut self, piece: SourceRange) -> Result<()> {
        let region = Region::window(self.source, piece, Access::READ)?;
        match region.try_populate() {
            Ok(()) => Ok(()),
            Err(error) if Error::os("warm", &error).kind() == Kind::Fault => {
                drop(region);
                self.pick_through(piece)
            }
            // Before Linux 5.14.
            Err(_) => Ok(region.touch(piece)?),
        }
    }

    /// Brings in the pages of a piece one by one, and notes those that cannot be read.
    fn pick_through(&mut self, piece: SourceRange) -> Result<()> {
        // Pages that came in together with an unreadable one count as unreadable too, until they are dropped
        // and come in alone.
        let _ = sys::drop_cached(self.file, piece.widen(self.page).unwrap_or(piece));
        let region = Region::window(self.source, piece, Access::READ)?;
        region.advise(Advice::Random, RegionOffset(0), region.length())?;
        let known = self.unreadable.len();
        for page in piece.pieces(self.page) {
            self.touch(&region, page)?;
        }
        drop(region);
        // A page that could not be read stays in the cache without contents, and would be counted.
        for part in self.unreadable.iter().skip(known.saturating_sub(1)) {
            let _ = sys::drop_cached(self.file, part.widen(self.page).unwrap_or(*part));
        }
        Ok(())
    }

    fn touch(&mut self, region: &Region, page: SourceRange) -> Result<()> {
        let span = region.raw_span().map_err(|e| Error::os("warm", &e))?;
        let inner = page.offset().0.saturating_sub(region.range().offset().0);
        let at = RegionOffset(usize::try_from(inner).unwrap_or(usize::MAX));
        let Err(blocked) = span.touch_read(at) else {
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
        self.note(page);
        Ok(())
    }

    fn note(&mut self, page: SourceRange) {
        let joined = self
            .unreadable
            .last()
            .filter(|last| last.end() == page.offset())
            .and_then(|last| {
                let length = last.length().0.checked_add(page.length().0)?;
                SourceRange::new(last.offset(), ByteLength(length))
            });
        if let Some(joined) = joined {
            self.unreadable.pop();
            self.unreadable.push(joined);
        } else {
            self.unreadable.push(page);
        }
    }

    /// How many pages of data are not there although they could be read.
    fn missing_again(&self, after: &Residency) -> u64 {
        let unreadable = self.unreadable.iter().fold(0, |sum: u64, part| {
            sum.saturating_add(part.page_count(self.page).0)
        });
        let holes = self.page.pages_for(self.holes).0;
        match after.counts.resident {
            Some(resident) if resident < after.counts.pages.saturating_sub(holes) => {
                missing_pages(self.source, self.range, self.page, |counts| counts.resident)
                    .unwrap_or(0)
                    .saturating_sub(unreadable)
            }
            _ => 0,
        }
    }
}

/// Whether a call says that it is not for this sort of file, rather than that reading failed.
fn is_refusal(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidInput, Unsupported};
    matches!(error.kind(), InvalidInput | Unsupported)
        || Error::os("warm", error).kind() == Kind::Unsupported
}

const fn prev_power_of_two(value: u64) -> u64 {
    match value.checked_ilog2() {
        Some(log) => 1 << log,
        None => 1,
    }
}

/// Keeps reading at a rate.
struct Pace {
    rate: u64,
    piece: u64,
    started: Instant,
    done: u64,
}

impl Pace {
    fn new(rate: ByteLength, page: PageSize) -> Self {
        let rate = rate.0.max(1);
        // Some pieces in a second, so that the storage is never busy for long.
        let piece = prev_power_of_two(rate / 16).clamp(page.bytes(), PIECE.max(page.bytes()));
        Self {
            rate,
            piece,
            started: Instant::now(),
            done: 0,
        }
    }

    /// Waits until reading this much more was allowed to end, or a request to stop comes.
    fn keep(&mut self, more: ByteLength, interrupts: &Interrupts) {
        /// How long a request to stop may go unnoticed.
        const NAP: Duration = Duration::from_millis(100);
        self.done = self.done.saturating_add(more.0);
        let nanos = u128::from(self.done)
            .saturating_mul(1_000_000_000)
            .checked_div(u128::from(self.rate))
            .unwrap_or(0);
        let due = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        while interrupts.requested().is_none() {
            let left = due.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }
}
