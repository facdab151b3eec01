//! Judging advice that pages out: the number of pages that left memory, and why others stay.

use super::evidence::{Evidence, Target};
use crate::mapping::cache::effect::{unseen, unwritten};
use crate::mapping::sys;
use crate::mapping::types::{Change, ChangeKind, Departure, Effect, Extent, Stay};

/// The effect of advice that pages out. Pages of files may leave the page tables of another process but stay in the page
/// cache, which frees no memory.
pub(super) fn judge_paging_out(evidence: &Evidence<'_>) -> Effect {
    let lasts = evidence.target.lasts();
    let unmapped = match evidence.target {
        Target::Mapping(_) => 0,
        Target::Process(_) => evidence.shrunk(|memory| memory.rss),
    };
    match (gone(evidence), unmapped) {
        (None, bytes) => not_counted(evidence, bytes),
        (Some(gone), 0) if gone.is_zero() => Effect::none(why_none_left(evidence)),
        (Some(gone), bytes) if gone.is_zero() => {
            let why = Some(why_kept(evidence));
            Effect::seen(lasts, Departure::UnmappedOnly { bytes, why })
        }
        (Some(extent), _) => {
            let kind = ChangeKind::LeftMemory;
            let note = still_there(evidence).map(|pages| Departure::StillInMemory {
                pages,
                why: why_kept(evidence),
            });
            Effect::seen(lasts, Change { extent, kind }).note(note)
        }
    }
}

/// The memory that was paged out, to storage or swap space; `None` when unknown.
fn gone(evidence: &Evidence<'_>) -> Option<Extent> {
    let page = evidence.before.residency.page_size;
    match evidence.target {
        // Pages of shared memory may leave the page tables only. Their residency shows whether they left memory.
        Target::Mapping(mapped) if mapped.is_anonymous() && !mapped.is_shared() => {
            let bytes = evidence.shrunk(|memory| memory.rss);
            Some(Extent::Pages(bytes.checked_div(page).unwrap_or(0)))
        }
        Target::Mapping(_) => {
            let pages = evidence.shrinkage(|seen| seen.counts.resident)?;
            Some(Extent::Pages(pages))
        }
        Target::Process(selected) => {
            let own = evidence.shrunk(|memory| memory.anonymous);
            let cached = match selected.has_files() {
                true => evidence.shrinkage(|seen| seen.counts.held())?,
                false => 0,
            };
            Some(Extent::Bytes(
                cached.saturating_mul(page).saturating_add(own),
            ))
        }
    }
}

/// The effect where the memory paged out is unknown; `unmapped` bytes left the page tables of another process.
fn not_counted(evidence: &Evidence<'_>, unmapped: u64) -> Effect {
    let lasts = evidence.target.lasts();
    match (evidence.target, unmapped) {
        (Target::Mapping(_), _) if !evidence.target.is_permitted() => {
            Effect::none(Stay::NotPermitted)
        }
        (Target::Mapping(_), _) => unseen(lasts, &evidence.after.residency),
        (Target::Process(_), 0) => Effect::none(why_none_left(evidence)),
        (Target::Process(_), bytes) => {
            Effect::unmeasured(lasts, Departure::UnmappedOnly { bytes, why: None })
        }
    }
}

/// The number of pages that stay in memory; `None` when there are none.
fn still_there(evidence: &Evidence<'_>) -> Option<u64> {
    let counts = &evidence.after.residency.counts;
    match evidence.target {
        Target::Mapping(mapped) if mapped.is_anonymous() => None,
        Target::Mapping(_) => counts.resident,
        Target::Process(_) => counts.held(),
    }
    .filter(|pages| *pages > 0)
}

fn why_none_left(evidence: &Evidence<'_>) -> Stay {
    match evidence.target {
        Target::Process(_) if !evidence.had_pages() => Stay::NoPages(evidence.why_no_pages()),
        _ => why_kept(evidence),
    }
}

/// Why pages stay in memory.
fn why_kept(evidence: &Evidence<'_>) -> Stay {
    let target = &evidence.target;
    let counts = &evidence.after.residency.counts;
    let mapping = matches!(target, Target::Mapping(_));
    let unmapped = mapping && !evidence.had_pages();
    if !target.is_permitted() {
        return Stay::NotPermitted;
    }
    if unmapped && target.is_anonymous() {
        return Stay::NoPages(evidence.why_no_pages());
    }
    if !sys::has_swap() && target.is_memory_only() {
        return Stay::NoSwap;
    }
    let in_swap = mapping && !target.is_anonymous() && counts.evicted > Some(0);
    if in_swap && target.is_memory_only() {
        return Stay::InSwapToo;
    }
    if unmapped {
        return Stay::NoPages(evidence.why_no_pages());
    }
    let holders = target.holders();
    if holders.found_any() {
        return Stay::Held(holders);
    }
    if let Some(pages) = unwritten(counts) {
        let owner = target.owner();
        return Stay::DirtyOrWriteback { pages, owner };
    }
    let counted = match target {
        Target::Mapping(mapped) => !mapped.is_anonymous(),
        Target::Process(_) => evidence.after.counted_files(),
    };
    match counts.dirty {
        None if counted => Stay::Stacked,
        None if !mapping && !holders.may_be_more() => Stay::NotCounted,
        _ => Stay::InUse(holders),
    }
}
