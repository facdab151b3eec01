//! Requests to stop work in progress. SIGHUP, SIGINT, SIGQUIT and SIGTERM are recorded and do not end the process; it
//! stops where it can report what was done.
//!
//! The wait for a signal while a mapping is held is in `signals`.

use std::sync::OnceLock;
use std::time::Duration;

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

    /// Starts to record the signals that ask this process to stop, unless it already does. A signal that arrives half a
    /// second or more after the first one ends the process immediately. This opens descriptors, so duplicate inherited
    /// ones first.
    ///
    /// # Errors
    /// `limit` when no descriptor is left.
    pub fn watch(&self) -> Result<()> {
        if self.0.get().is_some() {
            return Ok(());
        }
        let watched = sys::Interrupts::watch().map_err(|e| Error::os("watch for signals", &e))?;
        // Another thread may have started it meanwhile.
        let _ = self.0.set(watched);
        Ok(())
    }

    /// The kind of the first request, if any; it [is a request](Kind::is_request).
    #[must_use]
    pub fn requested(&self) -> Option<Kind> {
        self.0.get().and_then(sys::Interrupts::came)
    }

    /// Fails if a request arrived.
    ///
    /// # Errors
    /// A kind that [is a request](Kind::is_request).
    pub fn check(&self, operation: &'static str) -> Result<()> {
        match self.requested() {
            Some(kind) => Err(Error::interrupted(kind, operation)),
            None => Ok(()),
        }
    }

    /// Waits until a request arrives or the time elapses.
    ///
    /// # Errors
    /// Those of `poll(2)`.
    pub fn pause(&self, time: Duration) -> Result<()> {
        sys::pause(self.watched(), time).map_err(|e| Error::os("wait", &e))
    }

    /// The requests, if they are recorded.
    pub(super) fn watched(&self) -> Option<&sys::Interrupts> {
        self.0.get()
    }

    /// Waits until a file is readable or at its end, or a request arrives.
    ///
    /// # Errors
    /// Those of `poll(2)`.
    pub fn wait_for(&self, file: &OpenFile) -> Result<()> {
        sys::wait_for(file, self.0.get()).map_err(|e| Error::os("wait", &e))
    }
}
