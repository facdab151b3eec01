//! The terminal that the user types on, while a command shows something that changes.

use std::time::Instant;

use super::interrupts::Interrupts;
use crate::mapping::error::{Error, Result};
use crate::mapping::sys;
use crate::mapping::types::TerminalEvent;

/// A terminal that passes on single keys, without showing them. Dropping it restores its settings.
#[derive(Debug)]
pub struct Terminal(sys::Terminal);

impl Terminal {
    /// The terminal of the standard input or of this process; `None` if there is none.
    ///
    /// # Errors
    /// Those of `tcsetattr(3)`; `limit` when no descriptor is left.
    pub fn open() -> Result<Option<Self>> {
        let opened = sys::Terminal::open().map_err(|e| Error::os("use the terminal", &e))?;
        Ok(opened.map(Self))
    }

    /// Waits until something happens, a signal requests the end, or the time has come.
    ///
    /// # Errors
    /// Those of `poll(2)`.
    pub fn wait(&self, interrupts: &Interrupts, until: Instant) -> Result<TerminalEvent> {
        let event = self.0.wait(interrupts.watched(), until);
        event.map_err(|e| Error::os("wait", &e))
    }

    /// Stops this process as Ctrl-Z does, with the settings of the terminal restored. Returns when it goes on.
    ///
    /// # Errors
    /// `failed`, which no known system causes.
    pub fn suspend(&self) -> Result<()> {
        self.0.suspend().map_err(|e| Error::os("stop", &e))
    }
}
