//! Limits of loading: a rate and an amount, for all threads together; and the memory that is available.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::survey::Survey;
use crate::mapping::error::{Error, Result};
use crate::mapping::measure::expectation::{Amount, WHOLE_SHARE};
use crate::mapping::platform::Feature;
use crate::mapping::process::interrupts::Interrupts;
use crate::mapping::sys;
use crate::mapping::sys::{GroupRoom, MemoryRoom};
use crate::mapping::types::{ByteLength, Kind, LengthText, PageSize, Remedy};

/// How to warm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WarmRequest {
    /// The maximum rate, in bytes per second.
    pub rate: Option<ByteLength>,
    /// The maximum amount to load; a share is that of the available memory.
    pub max_memory: Option<Amount>,
}

/// The limits of loading.
#[derive(Debug, Default)]
pub struct Limits {
    pub(super) pace: Option<Pace>,
    pub(super) budget: Option<Budget>,
}

impl Limits {
    /// The limits that a request sets.
    ///
    /// # Errors
    /// `out_of_memory` when more is missing than memory is available, unless the request limits the amount;
    /// `unsupported` for a share where the available memory is unknown.
    pub fn new(request: WarmRequest, survey: &Survey) -> Result<Self> {
        Ok(Self {
            pace: request.rate.map(Pace::new),
            budget: budget(request.max_memory, survey, sys::available_memory(false))?
                .map(Budget::new),
        })
    }
}

impl Limits {
    /// Whether there is any.
    pub(in crate::mapping::cache) const fn apply(&self) -> bool {
        self.pace.is_some() || self.budget.is_some()
    }
}

/// Whether so little was loaded that it is unlikely to be evicted soon.
pub(in crate::mapping::cache) fn loaded_little(loaded: ByteLength) -> bool {
    /// The share of the available memory that can be loaded without eviction.
    const SHARE: u64 = 8;
    let is_little =
        |room: MemoryRoom| loaded.0 < room.available().0.checked_div(SHARE).unwrap_or(0);
    sys::available_memory(false).is_none_or(is_little)
}

/// The number of bytes that may be loaded; `None` for no limit.
fn budget(
    wanted: Option<Amount>,
    survey: &Survey,
    room: Option<MemoryRoom>,
) -> Result<Option<ByteLength>> {
    if let Some(Amount::Share(_)) = wanted {
        Feature::ShareOfMemory.require("warm")?;
    }
    let Some(room) = room else {
        return Ok(match wanted {
            Some(Amount::Bytes(bytes)) => Some(bytes),
            _ => None,
        });
    };
    // The pages that are cached already are a part of the available memory.
    let system = room.system.minus(survey.cached);
    let most = room
        .group
        .map_or(system, |group| group.available.min(system));
    match wanted {
        None if survey.missing <= most => Ok(None),
        None => Err(too_large(survey, &room)),
        Some(Amount::Bytes(bytes)) => Ok(Some(bytes.min(most))),
        Some(Amount::Share(share)) => {
            let part = u128::from(room.available().0).saturating_mul(share.into());
            let part = part.checked_div(WHOLE_SHARE.into()).unwrap_or(0);
            let part = ByteLength(u64::try_from(part).unwrap_or(u64::MAX));
            Ok(Some(part.min(most)))
        }
    }
}

fn too_large(survey: &Survey, room: &MemoryRoom) -> Error {
    let cached = match survey.cached.is_zero() {
        true => String::new(),
        false => format!(" and {} is cached already", LengthText(survey.cached)),
    };
    let left = |group: GroupRoom| {
        format!(
            ", and the control group has {} left of its limit of {}",
            LengthText(group.available),
            LengthText(group.limit)
        )
    };
    let group = room.group.map(left).unwrap_or_default();
    let reason = format!(
        "{} is missing{cached}, but MemAvailable is {}{group}",
        LengthText(survey.missing),
        LengthText(room.system)
    );
    Error::new(Kind::OutOfMemory, "warm", reason).hint(Remedy::LoadLess)
}

/// The amount that may still be loaded.
#[derive(Debug)]
pub(super) struct Budget(AtomicU64);

impl Budget {
    fn new(bytes: ByteLength) -> Self {
        Self(AtomicU64::new(bytes.0))
    }

    /// Gives back an amount that was loaded and has left memory.
    pub(super) fn give_back(&self, bytes: ByteLength) {
        let add = |left: u64| Some(left.saturating_add(bytes.0));
        // The closure never refuses.
        let _ = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, add);
    }

    /// Takes this number of pages, or as many as are left.
    pub(super) fn take(&self, pages: u64, page: PageSize) -> u64 {
        let bytes = pages.saturating_mul(page.bytes());
        let rest = |left: u64| Some(left.saturating_sub(page.align_down(bytes.min(left))));
        let before = self
            .0
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest)
            .unwrap_or(0);
        pages.min(before.div_euclid(page.bytes()))
    }
}

/// Limits reading to a rate.
#[derive(Debug)]
pub(super) struct Pace {
    rate: u64,
    started: Instant,
    done: AtomicU64,
}

impl Pace {
    fn new(rate: ByteLength) -> Self {
        Self {
            rate: rate.0.max(1),
            started: Instant::now(),
            done: AtomicU64::new(0),
        }
    }

    /// The length to read at a time, at most this: several in a second leave the storage free for others in between.
    pub(super) fn piece(&self, most: u64, page: PageSize) -> u64 {
        let piece = self.rate.div_euclid(16).max(1);
        prev_power_of_two(piece).clamp(page.bytes(), most.max(page.bytes()))
    }

    /// Waits until the rate allows the reading of these bytes, or a request to stop comes.
    pub(super) fn wait_for(&self, bytes: ByteLength, interrupts: &Interrupts) {
        /// The longest time until a request to stop is noticed.
        const NAP: Duration = Duration::from_millis(100);
        let before = self.done.fetch_add(bytes.0, Ordering::Relaxed);
        let nanos = u128::from(before)
            .saturating_mul(1_000_000_000)
            .checked_div(u128::from(self.rate))
            .unwrap_or(0);
        let due = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        while interrupts.requested().is_none() {
            let left = due.saturating_sub(self.started.elapsed());
            if left.is_zero() {
                return;
            }
            thread::sleep(left.min(NAP));
        }
    }
}

pub(super) const fn prev_power_of_two(value: u64) -> u64 {
    match value.checked_ilog2() {
        Some(log) => 1 << log,
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: ByteLength = ByteLength(1 << 30);

    fn gib(count: u64) -> ByteLength {
        ByteLength(count * GIB.0)
    }

    fn survey(missing: u64, cached: u64) -> Survey {
        Survey {
            missing: gib(missing),
            cached: gib(cached),
            ..Survey::default()
        }
    }

    fn room(system: u64, group: Option<u64>) -> Option<MemoryRoom> {
        let group_of = |available| GroupRoom {
            available: gib(available),
            limit: gib(8),
        };
        Some(MemoryRoom {
            system: gib(system),
            group: group.map(group_of),
        })
    }

    #[test]
    fn more_than_the_available_memory_is_refused() {
        for (missing, cached, system, group) in [
            (4, 0, 4, None),
            (0, 4, 4, Some(0)),
            (2, 2, 4, Some(2)),
            (2, 2, 9, Some(7)),
        ] {
            let budget = budget(None, &survey(missing, cached), room(system, group));
            assert_eq!(budget.unwrap(), None);
        }
        for (missing, cached, system, group, message) in [
            (5, 0, 4, None, "5 GiB is missing, but MemAvailable is 4 GiB"),
            (
                3,
                2,
                4,
                None,
                "3 GiB is missing and 2 GiB is cached already, but MemAvailable is 4 GiB",
            ),
            (
                3,
                0,
                4,
                Some(2),
                "3 GiB is missing, but MemAvailable is 4 GiB, and the control group has 2 GiB left of its limit of 8 GiB",
            ),
        ] {
            let error = budget(None, &survey(missing, cached), room(system, group)).unwrap_err();
            assert_eq!(error.kind(), Kind::OutOfMemory);
            let text = error.to_string();
            let text = exact_numbers_removed(&text);
            assert_eq!(text, format!("cannot warm: {message}"));
        }
        assert_eq!(budget(None, &survey(9, 0), None).unwrap(), None);
    }

    /// Without the exact numbers that follow the sizes in brackets.
    fn exact_numbers_removed(text: &str) -> String {
        let parts = text
            .split(" (")
            .map(|part| match part.split_once(" bytes)") {
                Some((_, rest)) => rest,
                None => part,
            });
        parts.collect()
    }

    #[test]
    fn a_limit_is_an_amount_or_a_share_and_at_most_what_is_available() {
        let share = |percent: u32| Amount::Share(percent * 1000);
        for (wanted, cached, system, group, expected) in [
            (Amount::Bytes(GIB), 0, 4, None, 1),
            (Amount::Bytes(gib(9)), 0, 4, None, 4),
            (Amount::Bytes(gib(9)), 1, 4, Some(2), 2),
            (Amount::Bytes(ByteLength::ZERO), 1, 4, Some(2), 0),
            (share(50), 0, 4, None, 2),
            (share(50), 3, 4, None, 1),
            (share(50), 0, 4, Some(2), 1),
            (share(100), 1, 4, Some(3), 3),
        ] {
            let found = budget(Some(wanted), &survey(100, cached), room(system, group));
            assert_eq!(found.unwrap(), Some(gib(expected)), "{wanted:?}");
        }
        let bytes = Some(Amount::Bytes(GIB));
        assert_eq!(budget(bytes, &survey(1, 0), None).unwrap(), Some(GIB));
    }

    #[test]
    fn a_budget_gives_whole_pages_until_it_is_used_up() {
        let page = sys::page_size();
        let budget = Budget::new(ByteLength(5 * page.bytes() + 1));
        assert_eq!(budget.take(2, page), 2);
        assert_eq!(budget.take(4, page), 3);
        assert_eq!(budget.take(1, page), 0);
        assert_eq!(budget.take(0, page), 0);
    }

    #[test]
    fn a_rate_divides_reading_into_pieces() {
        let page = sys::page_size();
        let piece = |rate| Pace::new(ByteLength(rate)).piece(8 << 20, page);
        assert_eq!(piece(1), page.bytes());
        assert_eq!(piece(16 << 20), 1 << 20);
        assert_eq!(piece(u64::MAX), 8 << 20);
    }
}
