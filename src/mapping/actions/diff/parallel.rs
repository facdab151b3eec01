//! Comparing two mapped sources in several threads. The results come in order.
//!
//! Each thread takes every n-th batch of parts, and has a small number of them at most. So no result waits in memory for
//! more than a few others.

use std::io;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Scope};

use super::block::{Digest, Step, block_size};
use super::piece::{Examined, Worker};
use super::plan::{Piece, Plan};
use super::tally::Tally;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory;
use crate::mapping::process::privileges::is_memory_scarce;
use crate::mapping::region::stream::{Part, Stream};
use crate::mapping::source::Source;
use crate::mapping::types::{ByteLength, Kind, SourceRange};

/// A source and the range of it to compare.
pub(super) type Mapped<'a> = (&'a Source, SourceRange);

/// The receiver of the steps, which may stop the comparison.
pub(super) type Taker<'a, T> = &'a mut dyn FnMut(Step<T>) -> ControlFlow<()>;

/// The number of batches that a thread has at a time.
const DEPTH: usize = 2;

/// The greatest number of threads: memory is not read faster by more.
const MOST_THREADS: usize = 8;

/// The number of bytes for which another thread is worth its start.
const BYTES_PER_THREAD: u64 = 1 << 20;

/// Compares two ranges up to the end of the shorter one, and passes the steps to `take`.
///
/// # Errors
/// The failure of a side, after the steps before it; `out_of_memory`.
pub(super) fn compare<D: Digest>(
    sides: [Mapped<'_>; 2],
    digest: &D,
    tally: &mut Tally,
    take: Taker<'_, D::Item>,
) -> Result<ControlFlow<()>> {
    let mut plan = Plan::new(sides, block_size::<D>());
    let threads = threads(sides);
    thread::scope(|scope| {
        let mut lanes = Vec::new();
        // Fewer threads only take longer.
        while threads > 1
            && lanes.len() < threads
            && let Ok(worker) = Worker::new(digest, sides)
            && let Ok(lane) = Lane::start(scope, worker)
        {
            lanes.push(lane);
        }
        match lanes.is_empty() {
            true => run_alone(&mut plan, Worker::new(digest, sides)?, tally, take),
            false => run(&mut plan, &lanes, tally, take),
        }
    })
}

/// Compares in this thread.
fn run_alone<D: Digest>(
    plan: &mut Plan<'_>,
    mut worker: Worker<'_, D>,
    tally: &mut Tally,
    take: Taker<'_, D::Item>,
) -> Result<ControlFlow<()>> {
    while let Some(batch) = plan.batch() {
        if deliver(worker.examine(&batch), tally, take)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

fn threads(sides: [Mapped<'_>; 2]) -> usize {
    let lengths = sides.map(|(_, range)| range.length().0);
    let worth = lengths
        .into_iter()
        .min()
        .unwrap_or(0)
        .div_euclid(BYTES_PER_THREAD);
    let worth = usize::try_from(worth).unwrap_or(usize::MAX);
    match is_memory_scarce() {
        true => 1,
        false => thread::available_parallelism()
            .map_or(1, NonZeroUsize::get)
            .min(MOST_THREADS)
            .min(worth),
    }
}

/// A thread, the batches for it and its results.
struct Lane<T> {
    batches: SyncSender<Vec<Piece>>,
    results: Receiver<Examined<T>>,
}

impl<T: Send> Lane<T> {
    fn start<'scope, D: Digest<Item = T>>(
        scope: &'scope Scope<'scope, '_>,
        mut worker: Worker<'scope, D>,
    ) -> io::Result<Self>
    where
        T: 'scope,
    {
        let (batches, wanted) = sync_channel::<Vec<Piece>>(DEPTH);
        let (done, results) = sync_channel(DEPTH);
        let work = move || {
            for batch in wanted {
                if done.send(worker.examine(&batch)).is_err() {
                    return;
                }
            }
        };
        thread::Builder::new().spawn_scoped(scope, work)?;
        Ok(Self { batches, results })
    }
}

/// Hands out the batches in turn, and takes the results in the same turn.
fn run<T>(
    plan: &mut Plan<'_>,
    lanes: &[Lane<T>],
    tally: &mut Tally,
    take: Taker<'_, T>,
) -> Result<ControlFlow<()>> {
    let ended = |_| Error::new(Kind::Failed, "compare", "a thread ended early");
    let most = lanes.len().saturating_mul(DEPTH);
    let (mut givers, mut takers) = (lanes.iter().cycle(), lanes.iter().cycle());
    let mut waiting = 0_usize;
    loop {
        while waiting < most
            && let Some(batch) = plan.batch()
            && let Some(lane) = givers.next()
        {
            lane.batches.send(batch).map_err(|_| ended(()))?;
            waiting = waiting.saturating_add(1);
        }
        let (1.., Some(lane)) = (waiting, takers.next()) else {
            return Ok(ControlFlow::Continue(()));
        };
        waiting = waiting.saturating_sub(1);
        let result = lane.results.recv().map_err(|_| ended(()))?;
        if deliver(result, tally, take)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
}

/// The next bytes of a source after the compared ones: at most `most`.
pub(super) fn rest(
    (source, range): Mapped<'_>,
    compared: ByteLength,
    most: usize,
) -> Result<Vec<u8>> {
    let rest = range.starting_at(range.offset().plus(compared));
    let mut bytes = memory::buffer(rest.length().saturating_usize().min(most), 0, "compare")?;
    if bytes.is_empty() {
        return Ok(bytes);
    }
    let length = match Stream::new(source, rest).next(&mut bytes)? {
        Part::Bytes(count) => count.get(),
        Part::Hole(count) => ByteLength(count.get()).saturating_usize(),
        Part::End => 0,
    };
    bytes.truncate(length);
    Ok(bytes)
}

/// Passes the steps of a result on, and then its failure.
fn deliver<T>(
    result: Examined<T>,
    tally: &mut Tally,
    take: Taker<'_, T>,
) -> Result<ControlFlow<()>> {
    let flow = result.steps.pass_on(tally, take);
    match result.failure {
        Some(error) if flow.is_continue() => Err(error),
        _ => Ok(flow),
    }
}
