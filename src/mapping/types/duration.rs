//! Durations as reports have them.

use std::time::Duration;

/// A duration in nanoseconds; one of more than 584 years is as long as the number can say.
#[must_use]
pub fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
