//! Buffers for direct reads, which bound the memory that all threads take together.

use std::sync::{Condvar, Mutex, PoisonError};

use crate::mapping::types::PageSize;

/// The number of buffers.
const MOST: usize = 8;

/// The length of a buffer in bytes.
pub(super) const LENGTH: usize = 1 << 20;

/// Buffers that threads take and give back.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    kept: Mutex<Kept>,
    given_back: Condvar,
}

#[derive(Debug, Default)]
struct Kept {
    free: Vec<Buffer>,
    made: usize,
}

impl Buffers {
    /// Calls `work` with a buffer, as soon as there is one.
    pub(super) fn with<T>(&self, page: PageSize, work: impl FnOnce(&mut Buffer) -> T) -> T {
        let mut buffer = self.take(page);
        let outcome = work(&mut buffer);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.free.push(buffer);
        self.given_back.notify_one();
        outcome
    }

    fn take(&self, page: PageSize) -> Buffer {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(buffer) = kept.free.pop() {
                return buffer;
            }
            if kept.made < MOST {
                kept.made = kept.made.saturating_add(1);
                return Buffer::new(LENGTH, page);
            }
            kept = self
                .given_back
                .wait(kept)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Bytes that start at a page, as direct reads demand.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    start: usize,
}

impl Buffer {
    /// A buffer of this length.
    pub(super) fn new(length: usize, page: PageSize) -> Self {
        let page = page.saturating_usize();
        // The pages must be there: btrfs answers a direct read into others from memory.
        let bytes = vec![1; length.saturating_add(page)];
        let start = bytes.as_ptr().align_offset(page).min(page);
        Self { bytes, start }
    }

    /// At most this number of its bytes, from the start.
    pub(super) fn first(&mut self, length: usize) -> &mut [u8] {
        let bytes = self.bytes.get_mut(self.start..).unwrap_or_default();
        let length = length.min(bytes.len());
        bytes.get_mut(..length).unwrap_or_default()
    }
}
