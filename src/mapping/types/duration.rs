//! Durations as numbers for reports.

use std::time::Duration;

/// A duration in nanoseconds. It stops at 2^64 - 1 (584 years).
#[must_use]
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
