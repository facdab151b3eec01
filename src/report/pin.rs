//! The ready line of `warm --lock --hold`, and the lines about later changes.

use std::io::{self, Write};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;

use super::human::Human;
use super::view::View;
use crate::mapping::cache::pin::{PinChange, PinTotals, Pinned};
use crate::mapping::types::{ByteLength, count_text};

/// The ready object of --lock --hold, printed when everything is locked.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PinReport<'a> {
    /// Always `ready`.
    pub kind: &'static str,
    /// Always true.
    pub ready: bool,
    /// The process ID of the command, which holds the locks.
    pub pid: u32,
    /// The time until the command ends by itself, in seconds; null when only a signal ends it.
    pub seconds: Option<f64>,
    /// The amounts.
    #[serde(flatten)]
    pub totals: &'a PinTotals,
    /// The number of directory entries that are not files, such as links and pipes.
    pub skipped: u64,
    /// The number of files and directories that could not be read or locked.
    pub failures: u64,
    /// The summary for people.
    #[serde(skip)]
    pub summary: String,
}

impl<'a> PinReport<'a> {
    /// The report on what this process holds for a time.
    #[must_use]
    pub fn new(pinned: &'a Pinned, time: Option<Duration>, view: &View) -> Self {
        Self {
            kind: "ready",
            ready: true,
            pid: std::process::id(),
            seconds: time.map(|time| time.as_secs_f64()),
            totals: &pinned.totals,
            skipped: pinned.skipped,
            failures: pinned.failures,
            summary: summary(pinned, view),
        }
    }
}

/// "1234 files, 5.2 GiB locked".
fn summary(pinned: &Pinned, view: &View) -> String {
    let totals = &pinned.totals;
    let files = count_text(totals.files, "file");
    let failed = match pinned.failures {
        0 => String::new(),
        number => format!(", {number} failed"),
    };
    format!("{files}, {} locked{failed}", view.size(totals.locked))
}

impl Human for PinReport<'_> {
    fn write_human(&self, out: &mut dyn Write, _: &View) -> io::Result<()> {
        writeln!(out, "ready: {}, held by process {}", self.summary, self.pid)
    }
}

/// The line about a file whose locked pages changed: "4 KiB locked", "8 KiB locked, 4 KiB before", "8 KiB unlocked".
#[must_use]
pub fn pin_change(change: &PinChange, view: &View) -> String {
    let size = |bytes: Option<ByteLength>| view.size(bytes.unwrap_or_default()).to_string();
    let (before, now) = (size(change.before), size(change.now));
    match (change.before, change.now) {
        (None, _) => format!("{now} locked"),
        (Some(_), Some(_)) => format!("{now} locked, {before} before"),
        (Some(_), None) => format!("{before} unlocked"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::types::SourceName;

    #[test]
    fn the_line_counts_what_is_locked_and_what_failed() {
        let view = View::plain();
        let mut pinned = Pinned {
            totals: PinTotals {
                files: 2,
                locked: ByteLength(8192),
                ..PinTotals::default()
            },
            skipped: 0,
            failures: 0,
        };
        assert_eq!(summary(&pinned, &view), "2 files, 8 KiB locked");
        (pinned.totals.files, pinned.failures) = (1, 3);
        assert_eq!(summary(&pinned, &view), "1 file, 8 KiB locked, 3 failed");
    }

    #[test]
    fn a_change_is_reported_with_the_amounts() {
        let text = |before: Option<u64>, now: Option<u64>| {
            let change = PinChange {
                name: SourceName::File("f".into()),
                before: before.map(ByteLength),
                now: now.map(ByteLength),
            };
            pin_change(&change, &View::plain())
        };
        assert_eq!(text(None, Some(4096)), "4 KiB locked");
        assert_eq!(text(Some(4096), Some(8192)), "8 KiB locked, 4 KiB before");
        assert_eq!(text(Some(4096), None), "4 KiB unlocked");
    }
}
