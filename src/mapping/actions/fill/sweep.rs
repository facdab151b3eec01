//! Filling with content, whose bytes are known at any position, and reading it back: chunk by chunk, by several
//! threads.
//!
//! Chunks are handed out in order. When a failure or a request stops the work, the threads finish their chunks
//! first, so the finished part always begins at the start of the range and has no gaps.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::content::{Content, Scratch};
use super::job::{CHUNK, Job, populate};
use super::outcome::{Expected, Reach, Written};
use super::progress::{Control, Phase};
use super::request::FillLength;
use crate::mapping::actions::short::why_empty;
use crate::mapping::error::{Error, Result};
use crate::mapping::region::Region;
use crate::mapping::region::window::Window;
use crate::mapping::source::{Handle, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    ByteLength, Kind, Missing, Remedy, SourceKind, SourceOffset, SourceRange,
};

/// With more threads than this, they wait for each other in the kernel.
const MOST_THREADS: usize = 4;

/// The number of bytes that are worth a thread.
const BYTES_PER_THREAD: u64 = 8 << 20;

/// Fills a length from the requested offset on.
pub(super) fn fill(job: &mut Job<'_>, content: Content, asked: FillLength) -> Result<Written> {
    let input_length = content.input_length();
    if input_length.is_some() && asked != FillLength::Bytes(ByteLength::ZERO) {
        // Nothing is changed for an input that cannot be read.
        content.generate(0, &mut [0])?;
    }
    let range = job.range(asked.length())?;
    if range.is_empty() && asked == FillLength::ToEnd {
        return Err(nothing_to_fill(job, range));
    }
    let progress = job.control.progress;
    progress.begin(Phase::Filling, Some(range.length()));
    let reserved = job.prepare(range)?;
    let nothing = Reach::exactly(range.offset(), range.offset());
    store(job, &content, range, range.offset(), nothing)?;
    job.check_size(range)?;
    Ok(Written {
        range,
        length: range.length(),
        reserved,
        input_length,
        expected: Expected::Content(content),
        failure: None,
    })
}

/// The failure of a fill up to the end where no bytes follow the offset.
pub(super) fn nothing_to_fill(job: &Job<'_>, range: SourceRange) -> Error {
    let error = Error::new(Kind::FileTooShort, "fill", why_empty(range));
    match job.source.kind() {
        SourceKind::File | SourceKind::Tag if job.request.may_grow() => {
            error.hint(Remedy::LengthInstead(Missing::Size))
        }
        _ => error,
    }
}

/// Stores content over a range, after the work that `earlier` describes. The content begins at `start`, which may be
/// before the range.
///
/// # Errors
/// That of the lowest chunk that failed, or a request to stop, with the number of bytes overwritten.
pub(super) fn store(
    job: &Job<'_>,
    content: &Content,
    range: SourceRange,
    start: SourceOffset,
    earlier: Reach,
) -> Result<()> {
    let file = job.source.handle().map(Handle::file);
    let in_memory = file.is_some_and(sys::is_memory_backed) && !job.request.private;
    let window = job.storing_window(range.end());
    let (reach, failure) = sweep(job, content, range, window, |region, part, scratch| {
        populate(region, part, in_memory && part.end().0 <= job.old_size.0);
        let position = SourceOffset::from_to(start, part.offset()).0;
        content.store(region, part, position, scratch)
    });
    let reach = reach.after(earlier);
    if let Some(error) = failure {
        return Err(job.with_loss(error.over(range), reach));
    }
    match job.control.interrupts.requested() {
        Some(kind) if reach.done < range.end() => {
            let wanted = SourceOffset::from_to(reach.start, range.end());
            Err(job.stop(kind, reach, Some(wanted)))
        }
        _ => Ok(()),
    }
}

/// Reads a range back through a window of its own and compares it with the content.
///
/// # Errors
/// `mismatch` at the first byte that differs.
pub(super) fn compare(job: &Job<'_>, content: &Content, range: SourceRange) -> Result<()> {
    let progress = job.control.progress;
    progress.begin(Phase::Verifying, Some(range.length()));
    let window = job.reading_window(range.end());
    let (reach, failure) = sweep(job, content, range, window, |region, part, scratch| {
        let position = SourceOffset::from_to(range.offset(), part.offset()).0;
        match content.difference(region, part, position, scratch)? {
            Some(at) => Err(mismatch(region, content, range, at)),
            None => Ok(()),
        }
    });
    if let Some(error) = failure {
        return Err(error.over(range));
    }
    match job.control.interrupts.requested() {
        Some(kind) if reach.done < range.end() => {
            let reason = "stopped during verification; all bytes were written";
            Err(Error::new(kind, "verify", reason).at(reach.done))
        }
        _ => job.check_size(range),
    }
}

/// The failure of reading back, with the byte found and the byte written.
pub(super) fn mismatch(
    region: &Region,
    content: &Content,
    range: SourceRange,
    at: SourceOffset,
) -> Error {
    let position = SourceOffset::from_to(range.offset(), at).0;
    let (mut found, mut written) = ([0], [0]);
    let seen = region.read(at, &mut found).map_err(Error::from);
    let reason = match seen.and_then(|()| content.generate(position, &mut written)) {
        Ok(()) => {
            let ([found], [written]) = (found, written);
            format!("found {found:#04x}, but {written:#04x} was written")
        }
        Err(_) => "the byte found is not the byte written".to_owned(),
    };
    Error::new(Kind::Mismatch, "verify", reason).at(at)
}

/// Does work on every chunk of a range. Returns how far it got, and the failure that stopped it.
fn sweep(
    job: &Job<'_>,
    content: &Content,
    range: SourceRange,
    window: Window,
    work: impl Fn(&Region, SourceRange, &mut Scratch) -> Result<()> + Sync,
) -> (Reach, Option<Error>) {
    let control = job.control;
    let threads = threads(control, range.length());
    let scratch = || Scratch::new(content, range.length());
    // Reserved before anything is stored: without memory nothing is changed.
    let first = match scratch() {
        Ok(first) => first,
        Err(error) => {
            let start = range.offset();
            return (Reach::exactly(start, start), Some(error));
        }
    };
    let mut others: Vec<Scratch> = Vec::new();
    // Fewer threads only take longer.
    while others.len().saturating_add(1) < threads
        && let Ok(more) = scratch()
    {
        others.push(more);
    }
    let queue = Queue::new(&job.source, range, window);
    let worker = |mut scratch: Scratch| {
        queue.enter();
        while control.interrupts.requested().is_none()
            && let Some((region, chunk)) = queue.next()
        {
            match work(&region, chunk, &mut scratch) {
                Ok(()) => control.progress.advance(chunk.length()),
                Err(error) => queue.fail(chunk, error),
            }
        }
    };
    thread::scope(|scope| {
        for scratch in others {
            let _ = thread::Builder::new().spawn_scoped(scope, || worker(scratch));
        }
        worker(first);
    });
    queue.finish()
}

fn threads(control: &Control<'_>, length: ByteLength) -> usize {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let wanted = control.threads.map_or(processors, NonZeroUsize::get);
    let worth = length.0.div_euclid(BYTES_PER_THREAD);
    let worth = usize::try_from(worth).unwrap_or(usize::MAX);
    wanted.min(MOST_THREADS).min(worth).max(1)
}

/// The chunks that no thread has taken yet.
struct Queue<'a> {
    source: &'a Source,
    range: SourceRange,
    state: Mutex<State>,
    failed: AtomicBool,
}

struct State {
    window: Window,
    /// The start of the next chunk.
    at: SourceOffset,
    /// The number of threads that still ask for chunks.
    workers: usize,
    /// The start of the lowest chunk that failed, and its failure.
    failure: Option<(SourceOffset, Error)>,
}

impl<'a> Queue<'a> {
    fn new(source: &'a Source, range: SourceRange, window: Window) -> Self {
        Self {
            source,
            range,
            state: Mutex::new(State {
                window,
                at: range.offset(),
                workers: 0,
                failure: None,
            }),
            failed: AtomicBool::new(false),
        }
    }

    fn enter(&self) {
        let mut state = self.lock();
        state.workers = state.workers.saturating_add(1);
    }

    /// The next chunk and a mapping that holds it. `None` when no chunk is left or one has failed; and when there is no
    /// address space for the mapping and other threads are at work, because fewer threads need less.
    fn next(&self) -> Option<(Arc<Region>, SourceRange)> {
        if self.failed.load(Ordering::Relaxed) {
            return None;
        }
        let mut state = self.lock();
        let chunk = self.chunk(state.at)?;
        match state.window.covering(self.source, chunk).map(Arc::clone) {
            Ok(region) => {
                state.at = chunk.end();
                Some((region, chunk))
            }
            Err(error) if error.kind() == Kind::OutOfMemory && state.workers > 1 => {
                state.workers = state.workers.saturating_sub(1);
                None
            }
            Err(error) => {
                drop(state);
                self.fail(chunk, error);
                None
            }
        }
    }

    fn chunk(&self, at: SourceOffset) -> Option<SourceRange> {
        let rest = SourceRange::between(at, self.range.end())?;
        rest.pieces(CHUNK).next()
    }

    fn fail(&self, chunk: SourceRange, error: Error) {
        self.failed.store(true, Ordering::Relaxed);
        let mut state = self.lock();
        let lowest = |(at, _): &(SourceOffset, Error)| *at < chunk.offset();
        if !state.failure.as_ref().is_some_and(lowest) {
            state.failure = Some((chunk.offset(), error));
        }
    }

    fn finish(self) -> (Reach, Option<Error>) {
        let state = self.state.into_inner();
        let state = state.unwrap_or_else(PoisonError::into_inner);
        let (start, begun) = (self.range.offset(), state.at);
        let Some((chunk, error)) = state.failure else {
            return (Reach::exactly(start, begun), None);
        };
        // The offset of another source, such as an input, says nothing about this one.
        let ours = error.concerns(self.source.name());
        let at = error.details().offset.filter(|_| ours);
        let alone = SourceOffset::from_to(chunk, begun).0 <= CHUNK.bytes();
        let reach = Reach {
            start,
            done: at.unwrap_or(chunk),
            begun: at.filter(|_| alone).unwrap_or(begun),
            has_gaps: false,
        };
        (reach, Some(error))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
