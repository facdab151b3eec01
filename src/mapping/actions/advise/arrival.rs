//! Judging advice that brings pages in.

use super::changes;
use super::evidence::{Evidence, Mapped, Target};
use crate::mapping::cache::effect::{holes_not_read, unseen};
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::measure::residency::{Method, cached_of_file};
use crate::mapping::source::data_runs::missing_pages;
use crate::mapping::sys;
use crate::mapping::types::{
    Advice, Arrival, Change, ChangeKind, Counts, Effect, Finding, HowFar, Lasts, TablePages, Unseen,
};

/// The effect of advice that starts reading. Pages that are still being read count as arrived.
pub(super) fn judge_reading(evidence: &Evidence<'_>) -> Effect {
    let lasts = evidence.target.lasts();
    let Some(came) = evidence.growth(|seen| seen.counts.held()) else {
        return not_counted(evidence).note(holes(evidence));
    };
    let effect = match (came, missing(evidence)) {
        (0, Some(0)) => Effect::none(already_there(evidence)),
        (0, _) if hides_reads(evidence) => Effect::unmeasured(lasts, Unseen::PendingReads),
        (0, _) => Effect::none(why_nothing_came(evidence)),
        (_, missing) => {
            let kind = match how_far(evidence) {
                HowFar::InMemory => ChangeKind::CameIntoMemory,
                HowFar::InCache => ChangeKind::CameIntoCache,
            };
            let missing = missing.filter(|count| *count > 0);
            Effect::seen(lasts, Change::pages(came, kind)).note(missing.map(Arrival::Missing))
        }
    };
    effect
        .note(pending_reads(evidence).map(Arrival::NotUpToDate))
        .note(holes(evidence))
}

/// The effect where the number of pages that came is unknown.
fn not_counted(evidence: &Evidence<'_>) -> Effect {
    let target = &evidence.target;
    match target {
        Target::Mapping(_) => unseen(target.lasts(), &evidence.after.residency),
        Target::Process(selected) if !selected.has_files() && !sys::has_swap() => {
            Effect::none(Arrival::NoSwap)
        }
        Target::Process(_) => Effect::unmeasured(target.lasts(), Unseen::Reads),
    }
}

fn already_there(evidence: &Evidence<'_>) -> Arrival {
    match (evidence.target, holes(evidence)) {
        (Target::Mapping(mapped), _) if is_hole(evidence, mapped) => Arrival::HolesOnly,
        (_, None) => Arrival::AllPagesThere(how_far(evidence)),
        (_, Some(_)) => Arrival::AllDataThere(how_far(evidence)),
    }
}

/// Whether pages that are still being read are not counted.
fn hides_reads(evidence: &Evidence<'_>) -> bool {
    let mincore = evidence.after.residency.method == Method::Mincore;
    match evidence.target {
        Target::Mapping(_) => mincore && !evidence.target.is_memory_only(),
        Target::Process(_) => mincore,
    }
}

fn why_nothing_came(evidence: &Evidence<'_>) -> Arrival {
    match evidence.target {
        Target::Process(_) => Arrival::NothingCached,
        Target::Mapping(_) if !evidence.target.is_memory_only() => Arrival::NothingCame,
        Target::Mapping(_) if sys::has_swap() => Arrival::NoneInSwap,
        Target::Mapping(_) => Arrival::NoSwap,
    }
}

/// The number of pages of a mapping that are still being read; `None` when there are none.
fn pending_reads(evidence: &Evidence<'_>) -> Option<u64> {
    match evidence.target {
        Target::Mapping(_) => evidence.after.residency.counts.not_up_to_date(),
        Target::Process(_) => None,
    }
    .filter(|count| *count > 0)
}

/// How far the pages came. Pages that are still being read are in the page cache, but not resident yet.
fn how_far(evidence: &Evidence<'_>) -> HowFar {
    match evidence.target {
        Target::Mapping(_) if pending_reads(evidence).is_none() => HowFar::InMemory,
        _ => HowFar::InCache,
    }
}

/// The number of pages of a mapping that the advice should have brought in, and did not.
fn missing(evidence: &Evidence<'_>) -> Option<u64> {
    let Target::Mapping(mapped) = evidence.target else {
        return None;
    };
    let counts = &evidence.after.residency.counts;
    let absent = counts.pages.saturating_sub(counts.held().unwrap_or(0));
    Some(match evidence.holes {
        Some(holes) if !holes.is_zero() => {
            missing_pages(mapped.source, mapped.range, cached_of_file, Counts::held)
                .unwrap_or(absent)
        }
        _ => absent,
    })
}

/// Whether the whole range is a hole.
pub(super) fn is_hole(evidence: &Evidence<'_>, mapped: Mapped<'_>) -> bool {
    evidence
        .holes
        .is_some_and(|holes| holes == mapped.range.length())
}

fn holes(evidence: &Evidence<'_>) -> Option<Finding> {
    evidence.holes.and_then(holes_not_read)
}

/// The effect of advice that brings all pages into the page tables.
pub(super) fn judge_populating(evidence: &Evidence<'_>) -> Effect {
    let mapped = evidence.grown(mapped_memory);
    let copied = evidence.grown(|memory| memory.anonymous);
    if evidence.target.is_anonymous() {
        return judge_populating_anonymous(evidence, mapped.max(copied));
    }
    let shared = matches!(evidence.target, Target::Mapping(mapped) if mapped.is_shared());
    let tables = match (shared, copied, mapped) {
        (false, 1.., _) => Some(TablePages::Copies(copied)),
        (_, _, 1..) => Some(TablePages::OfFile(mapped)),
        _ => None,
    };
    let note = tables.map(Arrival::InTables);
    let changes = changes::arrivals(evidence.before, evidence.after);
    if !changes.is_empty() {
        return Effect::seen(Lasts::OutlivesCommand, changes).note(note);
    }
    if evidence.growth(|seen| seen.counts.resident).is_none() {
        return unseen(evidence.target.lasts(), &evidence.after.residency).note(note);
    }
    let dirty = evidence.after.residency.counts.dirty;
    if shared && evidence.advice == Advice::PopulateWrite && dirty.is_none() {
        return Effect::unmeasured(Lasts::OutlivesCommand, Unseen::Dirty).note(note);
    }
    match tables {
        None => Effect::none(Arrival::EveryPageMapped),
        Some(tables) => Effect::seen(Lasts::WhileMapped, Arrival::OnlyInTables(tables)),
    }
}

fn judge_populating_anonymous(evidence: &Evidence<'_>, grown: u64) -> Effect {
    let counts = &evidence.before.residency.counts;
    // Populating for reading maps the shared page of zeros for missing pages.
    let zeros = evidence.advice == Advice::PopulateRead && counts.resident != Some(counts.pages);
    match grown {
        0 if zeros => Effect::seen(Lasts::WhileMapped, Arrival::ZeroPage),
        0 => Effect::none(Arrival::EveryPageThere),
        bytes => Effect::seen(Lasts::WhileMapped, Arrival::OwnMemory(bytes)),
    }
}

/// The memory in the page tables, including huge pages of a pool.
const fn mapped_memory(memory: &MemoryUse) -> u64 {
    let pool = memory.shared_hugetlb.saturating_add(memory.private_hugetlb);
    memory.rss.saturating_add(pool)
}
