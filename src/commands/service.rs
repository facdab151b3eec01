//! Tells the service manager that the command is ready, and its state.

use crate::mapping::error::Result;
use crate::mapping::process::service;
use crate::report::Console;

/// Tells that the command is ready.
pub(super) fn ready(console: &mut Console, status: &str) {
    note(console, service::ready(status));
}

/// Tells the state.
pub(super) fn status(console: &mut Console, status: &str) {
    note(console, service::status(status));
}

/// A message that is lost is no failure of the command.
fn note(console: &mut Console, sent: Result<()>) {
    if let Err(error) = sent {
        console.note(None, format_args!("{error}"));
    }
}
