//! The same work for many items in several threads, with the results in one.

use std::mem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::mapping::error::{Error, Result};
use crate::mapping::process::interrupts::Interrupts;

/// The time after which the receiver of results is called although there are none.
const TICK: Duration = Duration::from_millis(100);
/// The number of results that a thread sends at a time, so that threads seldom wake each other.
const BATCH: usize = 64;
/// The number of batches that wait for the receiver.
const WAITING: usize = 64;

/// Does the work for each item, in their order, until a request to stop arrives. `sink` gets the results as they come,
/// and `None` from time to time.
///
/// # Errors
/// The first failure of `sink`, which ends the work; `failed` when no thread can be started.
pub(super) fn for_each<I: Sync, T: Send>(
    threads: usize,
    items: &[I],
    interrupts: &Interrupts,
    work: &(impl Fn(&I) -> T + Sync),
    sink: &mut dyn FnMut(Option<T>) -> Result<()>,
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let (sender, results) = sync_channel(WAITING);
    thread::scope(|scope| {
        // A thread that waits to send a result ends when this is dropped, before the threads are joined.
        let results = results;
        let mut failure = None;
        for number in 0..threads.min(items.len()) {
            let (next, sender) = (&next, sender.clone());
            let run = move || {
                let (mut batch, mut sent) = (Vec::new(), Instant::now());
                while interrupts.requested().is_none()
                    && let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed))
                {
                    batch.push(work(item));
                    if batch.len() >= BATCH || sent.elapsed() >= TICK {
                        if sender.send(mem::take(&mut batch)).is_err() {
                            return;
                        }
                        sent = Instant::now();
                    }
                }
                // Nobody receives them after a failure.
                let _ = sender.send(batch);
            };
            let started = thread::Builder::new().spawn_scoped(scope, run);
            // Fewer threads do the same work.
            failure = started.err().filter(|_| number == 0).or(failure);
        }
        drop(sender);
        if let Some(error) = failure {
            return Err(Error::os("start a thread", &error));
        }
        loop {
            match results.recv_timeout(TICK) {
                Ok(batch) => batch
                    .into_iter()
                    .try_for_each(|result| sink(Some(result)))?,
                Err(RecvTimeoutError::Timeout) => sink(None)?,
                Err(RecvTimeoutError::Disconnected) => return Ok(()),
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_is_worked_on_once_and_a_failure_ends_it() {
        let items: Vec<u64> = (0..5000).collect();
        for threads in [1, 4] {
            let mut done = Vec::new();
            let mut sink = |result: Option<u64>| {
                done.extend(result);
                Ok(())
            };
            for_each(
                threads,
                &items,
                &Interrupts::new(),
                &|item| item * 2,
                &mut sink,
            )
            .unwrap();
            done.sort_unstable();
            assert!(
                done.iter()
                    .zip(&items)
                    .all(|(done, item)| *done == item * 2)
            );
            assert_eq!(done.len(), items.len());
        }
        let mut refuse = |_: Option<u64>| Err(Error::usage("enough"));
        let ended = for_each(2, &items, &Interrupts::new(), &|item| *item, &mut refuse);
        assert!(ended.is_err());
        for_each(2, &[], &Interrupts::new(), &|item: &u64| *item, &mut refuse).unwrap();
    }
}
