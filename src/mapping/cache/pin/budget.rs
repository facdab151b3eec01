//! What the threads that lock files share: how much may still be locked, how much is done, and whether to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::mapping::error::{Error, Result};
use crate::mapping::measure::memory::Room;
use crate::mapping::region::lock::check_lock_limit;
use crate::mapping::types::{ByteLength, Kind, Remedy};

/// What may still be locked.
#[derive(Debug)]
pub(super) struct Budget {
    room: Mutex<Room>,
    /// The number of bytes that are locked, or will be.
    locked: AtomicU64,
    /// The number of bytes that were brought in.
    done: AtomicU64,
    stopped: AtomicBool,
}

impl Budget {
    /// For a process that has locked this much.
    pub(super) fn after(locked: ByteLength) -> Self {
        Self {
            room: Mutex::new(Room::to_lock()),
            locked: AtomicU64::new(locked.0),
            done: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        }
    }

    /// Takes the right to lock more. The kernel counts all locked pages of a process together.
    ///
    /// # Errors
    /// `limit` if RLIMIT_MEMLOCK does not allow it.
    pub(super) fn lock(&self, more: ByteLength) -> Result<()> {
        let all = self.locked.fetch_add(more.0, Ordering::Relaxed);
        let all = ByteLength(all).plus(more);
        let refused = check_lock_limit(all, || Error::new(Kind::Limit, "lock", ""));
        if refused.is_err() {
            self.unlock(more);
        }
        refused
    }

    /// Gives back what was not locked after all, or is unlocked.
    pub(super) fn unlock(&self, less: ByteLength) {
        self.locked.fetch_sub(less.0, Ordering::Relaxed);
    }

    /// Takes the memory for pages that are brought in.
    ///
    /// # Errors
    /// `out_of_memory`; `failed` after a request to stop.
    pub(super) fn bring_in(&self, more: ByteLength) -> Result<()> {
        self.check()?;
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        room.take(more.0).map_err(|e| e.hint(Remedy::LockFewer))?;
        self.done.fetch_add(more.0, Ordering::Relaxed);
        Ok(())
    }

    /// Fails after a request to stop.
    ///
    /// # Errors
    /// `failed`.
    pub(super) fn check(&self) -> Result<()> {
        match self.stopped.load(Ordering::Relaxed) {
            true => Err(Error::new(Kind::Failed, "lock", "the work was stopped")),
            false => Ok(()),
        }
    }

    /// The number of bytes that were brought in.
    pub(super) fn done(&self) -> ByteLength {
        ByteLength(self.done.load(Ordering::Relaxed))
    }

    /// Ends the work of all threads soon.
    pub(super) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}
