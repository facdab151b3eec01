//! Reading, formatting and writing at the same time.
//!
//! All workers do the same: take the next chunk from the input (one worker at a time), read and format it
//! (all at once), and queue the text. The worker that queues the text that is next in order writes
//! it, and all text queued after it (one worker at a time), while the others continue. A worker
//! waits for a free block when the output is slowest, and for a chunk when the input is.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant};

use super::block::{Block, Parcels};
use super::chunk::{Chunk, Reader};
use super::control::Control;
use super::deferred::Mark;
use super::error::DumpError;
use super::input::Input;
use super::line::Lines;
use super::output::Output;

/// How long to try a lock before sleeping: longer than reading a chunk takes, and as long as sleeping and waking.
const PATIENCE: Duration = Duration::from_micros(100);

/// Blocks with text that waits for earlier text. With fewer, a worker that is delayed soon makes the others sleep, and
/// waking them takes long on a virtual machine, whose processors stop when they are idle.
const WAITING: usize = 3;

/// How often to try between two looks at the clock.
const TRIES: usize = 50;

/// The part of a parcel that stays empty, as room for text a little longer than the last one.
const SLACK: usize = 64;

/// The number of a chunk, and how often the reader had gone back before it.
#[derive(Clone, Copy)]
struct Number {
    chunk: u64,
    turns: usize,
}

/// The chunks to which the reader went back because they could not be read later.
#[derive(Debug, Default)]
struct Turns(Vec<u64>);

impl Turns {
    /// Whether the reader has gone back to a chunk or before it, so that it comes again.
    fn repeat(&self, number: Number) -> bool {
        let later = self.0.get(number.turns..).unwrap_or_default();
        later.iter().any(|first| *first <= number.chunk)
    }
}

/// The reading end.
struct Source<'r, 'i, I: Input> {
    reader: &'r mut Reader<'i, I>,
    /// The number of the next chunk.
    number: u64,
    /// How often the reader has gone back.
    turns: usize,
    ended: bool,
}

/// The writing end and the blocks.
struct Sink<'o, 'a, W, E> {
    /// None while a worker writes.
    output: Option<&'o mut Output<'a, W>>,
    /// Formatted chunks by their number. The first is number `next`.
    ready: VecDeque<Option<Block>>,
    next: u64,
    turns: Turns,
    /// Blocks to format into.
    spare: Vec<Block>,
    /// The number of workers that wait for a block.
    waiting: usize,
    error: Option<DumpError<E>>,
    /// The output failed, or a worker ended early and the next number may never come.
    broken: bool,
}

struct Pipeline<'r, 'i, 'o, 'a, I: Input, W> {
    format: &'r dyn Lines,
    /// Bytes in the next chunk.
    size: AtomicUsize,
    /// The limit of `size`.
    most: usize,
    parcels: Option<&'r dyn Parcels>,
    source: Mutex<Source<'r, 'i, I>>,
    sink: Mutex<Sink<'o, 'a, W, I::Error>>,
    /// Notified when there is a spare block for a waiting worker, and when the sink breaks.
    spare: Condvar,
}

/// Dumps the rest of `reader` in chunks of `size` bytes.
pub(super) fn run<I, W>(
    format: &dyn Lines,
    size: usize,
    control: Control<'_>,
    reader: &mut Reader<'_, I>,
    output: &mut Output<'_, W>,
) -> Result<(), DumpError<I::Error>>
where
    I: Input + Send,
    I::Error: Send,
    W: Write + Send,
{
    let workers = control.workers();
    let blocks = if workers > 1 { workers + WAITING } else { 1 };
    if workers > 1 {
        reader.defer();
    }
    let pipeline = Pipeline {
        format,
        size: AtomicUsize::new(size),
        most: 2 * size,
        parcels: control.parcels,
        source: Mutex::new(Source {
            reader,
            number: 0,
            turns: 0,
            ended: false,
        }),
        sink: Mutex::new(Sink {
            output: Some(output),
            ready: VecDeque::new(),
            next: 0,
            turns: Turns::default(),
            spare: (0..blocks).map(|_| Block::default()).collect(),
            waiting: 0,
            error: None,
            broken: false,
        }),
        spare: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            // Without another thread this one does all the work.
            let spawned = std::thread::Builder::new().spawn_scoped(scope, || pipeline.work());
            if spawned.is_err() {
                break;
            }
        }
        pipeline.work();
    });
    let sink = pipeline.sink.into_inner();
    let error = sink.unwrap_or_else(PoisonError::into_inner).error;
    error.map_or(Ok(()), Err)
}

impl<I: Input, W: Write> Pipeline<'_, '_, '_, '_, I, W> {
    /// Runs one worker until the input or the output ends.
    fn work(&self) {
        let guard = BreakOnPanic(self);
        let mut chunk = Chunk::default();
        while let Some(mut text) = self.block() {
            let Some(number) = self.read(&mut chunk) else {
                break;
            };
            if let Err(mark) = chunk.fetch() {
                self.turn_back(number, mark, text);
                continue;
            }
            if let Some(parcels) = self.parcels
                && text.lacks_parcel()
                && let Some(parcel) = parcels.parcel()
            {
                text.set_parcel(parcel);
            }
            if let Err(error) = self.format.reserve(chunk.length(), &mut text) {
                self.fail(error.into());
                break;
            }
            chunk.format(self.format, &mut text);
            self.adapt(chunk.length(), text.length());
            self.deliver(number, text);
        }
        std::mem::forget(guard);
    }

    /// Ends the dump with this failure, unless it has failed already.
    fn fail(&self, error: DumpError<I::Error>) {
        if let Some(mut sink) = lock(&self.sink) {
            sink.error.get_or_insert(error);
            sink.broken = true;
        }
        self.spare.notify_all();
    }

    /// Chooses the size of the next chunks so that their text fills a parcel, from the length of
    /// the `text` of a chunk of `bytes`.
    fn adapt(&self, bytes: usize, text: usize) {
        let Some(parcels) = self.parcels else { return };
        let parcel = parcels.size() - parcels.size() / SLACK;
        // Short text comes from lines left out. Other chunks are longer.
        if text > parcel / 4 && text.abs_diff(parcel) > parcel / SLACK {
            let size = bytes as u64 * parcel as u64 / text as u64;
            let size = usize::try_from(size).unwrap_or(self.most).min(self.most);
            self.size.store(size, Relaxed);
        }
    }

    /// Waits for an empty block to format into; none when writing is over.
    fn block(&self) -> Option<Block> {
        let mut sink = lock(&self.sink)?;
        while sink.spare.is_empty() && !sink.broken {
            sink.waiting += 1;
            sink = self.spare.wait(sink).ok()?;
            sink.waiting -= 1;
        }
        if sink.broken { None } else { sink.spare.pop() }
    }

    /// Takes the next chunk and returns its number.
    fn read(&self, chunk: &mut Chunk) -> Option<Number> {
        let mut source = lock(&self.source)?;
        if source.ended {
            return None;
        }
        source.ended = !source.reader.fill(chunk, self.size.load(Relaxed));
        let number = Number {
            chunk: source.number,
            turns: source.turns,
        };
        source.number += 1;
        Some(number)
    }

    /// Reads on from a chunk, which could not be read later, in order. The text of the chunks after it is dropped.
    fn turn_back(&self, number: Number, mark: Mark, text: Block) {
        let Some(mut source) = lock(&self.source) else {
            return;
        };
        let Some(mut sink) = lock(&self.sink) else {
            return;
        };
        sink.spare.push(text);
        if !sink.turns.repeat(number) {
            source.reader.back(mark);
            source.number = number.chunk;
            source.ended = false;
            source.turns += 1;
            sink.turns.0.push(number.chunk);
            sink.forget(number.chunk);
        }
        drop(sink);
        self.spare.notify_all();
    }

    /// Queues the text of chunk `number`, and writes all text that is next in order unless another
    /// worker is writing.
    fn deliver(&self, number: Number, text: Block) {
        let Some(mut sink) = lock(&self.sink) else {
            return;
        };
        if sink.turns.repeat(number) {
            sink.reuse(text);
            self.spare.notify_all();
            return;
        }
        sink.queue(number.chunk, text);
        while let Some((output, mut text)) = sink.take() {
            drop(sink);
            let outcome = output.write(&mut text);
            text.clear();
            let Some(again) = lock(&self.sink) else {
                return;
            };
            sink = again;
            sink.output = Some(output);
            sink.spare.push(text);
            if let Err(error) = outcome {
                sink.error.get_or_insert(DumpError::Output(error));
                sink.broken = true;
            }
            if sink.broken {
                self.spare.notify_all();
            } else if sink.waiting > 0 {
                self.spare.notify_one();
            }
        }
    }
}

impl<'o, 'a, W, E> Sink<'o, 'a, W, E> {
    /// Takes a block back whose text is not needed.
    fn reuse(&mut self, mut text: Block) {
        text.clear();
        self.spare.push(text);
    }

    /// Drops the text of the chunks from `number` on.
    fn forget(&mut self, number: u64) {
        let keep = usize::try_from(number.wrapping_sub(self.next)).unwrap_or(usize::MAX);
        while self.ready.len() > keep {
            if let Some(text) = self.ready.pop_back().flatten() {
                self.reuse(text);
            }
        }
    }

    /// Keeps the text of chunk `number` until it is next in order.
    fn queue(&mut self, number: u64, text: Block) {
        let place = usize::try_from(number.wrapping_sub(self.next)).unwrap_or(usize::MAX);
        // Never longer than the number of blocks.
        while self.ready.len() <= place {
            self.ready.push_back(None);
        }
        if let Some(slot) = self.ready.get_mut(place) {
            *slot = Some(text);
        }
    }

    /// The output and the text to write next, if both are available.
    fn take(&mut self) -> Option<(&'o mut Output<'a, W>, Block)> {
        if self.broken || !matches!(self.ready.front(), Some(Some(_))) {
            return None;
        }
        let output = self.output.take()?;
        match self.ready.pop_front().flatten() {
            Some(text) => {
                self.next += 1;
                Some((output, text))
            }
            None => {
                self.output = Some(output);
                None
            }
        }
    }
}

/// Takes a lock that is never held for long: spins before it sleeps.
fn lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    let mut end = None;
    loop {
        for _ in 0..TRIES {
            match mutex.try_lock() {
                Ok(guard) => return Some(guard),
                Err(TryLockError::Poisoned(_)) => return None,
                Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
            }
        }
        let now = Instant::now();
        if now >= *end.get_or_insert(now + PATIENCE) {
            return mutex.lock().ok();
        }
    }
}

/// Breaks the sink when a worker panics: the others must not wait for its chunk.
struct BreakOnPanic<'p, 'r, 'i, 'o, 'a, I: Input, W>(&'p Pipeline<'r, 'i, 'o, 'a, I, W>);

impl<I: Input, W> Drop for BreakOnPanic<'_, '_, '_, '_, '_, I, W> {
    fn drop(&mut self) {
        let sink = self.0.sink.lock();
        sink.unwrap_or_else(PoisonError::into_inner).broken = true;
        self.0.spare.notify_all();
    }
}
