//! Working through a range chunk by chunk, through mappings that slide along, on all processors there are.
//!
//! Chunks are handed out in order. When the work stops, by a failure or a request, every chunk that was
//! handed out is finished first, so that what was done is always one piece from the start of the range.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::Control;
use super::content::{Content, Scratch};
use crate::mapping::error::{Error, Result};
use crate::mapping::region::Region;
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::{
    Access, Advice, ByteLength, Kind, PageSize, RegionOffset, SourceOffset, SourceRange,
};

/// How much is done between two looks at whether to stop. It is the size of the largest folios of most
/// systems: what the kernel clears and what we then store meet in the cache.
pub(in crate::mapping) const CHUNK: PageSize = PageSize::of_system(2 << 20);

/// How much is mapped at a time: page tables are made and dropped by the piece, while other threads work.
const WINDOW: PageSize = PageSize::of_system(64 << 20);

/// More threads than this wait for each other in the kernel.
const MOST_THREADS: usize = 4;

/// How many bytes are worth a thread.
const BYTES_PER_THREAD: u64 = 8 << 20;

/// Below this, asking the kernel to bring pages in costs as much as it saves.
const WORTH_POPULATING: u64 = 32 << 10;

/// Mappings of the parts of a source, one after the other.
#[derive(Debug)]
pub(in crate::mapping) struct Windows {
    access: Access,
    end: SourceOffset,
    current: Option<Arc<Region>>,
}

impl Windows {
    /// Mappings that are made as they are needed and reach no further than `end`.
    pub(in crate::mapping) fn sliding(access: Access, end: SourceOffset) -> Self {
        Self {
            access,
            end,
            current: None,
        }
    }

    /// One mapping for everything, which is kept because its bytes are nowhere else.
    pub(in crate::mapping) fn fixed(region: Arc<Region>) -> Self {
        Self {
            access: region.access(),
            end: region.range().end(),
            current: Some(region),
        }
    }

    /// A mapping that holds a part of the source, which ends at or before the end.
    pub(in crate::mapping) fn covering(
        &mut self,
        source: &Source,
        part: SourceRange,
    ) -> Result<Arc<Region>> {
        let holds = |region: &&Arc<Region>| {
            let range = region.range();
            range.offset() <= part.offset() && part.end() <= range.end()
        };
        if let Some(region) = self.current.as_ref().filter(holds) {
            return Ok(Arc::clone(region));
        }
        // Dropped before the next one is made: the address space of small machines is small.
        self.current = None;
        let start = part.offset().0;
        let cut = window().align_up(start.saturating_add(1));
        let end = match sys::MAPS_BEYOND_END {
            true => self.end.0,
            false => self.end.0.min(source.size()?.0),
        };
        let end = cut.unwrap_or(u64::MAX).min(end);
        let length = ByteLength(end.saturating_sub(start));
        let range = SourceRange::new(part.offset(), length)
            .filter(|range| range.end() > part.end())
            .unwrap_or(part);
        let region = match Region::window(source, range, self.access) {
            Err(error) if error.kind() == Kind::OutOfMemory => {
                Region::window(source, part, self.access)
            }
            outcome => outcome,
        };
        let region = Arc::new(region?);
        self.current = Some(Arc::clone(&region));
        Ok(region)
    }
}

/// How much is mapped at a time. Where address space is rationed (RLIMIT_AS) that is little of it: each thread
/// may hold on to a window while another makes the next.
fn window() -> PageSize {
    /// One part of so many is a window.
    const PARTS: u64 = 16;
    let ration = sys::address_space_limit().map(|limit| limit.0.div_euclid(PARTS));
    let power = ration.and_then(u64::checked_ilog2);
    match power.and_then(|power| PageSize::new(1 << power)) {
        Some(ration) => ration.clamp(CHUNK, WINDOW),
        None => WINDOW,
    }
}

/// How far the work on a range came.
#[derive(Debug)]
pub(in crate::mapping) struct Swept {
    /// The work is done on every byte before.
    pub(in crate::mapping) reached: SourceOffset,
    /// The work may have begun on bytes up to here.
    pub(in crate::mapping) begun: SourceOffset,
    /// Why it went no further, when it failed.
    pub(in crate::mapping) failure: Option<Error>,
}

/// The work on a range of a source.
#[derive(Debug)]
pub(in crate::mapping) struct Sweep<'a> {
    source: &'a Source,
    content: &'a Content,
    range: SourceRange,
    windows: Windows,
}

impl<'a> Sweep<'a> {
    /// Over a range, through those mappings.
    pub(in crate::mapping) fn new(
        source: &'a Source,
        content: &'a Content,
        range: SourceRange,
        windows: Windows,
    ) -> Self {
        Self {
            source,
            content,
            range,
            windows,
        }
    }

    /// Does the work on every chunk.
    pub(in crate::mapping) fn run(
        self,
        control: &Control<'_>,
        work: impl Fn(&Region, SourceRange, &mut Scratch) -> Result<()> + Sync,
    ) -> Swept {
        let threads = self.threads(control);
        let scratch = || Scratch::new(self.content, self.range.length());
        // Before anything is stored: without memory nothing is changed.
        let first = match scratch() {
            Ok(first) => first,
            Err(error) => {
                return Swept {
                    reached: self.range.offset(),
                    begun: self.range.offset(),
                    failure: Some(error),
                };
            }
        };
        let mut others: Vec<Scratch> = Vec::new();
        // One thread less is only slower.
        while others.len().saturating_add(1) < threads
            && let Ok(more) = scratch()
        {
            others.push(more);
        }
        let line = Line::new(self);
        let worker = |mut scratch: Scratch| {
            line.enter();
            while control.interrupts.came().is_none()
                && let Some((region, chunk)) = line.next()
            {
                match work(&region, chunk, &mut scratch) {
                    Ok(()) => control.progress.advance(chunk.length()),
                    Err(error) => line.fail(chunk, error),
                }
            }
        };
        thread::scope(|scope| {
            for scratch in others {
                let _ = thread::Builder::new().spawn_scoped(scope, || worker(scratch));
            }
            worker(first);
        });
        line.finish()
    }

    fn threads(&self, control: &Control<'_>) -> usize {
        let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let wanted = control.threads.map_or(processors, NonZeroUsize::get);
        let worth = self.range.length().0.div_euclid(BYTES_PER_THREAD);
        let worth = usize::try_from(worth).unwrap_or(usize::MAX);
        wanted.min(MOST_THREADS).min(worth).max(1)
    }
}

/// The chunks that wait for a thread.
struct Line<'a> {
    places: Mutex<Places<'a>>,
    failed: AtomicBool,
}

struct Places<'a> {
    source: &'a Source,
    windows: Windows,
    at: SourceOffset,
    end: SourceOffset,
    /// How many threads may ask for a chunk.
    workers: usize,
    /// The lowest chunk that failed, and why.
    failure: Option<(SourceOffset, Error)>,
}

impl<'a> Line<'a> {
    fn new(sweep: Sweep<'a>) -> Self {
        Self {
            places: Mutex::new(Places {
                source: sweep.source,
                windows: sweep.windows,
                at: sweep.range.offset(),
                end: sweep.range.end(),
                workers: 0,
                failure: None,
            }),
            failed: AtomicBool::new(false),
        }
    }

    fn enter(&self) {
        let mut places = self.places();
        places.workers = places.workers.saturating_add(1);
    }

    /// The next chunk and a mapping that holds it; none when there are no more or one has failed, or when there is
    /// no room for the mapping and others are at work: fewer are only slower, and need less room.
    fn next(&self) -> Option<(Arc<Region>, SourceRange)> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let mut places = self.places();
        let chunk = places.chunk()?;
        match places.covering(chunk) {
            Ok(region) => {
                places.at = chunk.end();
                Some((region, chunk))
            }
            Err(error) if error.kind() == Kind::OutOfMemory && places.workers > 1 => {
                places.workers = places.workers.saturating_sub(1);
                None
            }
            Err(error) => {
                drop(places);
                self.fail(chunk, error);
                None
            }
        }
    }

    fn fail(&self, chunk: SourceRange, error: Error) {
        self.failed.store(true, Ordering::Relaxed);
        let mut places = self.places();
        let lowest = |(at, _): &(SourceOffset, Error)| *at < chunk.offset();
        if !places.failure.as_ref().is_some_and(lowest) {
            places.failure = Some((chunk.offset(), error));
        }
    }

    fn finish(self) -> Swept {
        let places = self.places.into_inner();
        let places = places.unwrap_or_else(PoisonError::into_inner);
        let begun = places.at;
        let Some((chunk, error)) = places.failure else {
            return Swept {
                reached: begun,
                begun,
                failure: None,
            };
        };
        // An input has offsets of its own.
        let ours = error.concerns(places.source.name());
        let at = error.details().offset.filter(|_| ours);
        let alone = begun.0.saturating_sub(chunk.0) <= CHUNK.bytes();
        Swept {
            reached: at.unwrap_or(chunk),
            begun: at.filter(|_| alone).unwrap_or(begun),
            failure: Some(error),
        }
    }

    fn places(&self) -> MutexGuard<'_, Places<'a>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Places<'_> {
    fn covering(&mut self, chunk: SourceRange) -> Result<Arc<Region>> {
        self.windows.covering(self.source, chunk)
    }

    fn chunk(&self) -> Option<SourceRange> {
        let left = self.end.0.checked_sub(self.at.0)?;
        let rest = SourceRange::new(self.at, ByteLength(left))?;
        rest.pieces(CHUNK).next()
    }
}

/// Brings the pages of a part into memory ahead of the stores, in one call instead of a fault for each.
/// `in_memory` says that reading them in also makes them writable, because nothing keeps count of what is
/// written: the kernel then takes them up many at a time.
pub(in crate::mapping) fn populate(region: &Region, part: SourceRange, in_memory: bool) {
    if part.length().0 < WORTH_POPULATING {
        return;
    }
    let start = part.offset().0.checked_sub(region.range().offset().0);
    let place = start.and_then(|start| usize::try_from(start).ok());
    let Some((start, length)) = place.zip(part.length().to_usize()) else {
        return;
    };
    let advice = if in_memory {
        Advice::PopulateRead
    } else {
        Advice::PopulateWrite
    };
    // What cannot be brought in shows in the stores, with its place and its reason.
    let _ = region.advise(advice, RegionOffset(start), length);
}
