//! Verifying one file: its cached pages, piece by piece, in a few threads.

use std::mem;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::buffers::{self, Buffers};
use super::differences::differences;
use super::pair::{Look, Pair, Sides, State, Unread};
use super::sum::{Incomparable, Still, Verified, VerifiedSum};
use crate::mapping::cache::walk::{Done, Found};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::holders::HeldFile;
use crate::mapping::measure::page_sizes;
use crate::mapping::measure::residency::{cached_of_file, runs_of_file};
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Kind, PageSize, RangeRequest, SourceOffset, SourceRange};

/// The number of threads that read one file.
const THREADS: usize = 4;

/// The length of the part of a file whose runs of cached pages are in memory at a time.
const PART: PageSize = match PageSize::new(256 << 20) {
    Some(part) => part,
    None => unreachable!(),
};

/// The number of differences of a file that are kept unless all are wanted.
const FEW: usize = 16;

/// What to do about differences.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerifyRequest {
    /// Whether pages that differ are dropped, and verified again.
    pub evict: bool,
    /// Whether all differences are kept, and all their bytes.
    pub all: bool,
}

/// Verifies files in several threads, with a bound on the memory for all.
#[derive(Debug)]
pub struct Verifier<'a> {
    request: VerifyRequest,
    interrupts: &'a Interrupts,
    buffers: Buffers,
    done: AtomicU64,
}

impl<'a> Verifier<'a> {
    /// Nothing is verified yet.
    #[must_use]
    pub fn new(request: VerifyRequest, interrupts: &'a Interrupts) -> Self {
        Self {
            request,
            interrupts,
            buffers: Buffers::default(),
            done: AtomicU64::new(0),
        }
    }

    /// The amount compared so far.
    pub fn compared(&self) -> ByteLength {
        ByteLength(self.done.load(Ordering::Relaxed))
    }

    /// Verifies the cached pages of a file, or of a range of it. Differences are no failure, but part of the result.
    #[must_use]
    pub fn verify(&self, found: &Found, range: Option<&RangeRequest>) -> Done<Verified> {
        let range = match range {
            Some(range) => found.source.resolve(range, false),
            None => found.whole(),
        };
        match range {
            Ok(range) => self.verify_range(&found.source, range),
            Err(error) => Done::from(Err(error)),
        }
    }

    fn verify_range(&self, source: &Source, range: SourceRange) -> Done<Verified> {
        let mut job = Job {
            verifier: self,
            verified: Verified {
                sum: VerifiedSum {
                    files: 1,
                    size: range.length(),
                    ..VerifiedSum::default()
                },
                ..Verified::default()
            },
            altered: Vec::new(),
            failures: Vec::new(),
        };
        if let Some(handle) = source.handle().filter(|_| !range.is_empty()) {
            job.file(source, handle.file(), range);
        }
        job.finish()
    }
}

/// The work on one file, or the part of it that one thread does.
struct Job<'a> {
    verifier: &'a Verifier<'a>,
    verified: Verified,
    /// The pages that differ, joined.
    altered: Vec<SourceRange>,
    failures: Vec<Error>,
}

impl Job<'_> {
    fn finish(mut self) -> Done<Verified> {
        let sum = &mut self.verified.sum;
        sum.unknown_files = u64::from(self.verified.unknown_reason.is_some());
        sum.different_files = u64::from(!sum.different.is_zero());
        sum.equal = sum.compared.minus(sum.different);
        self.verified.differences.sort_by_key(|found| found.offset);
        if !self.verifier.request.all {
            self.verified.differences.truncate(FEW);
        }
        Done {
            sum: self.verified,
            failures: self.failures,
        }
    }

    /// A part of the work for another thread.
    fn part(&self) -> Self {
        Self {
            verifier: self.verifier,
            verified: Verified::default(),
            altered: Vec::new(),
            failures: Vec::new(),
        }
    }

    fn add(&mut self, part: Self) {
        let (sum, other) = (&mut self.verified.sum, part.verified.sum);
        sum.compared = sum.compared.plus(other.compared);
        sum.different = sum.different.plus(other.different);
        sum.left_out = sum.left_out.plus(other.left_out);
        sum.unknown = sum.unknown.plus(other.unknown);
        let reason = part.verified.unknown_reason;
        self.verified.unknown_reason = self.verified.unknown_reason.or(reason);
        self.verified.differences.extend(part.verified.differences);
        self.verified.difference_count = self
            .verified
            .difference_count
            .saturating_add(part.verified.difference_count);
        self.altered.extend(part.altered);
        self.failures.extend(part.failures);
    }

    fn file(&mut self, source: &Source, file: &OpenFile, range: SourceRange) {
        let page = sys::page_size();
        let seen = cached_of_file(file, range, page);
        let held = seen.counts.held().map(|pages| seen.bytes(pages));
        if held == Some(ByteLength::ZERO) {
            return;
        }
        let held = held.unwrap_or_default();
        if sys::is_memory_backed(file) {
            return self.unknown(held, Incomparable::MemoryOnly);
        }
        if let Some(reason) = seen.unknown_reason {
            return self.unknown(held, reason.into());
        }
        if sys::stacking(file) == Some(true) {
            // The file behind it has the pages.
            match sys::same_pages(file).into_iter().next() {
                Some(behind) => {
                    let behind = Source::of_found(PathBuf::new(), behind);
                    if let Some(handle) = behind.handle() {
                        self.pages(&behind, handle.file(), range, held);
                    }
                }
                None => self.unknown(held, Incomparable::Stacked),
            }
            return;
        }
        self.pages(source, file, range, held);
    }

    fn unknown(&mut self, amount: ByteLength, reason: Incomparable) {
        let verified = &mut self.verified;
        verified.sum.unknown = verified.sum.unknown.plus(amount);
        verified.unknown_reason.get_or_insert(reason);
    }

    fn leave_out(&mut self, amount: ByteLength) {
        let sum = &mut self.verified.sum;
        sum.left_out = sum.left_out.plus(amount);
    }

    /// Compares the pages of a range of a file that has a storage of its own, and has so much of it in memory.
    fn pages(&mut self, source: &Source, file: &OpenFile, range: SourceRange, held: ByteLength) {
        let page = sys::page_size();
        let range = range.widen(page).unwrap_or(range);
        let pair = match Pair::open(source, file) {
            Ok(pair) => pair,
            Err(reason) => return self.unknown(held, reason),
        };
        for part in range.pieces(PART) {
            let seen = cached_of_file(file, part, page);
            let held = seen.counts.held().map(|pages| seen.bytes(pages));
            if held == Some(ByteLength::ZERO) {
                continue;
            }
            let mut pieces = Vec::new();
            let mut resident = ByteLength::ZERO;
            let found = runs_of_file(file, part, page, &mut |run| {
                resident = resident.plus(run.length());
                pieces.extend(run.pieces(PIECE));
            });
            if let Err(reason) = found {
                self.unknown(held.unwrap_or_default(), reason.into());
                continue;
            }
            // Pages that are being read, or could not be read.
            self.leave_out(held.unwrap_or_default().minus(resident));
            self.pieces(&pair, &pieces);
            if self.verifier.interrupts.requested().is_some() {
                break;
            }
        }
        if self.verifier.request.evict && !self.altered.is_empty() {
            self.heal(&pair, file);
        }
    }

    /// Compares pieces, each in the next thread that is free.
    fn pieces(&mut self, pair: &Pair<'_>, pieces: &[SourceRange]) {
        let next = AtomicUsize::new(0);
        let parts = Mutex::new(Vec::new());
        let work = |mut part: Self| {
            while self.verifier.interrupts.requested().is_none()
                && let Some(piece) = pieces.get(next.fetch_add(1, Ordering::Relaxed))
            {
                part.piece(pair, *piece);
            }
            let mut parts = parts.lock().unwrap_or_else(PoisonError::into_inner);
            parts.push(part);
        };
        thread::scope(|scope| {
            for _ in 1..THREADS.min(pieces.len()) {
                let part = self.part();
                // Without more threads, this one works alone.
                let _ = thread::Builder::new().spawn_scoped(scope, || work(part));
            }
            work(self.part());
        });
        for part in parts.into_inner().unwrap_or_else(PoisonError::into_inner) {
            self.add(part);
        }
        join(&mut self.altered);
    }

    /// Compares a piece whose pages are in memory, or the part of it that is clean.
    fn piece(&mut self, pair: &Pair<'_>, piece: SourceRange) {
        let page = sys::page_size();
        match pair.state(piece) {
            Err(reason) => self.unknown(piece.length(), reason),
            Ok(State::Gone) => {}
            Ok(State::Clean) => self.clean(pair, piece),
            Ok(State::Mixed) if piece.length().0 <= page.bytes() => self.leave_out(piece.length()),
            Ok(State::Mixed) => {
                let half = ByteLength(piece.length().0.div_euclid(2));
                let middle = SourceOffset(page.align_down(piece.offset().plus(half).0));
                let halves = [(piece.offset(), middle), (middle, piece.end())];
                for (start, end) in halves {
                    if let Some(half) = SourceRange::between(start, end) {
                        self.piece(pair, half);
                    }
                }
            }
        }
    }

    /// Compares a piece whose pages were clean just now.
    fn clean(&mut self, pair: &Pair<'_>, piece: SourceRange) {
        let buffers = &self.verifier.buffers;
        let outcome = buffers.with(sys::page_size(), |buffer| {
            let storage = pair.read_storage(piece, buffer)?;
            self.compare(pair, piece, storage);
            Ok(())
        });
        if let Err(Unread(reason, failure)) = outcome {
            self.unknown(piece.length(), reason);
            self.failures.extend(failure);
        }
    }

    /// Compares a piece with what its storage holds.
    fn compare(&mut self, pair: &Pair<'_>, piece: SourceRange, storage: &[u8]) {
        let mut at = piece.offset();
        let compared = self.compare_from(&mut at, pair, piece, storage);
        let rest = SourceOffset::from_to(at, piece.end());
        match compared {
            Err(error) if error.kind() != Kind::Fault => {
                self.unknown(rest, Incomparable::NotVisible);
                self.failures.push(error);
            }
            // What is left has gone: the file was truncated before or after the storage was read.
            _ => self.leave_out(rest),
        }
    }

    /// Compares a piece from an offset on, which becomes the end of what was compared.
    fn compare_from(
        &mut self,
        at: &mut SourceOffset,
        pair: &Pair<'_>,
        piece: SourceRange,
        storage: &[u8],
    ) -> Result<()> {
        let page = sys::page_size();
        let end = piece.offset().plus(ByteLength::of(storage.len()));
        let end = SourceOffset(page.align_up(end.0).unwrap_or(end.0)).min(piece.end());
        while *at < end {
            let from = SourceOffset::from_to(piece.offset(), *at).saturating_usize();
            let rest = storage.get(from..).unwrap_or_default();
            let Some(differs) = pair.first_difference(*at, rest)? else {
                self.count_compared(SourceOffset::from_to(*at, end));
                *at = end;
                return Ok(());
            };
            let start = SourceOffset(page.align_down(differs.0));
            let one = SourceRange::new(start, ByteLength(page.bytes())).unwrap_or_default();
            self.count_compared(SourceOffset::from_to(*at, start));
            *at = start;
            self.confirm(pair, one)?;
            *at = one.end();
        }
        Ok(())
    }

    fn count_compared(&mut self, amount: ByteLength) {
        let sum = &mut self.verified.sum;
        sum.compared = sum.compared.plus(amount);
        self.verifier.done.fetch_add(amount.0, Ordering::Relaxed);
    }

    /// Looks again at a page that differed.
    fn confirm(&mut self, pair: &Pair<'_>, page: SourceRange) -> Result<()> {
        match settle(pair, page)? {
            Look::Unsettled => self.leave_out(page.length()),
            Look::Equal => self.count_compared(page.length()),
            Look::Different(sides) => {
                self.count_compared(page.length());
                let sum = &mut self.verified.sum;
                sum.different = sum.different.plus(page.length());
                match self.altered.last_mut() {
                    Some(last) if last.end() == page.offset() => {
                        *last = SourceRange::between(last.offset(), page.end()).unwrap_or(page);
                    }
                    _ => self.altered.push(page),
                }
                self.keep(page, &sides);
            }
        }
        Ok(())
    }

    fn keep(&mut self, page: SourceRange, sides: &Sides) {
        let all = self.verifier.request.all;
        let most = match all {
            true => usize::MAX,
            // Another thread may find those before them.
            false => FEW.saturating_sub(self.verified.differences.len()),
        };
        let (memory, storage) = (&sides.memory, &sides.storage);
        let (kept, found) = differences(page.offset(), memory, storage, most, all);
        self.verified.differences.extend(kept);
        self.verified.difference_count =
            self.verified.difference_count.saturating_add(found as u64);
    }

    /// Drops the pages that differ, and verifies them again.
    fn heal(&mut self, pair: &Pair<'_>, file: &OpenFile) {
        let page = sys::page_size();
        let mut still = Still::default();
        let mut kept_in: Option<SourceRange> = None;
        for range in mem::take(&mut self.altered) {
            drop_pages(file, range);
            for one in range.pieces(page) {
                if is_cached(file, one) {
                    still.kept = still.kept.plus(one.length());
                    let from = kept_in.map_or(one.offset(), SourceRange::offset);
                    kept_in = SourceRange::between(from, one.end());
                    continue;
                }
                // Reads it again.
                let read = pair.copy(one.offset(), &mut [0]);
                match read.and_then(|()| settle(pair, one)) {
                    Ok(Look::Equal) => {
                        let sum = &mut self.verified.sum;
                        sum.healed = sum.healed.plus(one.length());
                    }
                    Ok(Look::Different(_)) => {
                        still.differs_again = still.differs_again.plus(one.length());
                    }
                    Ok(Look::Unsettled) => {}
                    // The file was truncated meanwhile.
                    Err(_) if pair.is_truncated_within(one) => {}
                    Err(error) => self.failures.push(error),
                }
            }
        }
        if let Some(part) = kept_in {
            still.holders = HeldFile::part(file, part).holders();
        }
        let is_healed = still.kept.is_zero() && still.differs_again.is_zero();
        self.verified.still = (!is_healed).then_some(still);
    }
}

/// The length of a piece: that of a buffer.
const PIECE: PageSize = match PageSize::new(buffers::LENGTH as u64) {
    Some(piece) => piece,
    None => unreachable!(),
};

/// Looks at a page until it is certain whether it differs. A writer that never stops could show old contents on one side
/// and new ones on the other, but not the same several times.
fn settle(pair: &Pair<'_>, page: SourceRange) -> Result<Look> {
    /// The number of looks in a row that must show the same difference.
    const SAME: u32 = 4;
    /// The greatest number of looks.
    const MOST: u32 = 16;
    /// The pause between two looks, in which a write comes to its end.
    const PAUSE: Duration = Duration::from_micros(500);
    let (mut last, mut same): (Option<Sides>, u32) = (None, 0);
    for _ in 0..MOST {
        match pair.look(page)? {
            Look::Equal => return Ok(Look::Equal),
            Look::Unsettled => (last, same) = (None, 0),
            Look::Different(sides) => {
                same = match last.as_ref() == Some(&sides) {
                    true => same.saturating_add(1),
                    false => 1,
                };
                if same >= SAME {
                    return Ok(Look::Different(sides));
                }
                last = Some(sides);
            }
        }
        thread::sleep(PAUSE);
    }
    Ok(Look::Unsettled)
}

/// Drops pages. A folio is dropped as a whole or not at all, so that the range grows as far as a folio may.
fn drop_pages(file: &OpenFile, range: SourceRange) {
    let huge = page_sizes::transparent_huge_page();
    let wider = huge.and_then(|huge| range.widen(huge));
    for range in [Some(range), wider].into_iter().flatten() {
        let _ = sys::drop_cached(file, range);
        if !is_cached(file, range) {
            return;
        }
    }
}

fn is_cached(file: &OpenFile, range: SourceRange) -> bool {
    let held = cached_of_file(file, range, sys::page_size()).counts.held();
    held != Some(0)
}

/// Sorts ranges and joins those that touch.
fn join(ranges: &mut Vec<SourceRange>) {
    ranges.sort_by_key(|range| range.offset());
    ranges.dedup_by(|next, last| {
        let joined = SourceRange::between(last.offset(), next.end());
        match joined.filter(|_| last.end() == next.offset()) {
            Some(joined) => {
                *last = joined;
                true
            }
            None => false,
        }
    });
}
