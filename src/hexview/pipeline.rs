//! Reading, formatting and writing at the same time.
//!
//! Every worker does the same: take the next chunk from the input (one at a time), format it
//! (all at once), write it when its turn comes (one at a time, in order). Whatever is slowest is
//! then always busy, whether that is reading, formatting or writing, and no more chunks are in
//! memory than there are workers.

use std::io::Write;
use std::sync::{Condvar, Mutex, PoisonError};

use super::chunk::{Chunk, Reader};
use super::dump::{DumpError, Output};
use super::input::Input;
use super::line::Lines;
use super::output::Block;

/// The reading end and the number of the chunk it delivers next.
struct Source<'r, 'i, I: Input> {
    reader: &'r mut Reader<'i, I>,
    number: u64,
    ended: bool,
}

/// The writing end and the number of the chunk it takes next.
struct Sink<'o, 'a, W, E> {
    output: &'o mut Output<'a, W>,
    number: u64,
    error: Option<DumpError<E>>,
    /// A worker is gone, so that the next number may never come.
    broken: bool,
}

struct Pipeline<'r, 'i, 'o, 'a, I: Input, W> {
    format: &'r dyn Lines,
    size: usize,
    source: Mutex<Source<'r, 'i, I>>,
    sink: Mutex<Sink<'o, 'a, W, I::Error>>,
    /// Told whenever `sink.number` or `sink.broken` changes.
    turn: Condvar,
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
    let pipeline = Pipeline {
        format,
        size,
        source: Mutex::new(Source {
            reader,
            number: 0,
            ended: false,
        }),
        sink: Mutex::new(Sink {
            output,
            number: 0,
            error: None,
            broken: false,
        }),
        turn: Condvar::new(),
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
        let mut text = Block::default();
        while let Some(number) = self.read(&mut chunk) {
            text.clear();
            chunk.format(self.format, &mut text);
            if !self.write(number, &text) {
                break;
            }
        }
        std::mem::forget(leaving);
    }

    /// Takes the next chunk and its number.
    fn read(&self, chunk: &mut Chunk) -> Option<u64> {
        let mut source = self.source.lock().ok()?;
        if source.ended {
            return None;
        }
        source.ended = !source.reader.fill(chunk, self.size);
        let number = source.number;
        source.number += 1;
        Some(number)
    }

    /// Writes chunk `number` when those before it are written. False when writing is over.
    fn write(&self, number: u64, text: &Block) -> bool {
        let Ok(sink) = self.sink.lock() else {
            return false;
        };
        let waited = self
            .turn
            .wait_while(sink, |sink| sink.number != number && !sink.broken);
        let Ok(mut sink) = waited else { return false };
        if sink.broken {
            return false;
        }
        if let Err(error) = sink.output.write(text.text()) {
            sink.error = Some(error);
            sink.broken = true;
        }
        sink.number += 1;
        self.turn.notify_all();
        !sink.broken
    }
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
        self.0.turn.notify_all();
    }
}
