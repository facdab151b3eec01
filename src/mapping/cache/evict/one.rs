//! Evicting: drops the pages of a range of a file from the page cache, and finds out why others stay.
//!
//! `posix_fadvise(2)` always reports success, so residency is measured before and after.

use std::thread;
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;

use crate::mapping::cache::warm::cached_handle;
use crate::mapping::cache::{effect, sync};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::holders::HeldFile;
use crate::mapping::measure::page_sizes;
use crate::mapping::measure::residency::{self, Residency};
use crate::mapping::platform::Feature;
use crate::mapping::region::Region;
use crate::mapping::region::populate::map_resident_pages;
use crate::mapping::source::{Handle, OpenFile, Source, path_only};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, Advice, ByteLength, Change, ChangeKind, Counts, Departure, Effect, Holders, Kept,
    Lasts, PageSize, RegionOffset, SourceOffset, SourceRange, nanoseconds,
};

/// The number of times that pages are flushed and dropped while other processes change or read them.
const ROUNDS: u32 = 3;
/// The longest wait for pages that are being read while none of them arrives.
const LONGEST_WAIT: Duration = Duration::from_secs(2);
/// The longest pause between two measurements of them.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// The time for which the number of pages must stay the same, where pages that are being read are not counted.
const QUIET: Duration = Duration::from_millis(30);

/// The result of evicting.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Evicted {
    /// The start offset of the pages, in bytes.
    pub offset: SourceOffset,
    /// The length of the pages, in bytes.
    pub length: ByteLength,
    /// The residency of the pages before.
    pub before: Residency,
    /// The residency of the pages after.
    pub after: Residency,
    /// The number of bytes that left the page cache; null when unknown.
    pub evicted: Option<ByteLength>,
    /// The effect of evicting.
    pub effect: Effect,
    /// The amount that was dirty and was flushed first, in bytes; null when unknown.
    pub flushed: Option<ByteLength>,
    /// The amount that stayed, in bytes; null when unknown.
    pub kept: Option<ByteLength>,
    /// Why pages stayed in the page cache; absent when none did, or when that is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept_reason: Option<Kept>,
    /// The time to evict the pages, in nanoseconds.
    pub duration_ns: u64,
}

/// Flushes the pages of a range, drops them from the page cache, and measures which stay.
///
/// # Errors
/// `usage` for anonymous memory, which is not in the page cache; `disk_full` or `failed` when dirty pages cannot be
/// flushed. Pages that stay are not a failure: see [`Evicted::kept_reason`].
pub fn evict(source: &Source, range: SourceRange) -> Result<Evicted> {
    let evict_once = || {
        evict_and(source, range, |handle, covered| {
            HeldFile::part(handle.file(), covered).holders()
        })
    };
    let mut evicted = evict_once()?;
    for _ in 0..TRIES_LATER {
        if !evicted.kept_reason.as_ref().is_some_and(may_leave_soon) {
            break;
        }
        thread::sleep(PAUSE);
        evicted = evicted.then(evict_once()?);
    }
    Ok(evicted)
}

/// The number of times that pages are dropped once more that nobody is known to keep: the kernel itself uses pages for a
/// moment, for example to move them.
pub(super) const TRIES_LATER: u32 = 3;
/// The pause before each time.
pub(super) const PAUSE: Duration = Duration::from_millis(20);

/// Whether pages may leave soon, because no process is known to keep or to change them.
pub(super) fn may_leave_soon(kept: &Kept) -> bool {
    !kept.memory_only && kept.dirty.unwrap_or(0) == 0 && !kept.holders.found_any()
}

impl Evicted {
    /// The result of this eviction and a later one.
    fn then(self, later: Self) -> Self {
        Self {
            before: self.before,
            evicted: evicted(&self.before, &later.after),
            effect: judge(&self.before, &later.after, later.kept_reason.as_ref()),
            flushed: ByteLength::sum_known(self.flushed, later.flushed),
            duration_ns: self.duration_ns.saturating_add(later.duration_ns),
            ..later
        }
    }
}

/// The same; `find` finds the processes that keep pages.
pub(in crate::mapping::cache) fn evict_and(
    source: &Source,
    range: SourceRange,
    find: impl FnOnce(&Handle, SourceRange) -> Holders,
) -> Result<Evicted> {
    let fail = |error: Error| error.on(source.name()).over(range);
    let page = sys::page_size();
    Feature::Evict.require("evict").map_err(fail)?;
    let handle = cached_handle(source).map_err(fail)?;
    if let Some(refused) = path_only("evict", handle.file()) {
        return Err(fail(refused));
    }
    let covered = range.widen(page).unwrap_or(range);
    let before = residency::of_file(handle.file(), covered, page);
    let started = Instant::now();
    let mut evictor = Evictor {
        source,
        file: handle.file(),
        covered,
        page,
        flushed: false,
    };
    let after = evictor.run(before).map_err(fail)?;
    let duration = started.elapsed();
    let left = after.counts.held().unwrap_or(0);
    let kept_reason = (left > 0).then(|| Kept {
        holders: find(handle, covered),
        ..why_kept(handle, &after.counts, left)
    });
    Ok(Evicted {
        offset: covered.offset(),
        length: covered.length(),
        before,
        after,
        evicted: evicted(&before, &after),
        effect: judge(&before, &after, kept_reason.as_ref()),
        flushed: match evictor.flushed {
            true => dirty(&before),
            false => Some(ByteLength::ZERO),
        },
        kept: held(&after),
        kept_reason,
        duration_ns: nanoseconds(duration),
    })
}

/// The amount in the page cache.
pub(super) fn held(seen: &Residency) -> Option<ByteLength> {
    seen.counts.held().map(|pages| seen.bytes(pages))
}

/// The amount that is dirty or being written.
pub(super) fn dirty(seen: &Residency) -> Option<ByteLength> {
    let (dirty, writeback) = (seen.counts.dirty?, seen.counts.writeback?);
    Some(seen.bytes(dirty.saturating_add(writeback)))
}

/// The amount that left the page cache between two measurements.
pub(super) fn evicted(before: &Residency, after: &Residency) -> Option<ByteLength> {
    Some(held(before)?.minus(held(after)?))
}

fn judge(before: &Residency, after: &Residency, kept: Option<&Kept>) -> Effect {
    match (evicted(before, after), kept) {
        (None, _) => effect::unseen(Lasts::OutlivesCommand, after),
        (Some(ByteLength::ZERO), Some(kept)) => Effect::none(kept.clone()),
        (Some(ByteLength::ZERO), None) => Effect::none(Departure::NothingToEvict),
        (Some(bytes), _) => {
            let count = bytes.0.checked_div(after.page_size).unwrap_or(0);
            let left = Change::pages(count, ChangeKind::LeftMemory);
            Effect::seen(Lasts::OutlivesCommand, left)
        }
    }
}

/// One run of [`evict`].
struct Evictor<'a> {
    source: &'a Source,
    file: &'a OpenFile,
    covered: SourceRange,
    page: PageSize,
    flushed: bool,
}

impl Evictor<'_> {
    /// Flushes and drops pages until none is left, or a further round would change nothing.
    fn run(&mut self, before: Residency) -> Result<Residency> {
        let mut seen = before;
        if sys::is_memory_backed(self.file) {
            return Ok(seen);
        }
        if seen.counts.held() == Some(0) {
            return self.drop_unseen(seen);
        }
        for round in 0..ROUNDS {
            self.flush(&seen, round)?;
            self.drop_pages()?;
            seen = self.drop_unseen(self.measure())?;
            if seen.counts.held().unwrap_or(0) == 0 {
                return Ok(seen);
            }
            let changes =
                self.await_reading(&seen.counts)? || effect::may_be_unwritten(&seen.counts);
            self.split_ends()?;
            if round > 0 && !changes {
                break;
            }
        }
        self.drop_pages()?;
        self.drop_unseen(self.measure())
    }

    fn measure(&self) -> Residency {
        residency::of_file(self.file, self.covered, self.page)
    }

    /// Waits for the pages that are being read, for another program or ahead, and drops them: they are locked until they
    /// have arrived. Returns whether there were any.
    fn await_reading(&self, seen: &Counts) -> Result<bool> {
        let mut waiting = in_flight(seen);
        let found = waiting > 0;
        let mut since = Instant::now();
        let mut pause = Duration::from_millis(1);
        while waiting > 0 && since.elapsed() < LONGEST_WAIT {
            thread::sleep(pause);
            pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
            // Pages whose read failed are also in the cache. Dropping them ends the wait for them.
            self.drop_pages()?;
            let left = in_flight(&self.measure().counts);
            if left < waiting {
                since = Instant::now();
            }
            waiting = left;
        }
        Ok(found)
    }

    /// Drops pages that are being read as they arrive, where the file system does not count them, until the number of
    /// pages has stayed the same for a while.
    fn drop_unseen(&self, mut seen: Residency) -> Result<Residency> {
        if seen.counts.cached.is_some() || seen.counts.resident.is_none() {
            return Ok(seen);
        }
        let mut since = Instant::now();
        let started = since;
        while since.elapsed() < QUIET && started.elapsed() < LONGEST_WAIT {
            thread::sleep(QUIET.div_f32(3.0));
            let arrived = self.measure();
            // Pages that are being read are locked, and stay.
            self.drop_pages()?;
            let left = self.measure();
            if [arrived, left]
                .iter()
                .any(|now| now.counts.resident != seen.counts.resident)
            {
                since = Instant::now();
            }
            seen = left;
        }
        Ok(seen)
    }

    /// Flushes dirty pages, because only clean ones can be dropped. The first round flushes the range; later rounds flush
    /// the file, for file systems that leave pages dirty when only their contents are written, or that take no range.
    fn flush(&mut self, seen: &Residency, round: u32) -> Result<()> {
        if !effect::may_be_unwritten(&seen.counts) {
            return Ok(());
        }
        self.flushed = true;
        let outcome = match (round, seen.dirty_unknown_reason) {
            (0, None) => sys::write_back(self.file, self.covered),
            _ => sys::flush_data(self.file).map(drop),
        };
        outcome.map_err(|e| sync::flush_failure(&e))
    }

    fn drop_pages(&self) -> Result<()> {
        sys::drop_cached(self.file, self.covered).map_err(|e| Error::os("evict", &e))
    }

    /// Splits the folios at both ends of the range. The page cache keeps neighbours together in folios of up to a huge
    /// page, and drops none that reaches beyond the range. To page a part of one out the kernel splits it, where the
    /// file may be written.
    fn split_ends(&self) -> Result<()> {
        let Some(huge) =
            page_sizes::transparent_huge_page().filter(|huge| huge.bytes() > self.page.bytes())
        else {
            return Ok(());
        };
        let is_inside_folio = |at: SourceOffset| !huge.is_aligned(at.0);
        let size = self.source.size()?;
        let inner = self.covered.clamp_to(size);
        let last = inner.end().minus(ByteLength(1));
        let mut ends = Vec::new();
        if is_inside_folio(self.covered.offset()) {
            ends.push(huge.align_down(inner.offset().0));
        }
        if is_inside_folio(self.covered.end()) && self.covered.end().0 < size.0 {
            ends.push(huge.align_down(last.0));
        }
        ends.dedup();
        let length = ByteLength(huge.bytes());
        let folios = ends
            .into_iter()
            .filter_map(|start| SourceRange::new(SourceOffset(start), length));
        for part in folios.map(|folio| folio.intersection(inner)) {
            if !part.is_empty() {
                self.page_out(part);
            }
        }
        Ok(())
    }

    /// Pages out the resident pages of a part, and loads none. The next measurement shows whether it helped.
    fn page_out(&self, part: SourceRange) {
        if let Ok(region) = Region::window(self.source, part, Access::READ) {
            map_resident_pages(self.source, &region);
            let _ = region.advise(Advice::Pageout, RegionOffset(0), region.length());
        }
    }
}

/// The number of pages that are being read, as far as it is known: those that are not up to date after a drop.
fn in_flight(counts: &Counts) -> u64 {
    counts.not_up_to_date().unwrap_or(0)
}

fn why_kept(handle: &Handle, counts: &Counts, pages: u64) -> Kept {
    let behind = sys::same_pages(handle.file());
    let memory_only = [handle.file()]
        .into_iter()
        .chain(&behind)
        .any(sys::is_memory_backed);
    Kept {
        pages,
        memory_only,
        dirty: counts.dirty,
        writeback: counts.writeback,
        in_flight: counts.not_up_to_date().filter(|_| !memory_only),
        holders: Holders::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::sample::on_disk;
    use crate::mapping::cache::warm::{Limits, warm};
    use crate::mapping::process::interrupts::Interrupts;
    use crate::mapping::source::{OpenRequest, SourceSpec};
    use std::io::{Read, Write};

    fn part(first: u64, pages: u64) -> SourceRange {
        let page = sys::page_size().bytes();
        SourceRange::new(SourceOffset(first * page), ByteLength(pages * page)).unwrap()
    }

    #[test]
    fn a_file_leaves_memory_and_comes_back() {
        let (_file, source, range) = on_disk(1000);
        let evicted = evict(&source, range).unwrap();
        assert_eq!(evicted.after.counts.resident, Some(0), "{evicted:?}");
        assert_eq!(evicted.kept_reason, None);
        let warming = warm(
            &source,
            range,
            &Limits::default(),
            &Interrupts::new(),
            &mut |_| {},
        )
        .unwrap();
        assert!(warming.failure.is_none());
        assert_eq!(warming.warmed.after.counts.resident, Some(1000));
        assert_eq!(warming.warmed.loaded, Some(range.length()));
    }

    #[test]
    fn pages_that_are_still_being_read_leave_too() {
        let (_file, source, range) = on_disk(2500);
        for _ in 0..20 {
            evict(&source, range).unwrap();
            sys::will_need(source.handle().unwrap().file(), range).unwrap();
            let evicted = evict(&source, range).unwrap();
            assert_eq!(evicted.after.counts.resident, Some(0), "{evicted:?}");
        }
    }

    #[test]
    fn a_part_leaves_memory_although_its_neighbours_stay() {
        let (_file, source, range) = on_disk(1000);
        for part in [part(1, 3), part(100, 500), part(990, 10)] {
            warm(
                &source,
                range,
                &Limits::default(),
                &Interrupts::new(),
                &mut |_| {},
            )
            .unwrap();
            let evicted = evict(&source, part).unwrap();
            assert_eq!(evicted.after.counts.resident, Some(0), "{evicted:?}");
            let all = residency::of_file(source.handle().unwrap().file(), range, sys::page_size());
            let rest = 1000 - part.page_count(sys::page_size()).0;
            assert_eq!(all.counts.resident, Some(rest));
        }
    }

    #[test]
    fn mapped_pages_stay_and_the_mapping_process_is_named() {
        // A copy of a program maps itself while it runs; its answer shows that it runs.
        let directory = tempfile::tempdir_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let path = directory.path().join("echo");
        std::fs::copy("/bin/cat", &path).unwrap();
        let mut child = std::process::Command::new(&path)
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.as_mut().unwrap().write_all(b"x").unwrap();
        child.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        let source = Source::open(&SourceSpec::File(path), &OpenRequest::READ).unwrap();
        let range = SourceRange::new(SourceOffset(0), source.size().unwrap()).unwrap();
        let evicted = evict(&source, range).unwrap();
        let kept = evicted.kept_reason.as_ref().unwrap();
        assert!(
            kept.holders
                .mapped_by
                .iter()
                .any(|user| user.pid == child.id())
        );
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(evict(&source, range).unwrap().kept_reason.is_none());
    }
}
