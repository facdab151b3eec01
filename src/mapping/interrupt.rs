//! Requests to stop before the work is done: SIGINT and SIGTERM, noticed instead of ending the process, so
//! that work stops at a place where it can say what it did.

use super::error::{Error, Kind, Result};
use super::source::OpenFile;
use super::sys;

/// Requests to stop.
#[derive(Debug)]
pub struct Interrupts(Option<sys::Interrupts>);

impl Interrupts {
    /// Begins to notice the signals that ask this process to stop. The second one ends it at once.
    ///
    /// # Errors
    /// `limit` when there is no descriptor left.
    pub fn watch() -> Result<Self> {
        let watched = sys::Interrupts::watch().map_err(|e| Error::os("watch for signals", &e))?;
        Ok(Self(Some(watched)))
    }

    /// No requests ever.
    #[must_use]
    pub const fn never() -> Self {
        Self(None)
    }

    /// What sort of end was asked for, if one was: [`Kind::Interrupted`] or [`Kind::Terminated`].
    #[must_use]
    pub fn came(&self) -> Option<Kind> {
        self.0.as_ref().and_then(sys::Interrupts::came)
    }

    /// Waits until a file has something to read, or has ended, or a request comes.
    ///
    /// # Errors
    /// What `poll(2)` answers.
    pub fn wait_for(&self, file: &OpenFile) -> Result<()> {
        sys::wait_for(file, self.0.as_ref()).map_err(|e| Error::os("wait", &e))
    }
}
