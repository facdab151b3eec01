//! The progress of flushing: how much of the pages that were dirty is not dirty any more, as the kernel counts them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::one::{SyncRequest, Synced, sync};
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::residency::cached_of_file;
use crate::mapping::source::{Handle, OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{ByteLength, SourceRange};

/// The amount of pages of a range that are dirty or being written; 0 when it is unknown.
pub(super) fn unwritten(file: &OpenFile, range: SourceRange) -> ByteLength {
    let seen = cached_of_file(file, range, sys::page_size());
    let pages = crate::mapping::cache::effect::unwritten(&seen.counts);
    seen.bytes(pages.unwrap_or(0))
}

/// The files that are being flushed.
#[derive(Debug, Default)]
pub(super) struct UnderWay {
    done: AtomicU64,
    files: Mutex<Vec<Arc<Flush>>>,
}

#[derive(Debug)]
struct Flush {
    file: Arc<OpenFile>,
    range: SourceRange,
    /// The amount at the start.
    unwritten: ByteLength,
}

impl UnderWay {
    fn files(&self) -> MutexGuard<'_, Vec<Arc<Flush>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a flush of a range of a file of which this amount is to be written.
    pub(super) fn run<T>(
        &self,
        handle: &Handle,
        range: SourceRange,
        unwritten: ByteLength,
        flush: impl FnOnce() -> T,
    ) -> T {
        if unwritten.is_zero() {
            return flush();
        }
        let file = handle.share();
        let under_way = Arc::new(Flush {
            file,
            range,
            unwritten,
        });
        self.files().push(Arc::clone(&under_way));
        let outcome = flush();
        let mut files = self.files();
        files.retain(|other| !Arc::ptr_eq(other, &under_way));
        self.done.fetch_add(unwritten.0, Ordering::Relaxed);
        outcome
    }

    /// The amount that was written so far.
    pub(super) fn written(&self) -> ByteLength {
        let files = self.files();
        let parts = files
            .iter()
            .map(|flush| flush.unwritten.minus(unwritten(&flush.file, flush.range)));
        let done = ByteLength(self.done.load(Ordering::Relaxed));
        parts.fold(done, ByteLength::plus)
    }
}

/// The amount of pages of a range of a source that are dirty or being written; 0 when it is unknown.
#[must_use]
pub fn unwritten_of(source: &Source, range: SourceRange) -> ByteLength {
    let handle = source.handle();
    handle.map_or(ByteLength::ZERO, |handle| unwritten(handle.file(), range))
}

/// The same as [`sync`]. While it lasts, `progress` receives the amount that was written from time to time.
///
/// # Errors
/// Those of [`sync`].
pub fn sync_watched(
    source: &Source,
    range: SourceRange,
    request: SyncRequest,
    progress: &mut dyn FnMut(ByteLength),
) -> Result<Synced> {
    /// The amount that takes no noticeable time.
    const LITTLE: ByteLength = ByteLength(16 << 20);
    const TICK: Duration = Duration::from_millis(100);
    let work = || sync(source, range, request);
    let amount = unwritten_of(source, range);
    let Some(handle) = source.handle().filter(|_| amount > LITTLE) else {
        return work();
    };
    let under_way = UnderWay::default();
    let (ended, end) = channel::<()>();
    thread::scope(|scope| {
        let flush = || {
            let _ended = ended;
            under_way.run(handle, range, amount, work)
        };
        let flushing = thread::Builder::new()
            .spawn_scoped(scope, flush)
            .map_err(|e| Error::os("start a thread", &e))?;
        while end.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
            progress(under_way.written());
        }
        let outcome = flushing.join();
        outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::cache::sample::on_disk;
    use crate::skip::skip;

    #[test]
    fn progress_is_what_the_kernel_does_not_count_as_dirty_any_more() {
        let (file, source, range) = on_disk(64);
        std::fs::write(file.path(), vec![7; range.length().0 as usize]).unwrap();
        let amount = unwritten_of(&source, range);
        if amount.is_zero() {
            skip("a system that counts dirty pages");
            return;
        }
        let under_way = UnderWay::default();
        let handle = source.handle().unwrap();
        under_way.run(handle, range, amount, || {
            sync(&source, range, SyncRequest::default()).unwrap();
            assert_eq!(under_way.written(), amount);
        });
        assert_eq!(under_way.written(), amount);
        assert_eq!(unwritten_of(&source, range), ByteLength::ZERO);
    }

    #[test]
    fn a_flush_of_many_pages_has_the_same_result_when_it_is_watched() {
        let (file, source, range) = on_disk(8192);
        std::fs::write(file.path(), vec![7; range.length().0 as usize]).unwrap();
        let total = unwritten_of(&source, range);
        let mut most = ByteLength::ZERO;
        let synced = sync_watched(&source, range, SyncRequest::default(), &mut |done| {
            most = done
        });
        let after = synced.unwrap().after.counts.dirty;
        assert_eq!(after.unwrap_or(0), 0);
        assert!(most <= total);
    }
}
