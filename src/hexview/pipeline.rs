//! Reading, formatting and writing at the same time.
//!
//! Every worker does the same: take the next chunk from the input (one at a time), format it
//! (all at once), and leave the text in a queue. Who leaves the text that comes next writes it,
//! and all that has queued up behind it (one at a time, in order), while the others go on. Nobody
//! waits for anybody but for want of a block to format into, when the output is slower than all
//! else, or for a chunk, when the input is.

use std::collections::VecDeque;
use std::io::Write;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};

use super::chunk::{Chunk, Reader};
use super::dump::{self, DumpError, Output};
use super::input::Input;
use super::line::Lines;
use super::output::{Block, Parcels};

/// How often a lock is looked at before its holder is waited for: about as long as reading a chunk
/// takes, which is less than falling asleep and being woken.
const LOOKS: usize = 400;

/// Which part of a parcel is left empty, so that text that is a bit longer than the last fits too.
const SLACK: usize = 64;

/// The reading end and the number of the chunk it delivers next.
struct Source<'r, 'i, I: Input> {
    reader: &'r mut Reader<'i, I>,
    number: u64,
    ended: bool,
}

/// The writing end and the blocks.
struct Sink<'o, 'a, W, E> {
    /// Not there while somebody writes.
    output: Option<&'o mut Output<'a, W>>,
    /// Formatted chunks by their number, the first of them being number `next`.
    ready: VecDeque<Option<Block>>,
    next: u64,
    /// Blocks to format into.
    spare: Vec<Block>,
    /// How many workers wait for a block.
    waiting: usize,
    error: Option<DumpError<E>>,
    /// A worker is gone, so that the next number may never come, or the output is.
    broken: bool,
}

struct Pipeline<'r, 'i, 'o, 'a, I: Input, W> {
    format: &'r dyn Lines,
    /// How many bytes the next chunk has.
    size: AtomicUsize,
    /// How many it may have.
    most: usize,
    parcels: Option<&'a dyn Parcels>,
    source: Mutex<Source<'r, 'i, I>>,
    sink: Mutex<Sink<'o, 'a, W, I::Error>>,
    /// Told when there is a spare block for somebody who waits, and when the sink is broken.
    spare: Condvar,
}

/// Dumps what is left in `reader` with so many workers, chunks having `size` bytes.
pub(super) fn run<I, W>(
    format: &dyn Lines,
    size: usize,
    workers: usize,
    reader: &mut Reader<'_, I>,
    output: &mut Output<'_, W>,
) -> Result<(), DumpError<I::Error>>
where
    I: Input + Send,
    I::Error: Send,
    W: Write + Send,
{
    // One more than there are workers, so that one can be written while all are formatting.
    let blocks = if workers > 1 { workers + 1 } else { 1 };
    let pipeline = Pipeline {
        format,
        size: AtomicUsize::new(size),
        most: 2 * size,
        parcels: output.control.parcels,
        source: Mutex::new(Source {
            reader,
            number: 0,
            ended: false,
        }),
        sink: Mutex::new(Sink {
            output: Some(output),
            ready: VecDeque::new(),
            next: 0,
            spare: (0..blocks).map(|_| Block::default()).collect(),
            waiting: 0,
            error: None,
            broken: false,
        }),
        spare: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 1..workers {
            // Without another thread the work is done all the same.
            let spawned = std::thread::Builder::new().spawn_scoped(scope, || pipeline.work());
            if spawned.is_err() {
                break;
            }
        }
        pipeline.work();
    });
    let sink = pipeline
        .sink
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    sink.error.map_or(Ok(()), Err)
}

impl<I: Input, W: Write> Pipeline<'_, '_, '_, '_, I, W> {
    /// One worker, until the input or the output ends.
    fn work(&self) {
        let leaving = Leaving(self);
        let mut chunk = Chunk::default();
        while let Some(mut text) = self.block() {
            let Some(number) = self.read(&mut chunk) else {
                break;
            };
            if let Some(parcels) = self.parcels
                && text.lacks_parcel()
                && let Some(parcel) = parcels.parcel()
            {
                text.equip(parcel);
            }
            if let Err(error) = dump::reserve(self.format, chunk.length(), &mut text) {
                self.fail(error);
                break;
            }
            chunk.format(self.format, &mut text);
            self.adapt(chunk.length(), text.length());
            self.deliver(number, text);
        }
        std::mem::forget(leaving);
    }

    /// Ends the dump with this failure, unless it has one.
    fn fail(&self, error: DumpError<I::Error>) {
        if let Some(mut sink) = lock(&self.sink) {
            sink.error.get_or_insert(error);
            sink.broken = true;
        }
        self.spare.notify_all();
    }

    /// Lets the next chunks have as many bytes as make a parcel of text, going by one that had so much.
    fn adapt(&self, bytes: usize, text: usize) {
        let Some(parcels) = self.parcels else { return };
        let parcel = parcels.size() - parcels.size() / SLACK;
        // What is mostly squeezed says nothing about what is not.
        if text > parcel / 4 && text.abs_diff(parcel) > parcel / SLACK {
            let size = bytes as u64 * parcel as u64 / text as u64;
            let size = usize::try_from(size).unwrap_or(self.most).min(self.most);
            self.size.store(size, Relaxed);
        }
    }

    /// An empty block to format into, when there is one again; none when writing is over.
    fn block(&self) -> Option<Block> {
        let mut sink = lock(&self.sink)?;
        while sink.spare.is_empty() && !sink.broken {
            sink.waiting += 1;
            sink = self.spare.wait(sink).ok()?;
            sink.waiting -= 1;
        }
        if sink.broken { None } else { sink.spare.pop() }
    }

    /// Takes the next chunk and its number.
    fn read(&self, chunk: &mut Chunk) -> Option<u64> {
        let mut source = lock(&self.source)?;
        if source.ended {
            return None;
        }
        source.ended = !source.reader.fill(chunk, self.size.load(Relaxed));
        let number = source.number;
        source.number += 1;
        Some(number)
    }

    /// Queues the text of chunk `number`, and writes what comes next unless somebody else does.
    fn deliver(&self, number: u64, text: Block) {
        let Some(mut sink) = lock(&self.sink) else {
            return;
        };
        sink.queue(number, text);
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
            sink.broken |= outcome.is_err();
            sink.error = sink.error.take().or(outcome.err());
            if sink.broken {
                self.spare.notify_all();
            } else if sink.waiting > 0 {
                self.spare.notify_one();
            }
        }
    }
}

impl<'o, 'a, W, E> Sink<'o, 'a, W, E> {
    /// Keeps the text of chunk `number` until it is its turn.
    fn queue(&mut self, number: u64, text: Block) {
        let place = usize::try_from(number.wrapping_sub(self.next)).unwrap_or(usize::MAX);
        // There are no more of them than there are blocks.
        while self.ready.len() <= place {
            self.ready.push_back(None);
        }
        if let Some(slot) = self.ready.get_mut(place) {
            *slot = Some(text);
        }
    }

    /// The output and what is to be written to it next, when both are there.
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

/// Takes a lock that is never held for long: the holder is waited for awake at first.
fn lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    for _ in 0..LOOKS {
        match mutex.try_lock() {
            Ok(guard) => return Some(guard),
            Err(TryLockError::Poisoned(_)) => return None,
            Err(TryLockError::WouldBlock) => std::hint::spin_loop(),
        }
    }
    mutex.lock().ok()
}

/// Tells the other workers when one ends by a panic: they must not wait for its chunk.
struct Leaving<'p, 'r, 'i, 'o, 'a, I: Input, W>(&'p Pipeline<'r, 'i, 'o, 'a, I, W>);

impl<I: Input, W> Drop for Leaving<'_, '_, '_, '_, '_, I, W> {
    fn drop(&mut self) {
        self.0
            .sink
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .broken = true;
        self.0.spare.notify_all();
    }
}
