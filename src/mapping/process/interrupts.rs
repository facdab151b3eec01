//! Requests to stop work in progress: SIGHUP, SIGINT, SIGQUIT and SIGTERM are recorded and do not end the process, which
//! stops at a point where it can report what it did.
//!
//! Waiting for a signal while a mapping is held is in `signals`.

use std::sync::OnceLock;

use crate::mapping::error::{Error, Result};
use crate::mapping::source::OpenFile;
use crate::mapping::sys;
use crate::mapping::types::Kind;

/// Requests to stop.
#[derive(Debug, Default)]
pub struct Interrupts(OnceLock<sys::Interrupts>);

impl Interrupts {
    /// No requests, until [`Interrupts::watch`] is called.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// Starts to record the signals that ask this process to stop, if it does not yet. A signal that comes half a second
    /// or more after the first one ends the process at once. This opens descriptors, so duplicate inherited ones first.
    ///
    /// # Errors
    /// `limit` when there is no descriptor left.
    pub fn watch(&self) -> Result<()> {
        if self.0.get().is_some() {
            return Ok(());
        }
        let watched = sys::Interrupts::watch().map_err(|e| Error::os("watch for signals", &e))?;
        // Another thread may have started it meanwhile.
        let _ = self.0.set(watched);
        Ok(())
    }

    /// The kind of the first request, if one came; it [is a request](Kind::is_request).
    #[must_use]
    pub fn requested(&self) -> Option<Kind> {
        self.0.get().and_then(sys::Interrupts::came)
    }

    /// Fails when a request came.
    ///
    /// # Errors
    /// A kind that [is a request](Kind::is_request).
    pub fn check(&self, operation: &'static str) -> Result<()> {
        match self.requested() {
            Some(kind) => Err(Error::new(kind, operation, "a signal came")),
            None => Ok(()),
        }
    }

    /// Waits until a file is readable or at its end, or a request comes.
    ///
    /// # Errors
    /// Those of `poll(2)`.
    pub fn wait_for(&self, file: &OpenFile) -> Result<()> {
        sys::wait_for(file, self.0.get()).map_err(|e| Error::os("wait", &e))
    }
}
