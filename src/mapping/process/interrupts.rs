//! Requests to stop before the work is done: SIGHUP, SIGINT, SIGQUIT and SIGTERM, noticed instead of ending the
//! process, so that work stops at a place where it can say what it did.

use std::sync::OnceLock;

use crate::mapping::error::{Error, Result};
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::Kind;

/// Requests to stop.
#[derive(Debug, Default)]
pub struct Interrupts(OnceLock<sys::Interrupts>);

impl Interrupts {
    /// No requests, until they are watched for.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Begins to notice the signals that ask this process to stop, if it does not yet. One that comes half a second
    /// after the first, or later, ends the process at once. Opens descriptors, so inherited ones must be taken over
    /// before.
    ///
    /// # Errors
    /// `limit` when there is no descriptor left.
    pub fn watch(&self) -> Result<()> {
        if self.0.get().is_some() {
            return Ok(());
        }
        let watched = sys::Interrupts::watch().map_err(|e| Error::os("watch for signals", &e))?;
        // Whoever watches already will see what comes.
        let _ = self.0.set(watched);
        Ok(())
    }

    /// What sort of end was asked for, if one was: a kind that [is a request](Kind::is_request).
    #[must_use]
    pub fn requested(&self) -> Option<Kind> {
        self.0.get().and_then(sys::Interrupts::came)
    }

    /// Fails when an end was asked for.
    ///
    /// # Errors
    /// A kind that [is a request](Kind::is_request).
    pub fn check(&self, operation: &'static str) -> Result<()> {
        match self.requested() {
            Some(kind) => Err(Error::new(kind, operation, "a signal came")),
            None => Ok(()),
        }
    }

    /// Waits until a file has something to read, or has ended, or a request comes.
    ///
    /// # Errors
    /// What `poll(2)` answers.
    pub fn wait_for(&self, file: &OpenFile) -> Result<()> {
        sys::wait_for(file, self.0.get()).map_err(|e| Error::os("wait", &e))
    }
}
