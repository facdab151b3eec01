//! What differs between two looks, in words. "No effect" is said only where nothing does.

use super::sight::Sight;
use crate::mapping::cache::reasons::amount;
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency::{Method, Residency};
use crate::mapping::types::pages;

/// What came to be in the source or its cache: pages in memory, dirty ones, blocks.
pub(in crate::mapping) fn arrivals(before: &Sight, after: &Sight) -> Vec<String> {
    let growth = |count: fn(&Residency) -> Option<u64>| {
        let counts = count(&after.residency).zip(count(&before.residency));
        counts.map_or(0, |(after, before)| after.saturating_sub(before))
    };
    let blocks = after.allocated.zip(before.allocated);
    let blocks = blocks.map_or(0, |(after, before)| after.0.saturating_sub(before.0));
    [
        (growth(|seen| seen.counts.resident), "came into memory"),
        (growth(|seen| seen.counts.dirty), "became dirty"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{} {what}", pages(count)))
    .chain((blocks > 0).then(|| format!("{} were allocated", amount(blocks))))
    .collect()
}

/// What changed in the source or its cache.
pub(in crate::mapping) fn of_source(before: &Sight, after: &Sight) -> Vec<String> {
    if after.residency.method == Method::PageTables {
        return Vec::new();
    }
    let mut changes = arrivals(before, after);
    let blocks = before.allocated.zip(after.allocated);
    let freed = blocks.map_or(0, |(before, after)| before.0.saturating_sub(after.0));
    if freed > 0 {
        changes.push(format!("{} were freed", amount(freed)));
    }
    changes
}

/// What changed in the page tables.
pub(in crate::mapping) fn of_memory(before: &MemoryUse, after: &MemoryUse) -> Vec<String> {
    type Figure = fn(&MemoryUse) -> u64;
    let figures: [(Figure, &str, &str); 4] = [
        (
            |memory| memory.rss,
            "left the page tables",
            "came into the page tables",
        ),
        (
            |memory| memory.huge().0,
            "are no longer in huge pages",
            "are in huge pages now",
        ),
        (
            |memory| memory.swap,
            "came back from swap space",
            "went to swap space",
        ),
        (
            |memory| memory.lazy_free,
            "may no longer be taken back",
            "may be taken back when memory is short",
        ),
    ];
    let change = |(figure, fell, grew): (Figure, &str, &str)| {
        let (before, after) = (figure(before), figure(after));
        match before.cmp(&after) {
            std::cmp::Ordering::Equal => None,
            std::cmp::Ordering::Greater => {
                Some(format!("{} {fell}", amount(before.saturating_sub(after))))
            }
            std::cmp::Ordering::Less => {
                Some(format!("{} {grew}", amount(after.saturating_sub(before))))
            }
        }
    };
    figures.into_iter().filter_map(change).collect()
}
