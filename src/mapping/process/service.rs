//! Messages to the service manager that started this process (`sd_notify(3)`). Without one, nothing is sent.

use crate::mapping::error::{Error, Result};
use crate::mapping::sys;

/// Tells the service manager that this process is ready, and its state in words.
///
/// # Errors
/// Those of sending to `$NOTIFY_SOCKET`.
pub fn ready(status: &str) -> Result<()> {
    send(&format!("READY=1\n{}", status_line(status)))
}

/// Tells the service manager the state of this process in words.
///
/// # Errors
/// As [`ready`].
pub fn status(status: &str) -> Result<()> {
    send(&status_line(status))
}

/// Tells the service manager that this process is about to end.
pub(in crate::mapping) fn stopping() {
    // The end itself is the message that matters.
    let _ = send("STOPPING=1");
}

/// The variable with the state: one line.
fn status_line(status: &str) -> String {
    format!("STATUS={}", status.replace(char::is_control, "?"))
}

fn send(variables: &str) -> Result<()> {
    sys::notify_service(variables).map_err(|e| Error::os("notify the service manager", &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_cannot_contain_another_variable() {
        assert_eq!(status_line("1 file\nMAINPID=1"), "STATUS=1 file?MAINPID=1");
    }
}
