//! Judging advice that gives up memory or storage: dropping, freeing and removing.

use super::arrival::is_hole;
use super::evidence::{Evidence, Target};
use crate::mapping::types::{Change, ChangeKind, Departure, Effect, Lasts, NoPages};

/// The effect of advice that drops pages from the page tables.
pub(super) fn judge_dropping(evidence: &Evidence<'_>) -> Effect {
    let dropped = evidence.shrunk(|memory| memory.rss);
    let own = evidence.shrunk(|memory| memory.anonymous);
    let shared = matches!(evidence.target, Target::Mapping(mapped) if mapped.is_shared());
    if own > 0 && !shared {
        return Effect::seen(Lasts::WhileMapped, Departure::GivenBack(own));
    }
    let cached = !evidence.target.is_anonymous();
    match dropped {
        0 if cached => Effect::none(Departure::NoOwnPages),
        0 => Effect::none(NoPages::NewMapping),
        bytes => Effect::seen(Lasts::WhileMapped, Departure::LeftTables { bytes, cached }),
    }
}

/// The effect of advice that lets the kernel reclaim pages.
pub(super) fn judge_freeing(evidence: &Evidence<'_>) -> Effect {
    match evidence.grown(|memory| memory.lazy_free) {
        0 if evidence.had_pages() => Effect::none(Departure::NoneMarked),
        0 => Effect::none(NoPages::NewMapping),
        bytes => Effect::seen(
            Lasts::WhileMapped,
            Change::bytes(bytes, ChangeKind::BecameLazyFree),
        ),
    }
}

/// The effect of advice that punches a hole.
pub(super) fn judge_removal(evidence: &Evidence<'_>) -> Effect {
    let lasts = evidence.target.lasts();
    let left = evidence.shrinkage(|seen| seen.counts.resident).unwrap_or(0);
    let freed = match (evidence.before.allocated, evidence.after.allocated) {
        // Pages of a file that leave memory may have been those of a hole.
        (Some(before), Some(after)) => before.minus(after).0,
        _ => left.saturating_mul(evidence.before.residency.page_size),
    };
    let hole = matches!(evidence.target, Target::Mapping(mapped) if is_hole(evidence, mapped));
    match (freed, left) {
        (0, 0) if hole => Effect::none(Departure::HoleAlready),
        (0, pages) if hole => Effect::seen(lasts, Departure::HoleLeftMemory(pages)),
        (0, _) if evidence.holes.is_none() => Effect::none(Departure::HoleAlready),
        (bytes, _) => Effect::seen(lasts, Departure::Zeroed(bytes)),
    }
}
