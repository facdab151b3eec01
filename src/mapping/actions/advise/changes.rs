//! The differences between two sights of the same memory.

use std::cmp::Ordering;

use super::sight::Sight;
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::types::{Change, ChangeKind};

/// The growth in the source and its page cache: resident pages, dirty pages, blocks.
pub(super) fn arrivals(before: &Sight, after: &Sight) -> Vec<Change> {
    let growth = |count: fn(&Residency) -> Option<u64>| {
        let counts = count(&after.residency).zip(count(&before.residency));
        counts.map_or(0, |(after, before)| after.saturating_sub(before))
    };
    let blocks = after.allocated.zip(before.allocated);
    let blocks = blocks.map_or(0, |(after, before)| after.minus(before).0);
    [
        Change::pages(
            growth(|seen| seen.counts.resident),
            ChangeKind::CameIntoMemory,
        ),
        Change::pages(growth(|seen| seen.counts.dirty), ChangeKind::BecameDirty),
        Change::bytes(blocks, ChangeKind::Allocated),
    ]
    .into_iter()
    .filter(|change| !change.extent.is_zero())
    .collect()
}

/// The changes in the source and its page cache.
pub(super) fn of_source(before: &Sight, after: &Sight) -> Vec<Change> {
    if after.residency.method == Method::PageTables {
        return Vec::new();
    }
    let mut changes = arrivals(before, after);
    let blocks = before.allocated.zip(after.allocated);
    let freed = blocks.map_or(0, |(before, after)| before.minus(after).0);
    if freed > 0 {
        changes.push(Change::bytes(freed, ChangeKind::Freed));
    }
    changes
}

/// The changes in the page tables.
pub(super) fn of_memory(before: &MemoryUse, after: &MemoryUse) -> Vec<Change> {
    use ChangeKind as Kind;
    type Figure = fn(&MemoryUse) -> u64;
    let figures: [(Figure, Kind, Kind); 4] = [
        (|memory| memory.rss, Kind::LeftTables, Kind::CameIntoTables),
        (
            |memory| memory.huge().0,
            Kind::NoLongerHuge,
            Kind::BecameHuge,
        ),
        (|memory| memory.swap, Kind::CameFromSwap, Kind::WentToSwap),
        (
            |memory| memory.lazy_free,
            Kind::NoLongerLazyFree,
            Kind::BecameLazyFree,
        ),
    ];
    let change = |(figure, fell, grew): (Figure, Kind, Kind)| {
        let (before, after) = (figure(before), figure(after));
        match before.cmp(&after) {
            Ordering::Equal => None,
            Ordering::Greater => Some(Change::bytes(before.saturating_sub(after), fell)),
            Ordering::Less => Some(Change::bytes(after.saturating_sub(before), grew)),
        }
    };
    figures.into_iter().filter_map(change).collect()
}
