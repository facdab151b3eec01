//! Looks at the resident pages of a file, window by window: each is mapped, and its resident pages are brought into the
//! page tables of this process, where the kernel shows their frames.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::mapping::measure::frames::{Observer, Tally};
use crate::mapping::process::privileges::is_memory_scarce;
use crate::mapping::region::marks::keep_unmarked;
use crate::mapping::region::populate::touch_piece;
use crate::mapping::region::{MapRequest, Region};
use crate::mapping::source::{OpenFile, Source};
use crate::mapping::sys;
use crate::mapping::types::{
    Access, ByteLength, Gap, GapReason, Kind, PageSize, SourceOffset, SourceRange,
};

/// The length of a window. It limits the memory for page tables and for the results of the kernel.
const WINDOW: usize = 512 << 20;

/// The smallest window, and the alignment of all. On most machines it is the size of a huge page.
const HUGE: u64 = 2 << 20;

/// The largest number of threads. More would wait for each other in the kernel.
const THREADS: usize = 4;

/// Counts the resident pages of a file. `counted` is the file to which they belong. Pages that come or go meanwhile may
/// be missed.
pub(super) fn tally(
    source: &Source,
    counted: &OpenFile,
    whole: SourceRange,
    observer: &Observer,
) -> Result<Tally, Gap> {
    let windows = find_windows(counted, whole);
    let next = AtomicUsize::new(0);
    let work = || -> Result<Tally, Gap> {
        let mut sum = Tally::default();
        while let Some(window) = windows.get(next.fetch_add(1, Ordering::Relaxed)) {
            look(source, *window, observer, &mut sum)?;
        }
        Ok(sum)
    };
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let threads = match is_memory_scarce() {
        true => 1,
        false => cores.min(THREADS).min(windows.len()),
    };
    thread::scope(|scope| {
        let spawn = |_| thread::Builder::new().spawn_scoped(scope, work).ok();
        let others: Vec<_> = (1..threads).filter_map(spawn).collect();
        let mut sum = work()?;
        for other in others {
            sum.merge(other.join().unwrap_or(Err(GapReason::Failed.into()))?);
        }
        Ok(sum)
    })
}

/// Finds the windows of a range that may have cached pages. A range without any is skipped as a whole.
fn find_windows(counted: &OpenFile, range: SourceRange) -> Vec<SourceRange> {
    /// A range with fewer cached pages is divided, to find out where they are.
    const SPARSE: u64 = 8;
    let page = sys::page_size();
    let count = |part: SourceRange| sys::cache_stat(counted, part, page).ok()?.cached;
    // The pages of a stacked file may belong to another one, and are then not counted.
    let is_counted = sys::stacking(counted) != Some(true) || count(range) != Some(0);
    let cached = |part: SourceRange| count(part).filter(|_| is_counted);
    let mut windows = Vec::new();
    let mut waiting = vec![range];
    while let Some(part) = waiting.pop().filter(|part| !part.is_empty()) {
        let few = cached(part).filter(|few| few.saturating_mul(SPARSE) < part.page_count(page).0);
        match few {
            Some(0) => {}
            Some(_) if part.length() > ByteLength::of(WINDOW) => waiting.extend(halves(part)),
            _ => windows.extend(part.pieces(PageSize::of_system(WINDOW))),
        }
    }
    windows
}

/// The two parts of a range of more than a huge page. Both start at a multiple of its size, so that it fits their mapping.
fn halves(range: SourceRange) -> [SourceRange; 2] {
    let middle = range.length().0.div_euclid(2).next_multiple_of(HUGE);
    let middle = range.offset().plus(ByteLength(middle)).min(range.end());
    let first = SourceRange::between(range.offset(), middle).unwrap_or(range);
    [first, range.starting_at(middle)]
}

/// Counts the pages of a window. If the address space has no room for it, it is divided.
fn look(
    source: &Source,
    window: SourceRange,
    observer: &Observer,
    sum: &mut Tally,
) -> Result<(), Gap> {
    let region = match Region::map(source, &MapRequest::plain(window, Access::READ)) {
        Err(error) if error.kind() == Kind::OutOfMemory && window.length().0 > HUGE => {
            let mut parts = halves(window).into_iter();
            return parts.try_for_each(|part| look(source, part, observer, sum));
        }
        region => region.map_err(|_| GapReason::Failed)?,
    };
    keep_unmarked(&region).map_err(|_| GapReason::Failed)?;
    touch_piece(&region, window);
    let found = observer.look(region.addresses());
    sum.merge(found.map_err(|_| GapReason::Failed)?);
    Ok(())
}

/// The whole of a file of this size, in pages.
pub(super) fn whole(size: ByteLength) -> SourceRange {
    let all = SourceRange::new(SourceOffset::START, size).unwrap_or_default();
    all.widen(sys::page_size()).unwrap_or(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn halves_are_aligned_and_shorter_than_the_whole(
            first in 0_u64..1 << 40,
            length in HUGE + 1..1 << 50,
        ) {
            let start = SourceOffset(first * HUGE);
            let whole = SourceRange::new(start, ByteLength(length)).unwrap();
            let [one, two] = halves(whole);
            prop_assert_eq!((one.offset(), one.end(), two.end()), (start, two.offset(), whole.end()));
            prop_assert!(two.offset().0.is_multiple_of(HUGE));
            prop_assert!(!one.is_empty() && !two.is_empty());
        }
    }
}
