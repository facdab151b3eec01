//! The console that the user types on is not read: a command that looks again prints its tables one after the other.

use std::io;
use std::time::{Duration, Instant};

use super::signals::Interrupts;
use crate::mapping::types::TerminalEvent;

/// A console that passes on single keys. There is none.
#[derive(Debug)]
pub(in crate::mapping) enum Terminal {}

impl Terminal {
    /// Always `None`.
    pub(in crate::mapping) fn open() -> io::Result<Option<Self>> {
        Ok(None)
    }

    /// Waits for a key.
    pub(in crate::mapping) fn wait(
        &self,
        _: Option<&Interrupts>,
        _: Instant,
    ) -> io::Result<TerminalEvent> {
        match *self {}
    }

    /// Stops this process.
    pub(in crate::mapping) fn suspend(&self) -> io::Result<()> {
        match *self {}
    }
}

/// Waits until a request to end arrives or the time elapses.
pub(in crate::mapping) fn pause(interrupts: Option<&Interrupts>, time: Duration) -> io::Result<()> {
    /// The handler of requests cannot end a wait.
    const LOOK_EVERY: Duration = Duration::from_millis(20);
    let start = Instant::now();
    while interrupts.is_none_or(|watched| watched.came().is_none()) {
        let left = time.saturating_sub(start.elapsed());
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(LOOK_EVERY));
    }
    Ok(())
}
