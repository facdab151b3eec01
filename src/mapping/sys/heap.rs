//! The heap of the program, with a little memory set aside.
//!
//! Memory whose amount depends on input is reserved fallibly (`mapping::memory`). The rest are small pieces, which are
//! also needed to undo work and to report a failure. When the system has no memory left, they come from the reserve.
//! When the reserve is used up too, the program exits with the status of `out_of_memory` instead of being killed by a
//! signal.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The size of the reserve. Its pages take no memory before they are used.
const RESERVE: usize = 256 << 10;

/// The largest small piece.
const LARGEST: usize = 32 << 10;

#[global_allocator]
static HEAP: Heap = Heap {
    reserve: UnsafeCell::new(Block([0; RESERVE])),
    used: AtomicUsize::new(0),
    failed: AtomicBool::new(false),
};

#[repr(C, align(16))]
struct Block([u8; RESERVE]);

struct Heap {
    reserve: UnsafeCell<Block>,
    /// The number of bytes handed out; none are returned.
    used: AtomicUsize,
    /// Whether an allocation failed.
    failed: AtomicBool,
}

// SAFETY: each byte of the reserve is handed out at most once, by an atomic step of `used`, and only its receiver
// accesses it.
unsafe impl Sync for Heap {}

impl Heap {
    fn base(&self) -> *mut u8 {
        self.reserve.get().cast()
    }

    fn holds(&self, at: *mut u8) -> bool {
        (at as usize)
            .checked_sub(self.base() as usize)
            .is_some_and(|place| place < RESERVE)
    }

    /// A zeroed piece of the reserve; null when the piece is too large or the reserve is used up.
    fn take(&self, layout: Layout) -> *mut u8 {
        let base = self.base() as usize;
        let place = |used: usize| {
            let free = base.checked_add(used)?;
            let start = free.checked_next_multiple_of(layout.align())?;
            start.checked_sub(base)
        };
        let end = |used: usize| {
            let end = place(used)?.checked_add(layout.size())?;
            Some(end).filter(|end| *end <= RESERVE && layout.size() <= LARGEST)
        };
        let taken = self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, end);
        match taken.ok().and_then(place) {
            Some(place) => self.base().wrapping_add(place),
            None => {
                self.failed.store(true, Ordering::Relaxed);
                ptr::null_mut()
            }
        }
    }
}

// SAFETY: the system's allocator fulfils the trait, and so does the reserve: a piece of it has the requested size and
// alignment, is handed out once, and lives as long as the program.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of the trait.
        let at = unsafe { System.alloc(layout) };
        if at.is_null() { self.take(layout) } else { at }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the promises of the trait.
        let at = unsafe { System.alloc_zeroed(layout) };
        if at.is_null() { self.take(layout) } else { at }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        if !self.holds(at) {
            // SAFETY: a piece that is not from the reserve is from the system's allocator; the caller promises the
            // rest.
            unsafe { System.dealloc(at, layout) };
        }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if !self.holds(at) {
            // SAFETY: as for `dealloc`.
            let moved = unsafe { System.realloc(at, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: the caller promises a size that makes a layout with this alignment.
        let wanted = unsafe { Layout::from_size_align_unchecked(size, layout.align()) };
        // SAFETY: the size is not 0, as the caller promises.
        let moved = unsafe { self.alloc(wanted) };
        if !moved.is_null() {
            // SAFETY: the old piece has the size of its layout, the new one has the requested size, and they are
            // different pieces.
            unsafe { ptr::copy_nonoverlapping(at, moved, layout.size().min(size)) };
            // SAFETY: the caller gives up the old piece.
            unsafe { self.dealloc(at, layout) };
        }
        moved
    }
}

cfg_select! {
    unix => {
        use std::sync::atomic::AtomicU8;

        /// The status to exit with.
        static STATUS: AtomicU8 = AtomicU8::new(0);

        /// Makes the program exit with that status when it aborts for lack of memory: the standard library prints the
        /// requested amount and aborts.
        pub(in crate::mapping) fn end_without_memory_with(status: u8) {
            STATUS.store(status, Ordering::Relaxed);
            // SAFETY: the handler is async-signal-safe, and no other handler of this signal is replaced. The call can
            // fail only for a signal number that does not exist.
            unsafe { libc::signal(libc::SIGABRT, on_abort as *const () as libc::sighandler_t) };
        }

        extern "C" fn on_abort(_: libc::c_int) {
            if HEAP.failed.load(Ordering::Relaxed) {
                // SAFETY: `_exit(2)` is async-signal-safe, and does not return.
                unsafe { libc::_exit(STATUS.load(Ordering::Relaxed).into()) };
            }
            // Another reason to abort: when the handler returns, abort(3) continues and ends the program.
        }
    }
    _ => {
        /// The program aborts without memory.
        pub(in crate::mapping) fn end_without_memory_with(_status: u8) {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heap() -> Heap {
        Heap {
            reserve: UnsafeCell::new(Block([0; RESERVE])),
            used: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
        }
    }

    #[test]
    fn the_reserve_hands_out_small_pieces_until_it_is_used_up() {
        let heap = Box::new(heap());
        let mut end = 0;
        for (size, align) in [(1, 1), (8, 8), (3, 1), (64, 64), (4096, 16)] {
            let layout = Layout::from_size_align(size, align).unwrap();
            let at = heap.take(layout);
            assert!(heap.holds(at) && (at as usize).is_multiple_of(align));
            assert!(at as usize >= end);
            end = at as usize + size;
        }
        assert!(heap.take(Layout::new::<[u8; LARGEST + 1]>()).is_null());
        let piece = Layout::new::<[u8; LARGEST]>();
        let used = heap.used.load(Ordering::Relaxed);
        let pieces = std::iter::from_fn(|| Some(heap.take(piece)).filter(|at| !at.is_null()));
        assert_eq!(pieces.count(), (RESERVE - used) / LARGEST);
        assert!(heap.failed.load(Ordering::Relaxed));
    }

    #[test]
    fn a_piece_of_the_reserve_grows_into_the_heap_with_its_bytes() {
        let heap = Box::new(heap());
        let layout = Layout::new::<[u8; 5]>();
        let at = heap.take(layout);
        // SAFETY: the piece has 5 bytes and is given up by `realloc`; the new one has 9 and is given up by `dealloc`.
        unsafe {
            at.copy_from(b"hello".as_ptr(), 5);
            let moved = heap.realloc(at, layout, 9);
            assert!(!heap.holds(moved));
            assert_eq!(std::slice::from_raw_parts(moved, 5), b"hello");
            heap.dealloc(moved, Layout::new::<[u8; 9]>());
        }
    }
}
