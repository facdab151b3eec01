//! Evicting: the pages of a file's range leave the page cache, and where they do not, the reason is found.
//!
//! `posix_fadvise(2)` says that all went well whatever it did, so everything here is measured.

use std::time::{Duration, Instant};

use serde::Serialize;

use super::access::Access;
use super::advice::Advice;
use super::effect::{Effect, Lasts, map_resident_pages};
use super::error::{Error, Kind, Result};
use super::platform::Feature;
use super::range::{ByteLength, PageSize, RegionOffset, SourceOffset, SourceRange, pages};
use super::region::{Region, path_only};
use super::residency::{self, Counts, Residency};
use super::source::{Handle, OpenFile, Source};
use super::sync;
use super::sys;
use super::users::{self, FileIdentity, Myself, User};
use super::vmas::{self, Process};
use super::warm::cached_handle;

/// How often pages that were changed again meanwhile, or read, are flushed and dropped once more.
const ROUNDS: u32 = 3;
/// How long pages that are being read are waited for, and how long until they are looked at again.
const PATIENCE: Duration = Duration::from_secs(2);
const GLANCE: Duration = Duration::from_millis(1);

/// What evicting did.
#[derive(Clone, Debug, Serialize)]
pub struct Evicted {
    /// Where the range begins, in bytes; whole pages.
    pub offset: SourceOffset,
    /// Its length in bytes; whole pages.
    pub length: ByteLength,
    /// The pages before.
    pub before: Residency,
    /// The pages after.
    pub after: Residency,
    /// How many bytes left memory, as far as the kernel tells.
    pub evicted: Option<ByteLength>,
    /// What became of it.
    pub effect: Effect,
    /// Whether pages had to be flushed first.
    pub flushed: bool,
    /// Why pages stayed; absent when none did, or when the kernel does not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Kept>,
    /// How long it took, in nanoseconds.
    pub duration_ns: u64,
}

/// Why pages stay in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// How many pages stayed.
    pub pages: u64,
    /// They live in memory alone (tmpfs, shared memory regions): there is nowhere to evict them to.
    pub memory_only: bool,
    /// How many of them are dirty or under writeback: changed again, after they were flushed. Absent where the file
    /// system does not tell.
    pub dirty: Option<u64>,
    /// The processes that keep them.
    #[serde(flatten)]
    pub holders: Holders,
}

impl Kept {
    /// The reason in words.
    #[must_use]
    pub fn reason(&self) -> String {
        let mut reasons = Vec::new();
        if self.memory_only {
            reasons
                .push("it lives in memory alone, and there is nowhere to evict it to".to_owned());
        } else {
            reasons.extend(self.holders.text());
        }
        if let Some(dirty) = self.dirty.filter(|dirty| *dirty > 0) {
            reasons.push(format!(
                "dirty again ({}): something goes on writing",
                pages(dirty)
            ));
        }
        if reasons.is_empty() && self.dirty.is_none() {
            reasons.push("they may be dirty, which its file system does not tell".to_owned());
        }
        if reasons.is_empty() || self.dirty.is_none() {
            reasons.extend(self.holders.doubt());
        }
        if reasons.is_empty() {
            reasons.push("the kernel has them in use".to_owned());
        }
        reasons.join("; ")
    }
}

/// "process 7", "processes 7, 8", and of many the first.
fn process_list(pids: &[u32]) -> String {
    const NAMED: usize = 10;
    let mut numbers: Vec<String> = pids.iter().take(NAMED).map(u32::to_string).collect();
    match pids.len().saturating_sub(NAMED) {
        0 => {}
        more => numbers.push(format!("and {more} more")),
    }
    let noun = if pids.len() == 1 {
        "process"
    } else {
        "processes"
    };
    format!("{noun} {}", numbers.join(", "))
}

impl Evicted {
    /// The failure to evict all pages.
    #[must_use]
    pub fn failure(&self) -> Option<Error> {
        let kept = self.kept.as_ref()?;
        let count = pages(kept.pages);
        let verb = if kept.pages == 1 { "stays" } else { "stay" };
        let reason = format!("{count} {verb} in memory: {}", kept.reason());
        let error = Error::new(Kind::Busy, "evict", reason);
        Some(match kept.memory_only {
            true => {
                error.hint("where there is swap space, 'advise pageout' moves such memory there")
            }
            false => error,
        })
    }
}

/// Drops the pages of a range from the page cache, flushing them first, and measures what stays.
///
/// # Errors
/// `usage` for anonymous memory, which is in no cache; `disk_full` or `failed` when the storage does not take
/// what must be flushed. That pages stay is told by [`Evicted::failure`].
pub fn evict(source: &Source, range: SourceRange) -> Result<Evicted> {
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
    let left = after.counts.resident.unwrap_or(0);
    let kept = (left > 0).then(|| why_kept(handle, &after.counts, left));
    Ok(Evicted {
        offset: covered.offset(),
        length: covered.length(),
        before,
        after,
        evicted: gone(&before, &after),
        effect: effect(&before, &after, kept.as_ref()),
        flushed: evictor.flushed,
        kept,
        duration_ns: u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX),
    })
}

fn gone(before: &Residency, after: &Residency) -> Option<ByteLength> {
    let pages = before
        .counts
        .resident?
        .saturating_sub(after.counts.resident?);
    Some(ByteLength(pages.saturating_mul(before.page_size)))
}

fn effect(before: &Residency, after: &Residency, kept: Option<&Kept>) -> Effect {
    match (gone(before, after), kept) {
        (None, _) => super::effect::not_told(Lasts::OutlivesCommand, after),
        (Some(ByteLength(0)), Some(kept)) => Effect::none(kept.reason()),
        (Some(ByteLength(0)), None) => Effect::none("none of its pages was in memory"),
        (Some(bytes), _) => {
            let count = bytes.0.checked_div(after.page_size).unwrap_or(0);
            let reason = format!("{} left memory", pages(count));
            Effect::seen(Lasts::OutlivesCommand, reason)
        }
    }
}

struct Evictor<'a> {
    source: &'a Source,
    file: &'a OpenFile,
    covered: SourceRange,
    page: PageSize,
    flushed: bool,
}

impl Evictor<'_> {
    /// Flushes and drops until nothing is left or nothing more is to be gained.
    fn run(&mut self, before: Residency) -> Result<Residency> {
        let mut seen = before;
        if seen.counts.resident == Some(0) || sys::is_memory_backed(self.file) {
            return Ok(seen);
        }
        for round in 0..ROUNDS {
            self.flush(&seen.counts, round)?;
            self.drop_pages()?;
            seen = self.measure();
            if seen.counts.resident.unwrap_or(0) == 0 {
                return Ok(seen);
            }
            let changes = self.await_reading() || unsettled(&seen.counts) != Some(0);
            self.split_ends()?;
            if round > 0 && !changes {
                break;
            }
        }
        self.drop_pages()?;
        Ok(self.measure())
    }

    fn measure(&self) -> Residency {
        residency::of_file(self.file, self.covered, self.page)
    }

    /// Waits for the pages that are being read, by another program or ahead of one: they are locked, and are not
    /// dropped. Says whether there were any.
    fn await_reading(&self) -> bool {
        let started = Instant::now();
        let mut found = false;
        while residency::being_read(self.file, self.covered, self.page) > 0 {
            found = true;
            if started.elapsed() >= PATIENCE {
                break;
            }
            std::thread::sleep(GLANCE);
        }
        found
    }

    /// Only clean pages can be dropped. The first time the range is flushed; later the file, for file systems
    /// that leave pages dirty when only their contents are written.
    fn flush(&mut self, seen: &Counts, round: u32) -> Result<()> {
        if unsettled(seen) == Some(0) {
            return Ok(());
        }
        self.flushed = true;
        let outcome = match round {
            0 => sys::write_back(self.file, self.covered),
            _ => sys::flush_data(self.file).map(drop),
        };
        outcome.map_err(|e| sync::flush_failure(&e))
    }

    fn drop_pages(&self) -> Result<()> {
        sys::drop_cached(self.file, self.covered).map_err(|e| Error::os("evict", &e))
    }

    /// The page cache keeps neighbours together in folios of up to a huge page, and drops none that reaches
    /// beyond the range. To page a part of one out the kernel splits it, where the file may be written.
    fn split_ends(&self) -> Result<()> {
        let Some(huge) = super::pages::transparent_huge_page()
            .and_then(|size| PageSize::new(size.0))
            .filter(|huge| huge.bytes() > self.page.bytes())
        else {
            return Ok(());
        };
        let reaches_out = |at: u64| !huge.is_aligned(at);
        let size = self.source.size()?;
        let inner = self.covered.clamp_to(size);
        let (first, last) = (inner.offset().0, inner.end().0.saturating_sub(1));
        let mut ends = Vec::new();
        if reaches_out(self.covered.offset().0) {
            ends.push(huge.align_down(first));
        }
        if reaches_out(self.covered.end().0) && self.covered.end().0 < size.0 {
            ends.push(huge.align_down(last));
        }
        ends.dedup();
        for start in ends {
            if let Some(part) = common(inner, start, huge) {
                self.page_out(part);
            }
        }
        Ok(())
    }

    /// Pages out the resident pages of a part, and brings none in. It is a last try: the measurement that
    /// follows tells whether it helped.
    fn page_out(&self, part: SourceRange) {
        if let Ok(region) = Region::window(self.source, part, Access::READ) {
            map_resident_pages(self.source, &region);
            let _ = region.advise(Advice::Pageout, RegionOffset(0), region.length());
        }
    }
}

/// The part of a range that lies in the huge page that begins at `start`.
fn common(range: SourceRange, start: u64, huge: PageSize) -> Option<SourceRange> {
    let from = start.max(range.offset().0);
    let to = start.saturating_add(huge.bytes()).min(range.end().0);
    let length = to.checked_sub(from).filter(|length| *length > 0)?;
    SourceRange::new(SourceOffset(from), ByteLength(length))
}

/// How many pages are dirty or being written, where that is known.
fn unsettled(counts: &Counts) -> Option<u64> {
    Some(counts.dirty?.saturating_add(counts.writeback?))
}

fn why_kept(handle: &Handle, counts: &Counts, pages: u64) -> Kept {
    Kept {
        pages,
        memory_only: sys::is_memory_backed(handle.file()),
        dirty: unsettled(counts),
        holders: holders(handle),
    }
}

/// The other processes that keep a file's pages in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Holders {
    /// The processes that map the file.
    pub mapped_by: Vec<User>,
    /// Those of the processes that have locked a part of it in memory.
    pub locked_by: Vec<u32>,
    /// How many processes could not be looked at.
    pub unseen: u64,
    /// Whether there may be more processes, which are not even listed.
    pub hidden: bool,
}

impl Holders {
    /// Nobody could be looked at.
    fn unknown() -> Self {
        Self {
            hidden: true,
            ..Self::default()
        }
    }

    /// "locked by process 7; mapped by processes 8, 9", and `None` when there are none.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let mapping: Vec<u32> = self
            .mapped_by
            .iter()
            .map(|user| user.pid)
            .filter(|pid| !self.locked_by.contains(pid))
            .collect();
        let parts: Vec<String> = [("locked", &self.locked_by), ("mapped", &mapping)]
            .into_iter()
            .filter(|(_, pids)| !pids.is_empty())
            .map(|(how, pids)| format!("{how} by {}", process_list(pids)))
            .collect();
        (!parts.is_empty()).then(|| parts.join("; "))
    }

    /// Who else may keep the pages, among those that could not be looked at.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let unseen = match (self.hidden, self.unseen) {
            (true, _) => "a process that is not listed here".to_owned(),
            (false, 0) => return None,
            (false, 1) => "1 process that cannot be looked at".to_owned(),
            (false, count) => format!("one of {count} processes that cannot be looked at"),
        };
        Some(format!("they may be mapped or locked by {unseen}"))
    }

    /// The same without one process, whose pages these are.
    #[must_use]
    pub(super) fn without(mut self, pid: u32) -> Self {
        self.mapped_by.retain(|user| user.pid != pid);
        self.locked_by.retain(|other| *other != pid);
        self
    }
}

/// Looks for the other processes that keep a file's pages in memory.
pub(super) fn holders(handle: &Handle) -> Holders {
    match FileIdentity::of(handle.file(), sys::page_size()) {
        Ok(file) => holders_of(&[file]),
        Err(_) => Holders::unknown(),
    }
}

/// Looks for the processes, other than this one, that keep pages of any of these files in memory.
pub(super) fn holders_of(files: &[FileIdentity]) -> Holders {
    let Ok(census) = users::census(files, Myself::Excluded) else {
        return Holders::unknown();
    };
    let mut mapped_by = census.users.into_iter().flatten().collect::<Vec<_>>();
    mapped_by.sort_unstable_by_key(|user| user.pid);
    mapped_by.dedup_by_key(|user| user.pid);
    let locked_by = mapped_by
        .iter()
        .map(|user| user.pid)
        .filter(|pid| files.iter().any(|file| has_locked(*pid, *file)))
        .collect();
    Holders {
        mapped_by,
        locked_by,
        unseen: census.unseen,
        hidden: census.hidden,
    }
}

/// Whether a process has locked memory that it maps from a file.
fn has_locked(pid: u32, file: FileIdentity) -> bool {
    let mut mappings = Vec::new();
    let looked = vmas::visit(Process::Id(pid), vmas::AddressRange::ALL, |vma| {
        if FileIdentity::shown(&vma) == file {
            mappings.push(vma.range);
        }
    });
    looked.is_ok()
        && mappings.iter().any(|range| {
            vmas::memory_use(Process::Id(pid), *range).is_ok_and(|memory| memory.locked > 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::interrupt::Interrupts;
    use crate::mapping::source::{OpenRequest, SourceSpec};
    use crate::mapping::warm::{WarmRequest, warm};
    use std::io::{Read, Write};

    fn on_disk(pages: u64) -> (tempfile::NamedTempFile, Source, SourceRange) {
        let file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        let length = pages * sys::page_size().bytes();
        std::fs::write(file.path(), vec![7; length as usize]).unwrap();
        let spec = SourceSpec::File(file.path().to_owned());
        let source = Source::open(&spec, &OpenRequest::READ).unwrap();
        let range = SourceRange::new(SourceOffset(0), ByteLength(length)).unwrap();
        (file, source, range)
    }

    fn part(first: u64, pages: u64) -> SourceRange {
        let page = sys::page_size().bytes();
        SourceRange::new(SourceOffset(first * page), ByteLength(pages * page)).unwrap()
    }

    #[test]
    fn of_many_processes_the_first_are_named() {
        let list = |count| process_list(&(1..=count).collect::<Vec<_>>());
        assert_eq!(list(1), "process 1");
        assert_eq!(list(2), "processes 1, 2");
        assert_eq!(list(10), "processes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10");
        assert_eq!(
            list(12),
            "processes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, and 2 more"
        );
    }

    #[test]
    fn a_file_leaves_memory_and_comes_back() {
        let (_file, source, range) = on_disk(1000);
        let evicted = evict(&source, range).unwrap();
        assert_eq!(evicted.after.counts.resident, Some(0), "{evicted:?}");
        assert!(evicted.failure().is_none());
        let warming = warm(
            &source,
            range,
            WarmRequest::default(),
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
                WarmRequest::default(),
                &Interrupts::new(),
                &mut |_| {},
            )
            .unwrap();
            let evicted = evict(&source, part).unwrap();
            assert_eq!(evicted.after.counts.resident, Some(0), "{evicted:?}");
            let all = residency::of_file(source.handle().unwrap().file(), range, sys::page_size());
            let rest = 1000 - part.pages(sys::page_size()).0;
            assert_eq!(all.counts.resident, Some(rest));
        }
    }

    #[test]
    fn mapped_pages_stay_and_the_mapping_process_is_named() {
        // A copy of a program maps itself while it runs; that it answers shows that it does.
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
        let kept = evicted.kept.as_ref().unwrap();
        assert!(
            kept.holders
                .mapped_by
                .iter()
                .any(|user| user.pid == child.id())
        );
        assert_eq!(evicted.failure().unwrap().kind(), Kind::Busy);
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(evict(&source, range).unwrap().kept.is_none());
    }
}
