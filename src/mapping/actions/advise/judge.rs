//! Judging what an advice did, from what was seen before and after it: one judge for every advice, whoever has the
//! memory.

use super::arrival::{judge_populating, judge_reading};
use super::changes;
use super::cooling::judge_cooling;
use super::departure::{judge_dropping, judge_freeing, judge_removal};
use super::evidence::{Evidence, Target};
use super::flags::{flag_change, judge_flags};
use super::paging::judge_paging_out;
use crate::mapping::cache::effect::{on_source, unseen};
use crate::mapping::measure::residency::Method;
use crate::mapping::types::{
    Advice, Change, ChangeKind, Departure, Effect, Finding, Lasts, PageFinding, Reach,
    RegionOffset, Unseen,
};

/// The effect of an advice.
pub(super) fn judge(evidence: &Evidence<'_>) -> Effect {
    let effect = match evidence.after.memory {
        None => judge_without_account(evidence),
        Some(_) => {
            let effect = look_again(evidence, judge_with_account(evidence));
            doubt_neighbours(evidence, effect)
        }
    };
    let effect = effect.note(touched_first(evidence));
    match (evidence.target, evidence.advice) {
        // What is gone stays gone.
        (_, Advice::Pageout | Advice::Remove | Advice::Hwpoison | Advice::SoftOffline)
        | (Target::Process(_), _) => effect,
        (Target::Mapping(mapped), _) => on_source(effect, mapped.source),
    }
}

fn judge_with_account(evidence: &Evidence<'_>) -> Effect {
    if let Some(change) = flag_change(evidence.advice) {
        return judge_flags(evidence, &change).note(touched_after(evidence));
    }
    match evidence.advice {
        Advice::Willneed => judge_reading(evidence),
        Advice::PopulateRead | Advice::PopulateWrite => judge_populating(evidence),
        Advice::Dontneed | Advice::DontneedLocked => judge_dropping(evidence),
        Advice::Free => judge_freeing(evidence),
        Advice::Cold => judge_cooling(evidence),
        Advice::Pageout => judge_paging_out(evidence),
        Advice::Collapse => judge_collapsing(evidence),
        Advice::Remove => judge_removal(evidence),
        Advice::Hwpoison | Advice::SoftOffline => judge_retirement(evidence),
        Advice::GuardInstall => judge_guarding(evidence),
        _ => Effect::none(PageFinding::NoGuards),
    }
}

/// The effect of an advice where the kernel shows no account of the mapping.
fn judge_without_account(evidence: &Evidence<'_>) -> Effect {
    match evidence.advice {
        Advice::Willneed => judge_reading(evidence),
        Advice::Remove => judge_removal(evidence),
        Advice::Hwpoison | Advice::SoftOffline => judge_retirement(evidence),
        Advice::GuardInstall => judge_guarding(evidence),
        Advice::PopulateRead | Advice::PopulateWrite => {
            let changes = changes::arrivals(evidence.before, evidence.after);
            match changes.is_empty() {
                true => not_shown(evidence),
                false => Effect::seen(lasts_in_memory(evidence), changes),
            }
        }
        Advice::Dontneed | Advice::Pageout => {
            match evidence.shrinkage(|seen| seen.counts.resident) {
                None => unseen(evidence.target.lasts(), &evidence.after.residency),
                Some(0) if evidence.advice == Advice::Pageout => Effect::none(Departure::NoneLeft),
                Some(0) => not_shown(evidence),
                Some(count) => {
                    let left = Change::pages(count, ChangeKind::LeftMemory);
                    Effect::seen(lasts_in_memory(evidence), left)
                }
            }
        }
        _ => not_shown(evidence),
    }
}

/// How long a change in residency lasts: what the page tables show is the mapping's own.
fn lasts_in_memory(evidence: &Evidence<'_>) -> Lasts {
    match evidence.after.residency.method {
        Method::PageTables => Lasts::WhileMapped,
        _ => evidence.target.lasts(),
    }
}

/// The effect that only the account of the mapping would show.
fn not_shown(evidence: &Evidence<'_>) -> Effect {
    let lasts = match evidence.advice.reach() {
        Reach::OutlivesCommand => evidence.target.lasts(),
        Reach::WhileMapped => Lasts::WhileMapped,
    };
    Effect::unmeasured(lasts, Unseen::Account)
}

/// "No effect" stands only where every counter is as it was.
fn look_again(evidence: &Evidence<'_>, effect: Effect) -> Effect {
    if effect.lasts != Lasts::NoEffect || evidence.touched_after {
        return effect;
    }
    let in_source = match (evidence.target, evidence.advice.reach()) {
        (Target::Mapping(_), Reach::OutlivesCommand) => {
            changes::of_source(evidence.before, evidence.after)
        }
        _ => Vec::new(),
    };
    let in_tables = match (evidence.target, evidence.advice) {
        // Page tables that were filled for the advice, and pages of nobody else.
        (Target::Mapping(mapped), Advice::Pageout) if mapped.is_shared_file() => Vec::new(),
        _ => changes::of_memory(evidence.before.account(), evidence.after.account()),
    };
    let lasts = match (in_source.is_empty(), in_tables.is_empty()) {
        (true, true) => return effect,
        (false, _) => evidence.target.lasts(),
        (true, false) => evidence.target.tables_last(),
    };
    effect.seen_after_all(lasts, [in_source, in_tables].concat())
}

/// The kernel counts a mapping with a neighbour that it merged it with, and of another process whole mappings.
fn doubt_neighbours(evidence: &Evidence<'_>, effect: Effect) -> Effect {
    let [before, after] = [evidence.before, evidence.after].map(|sight| sight.account().outside);
    match (before.max(after), evidence.target) {
        (0, _) => effect,
        (outside, Target::Process(_)) => effect.note(Some(Unseen::WholeMappings(outside))),
        (outside, Target::Mapping(_)) => Effect {
            measured: false,
            ..effect
        }
        .note(Some(Unseen::Neighbours(outside))),
    }
}

/// What touching the pages before the advice did to the source and its cache.
fn touched_first(evidence: &Evidence<'_>) -> Option<Finding> {
    let untouched = evidence
        .untouched
        .filter(|_| !evidence.target.is_anonymous())?;
    let done = changes::arrivals(untouched, evidence.before);
    (!done.is_empty()).then_some(Finding::TouchedFirst(done))
}

/// What touching the pages after the advice did.
fn touched_after(evidence: &Evidence<'_>) -> Option<Finding> {
    let (before, after) = (evidence.before, evidence.after);
    let mut done = match evidence.target.is_anonymous() {
        true => Vec::new(),
        false => changes::arrivals(before, after),
    };
    done.extend(changes::of_memory(before.account(), after.account()));
    (evidence.touched_after && !done.is_empty()).then_some(Finding::TouchedAfter(done))
}

fn judge_collapsing(evidence: &Evidence<'_>) -> Effect {
    let [before, after] =
        [evidence.before, evidence.after].map(|sight| sight.huge.map_or(0, |bytes| bytes.0));
    match after.saturating_sub(before) {
        0 if before > 0 => Effect::none(PageFinding::HugeAlready),
        0 => Effect::none(PageFinding::NoHugePage),
        bytes => Effect::seen(
            evidence.target.lasts(),
            Change::bytes(bytes, ChangeKind::BecameHuge),
        ),
    }
}

fn judge_retirement(evidence: &Evidence<'_>) -> Effect {
    let retired = match (evidence.before.corrupted, evidence.after.corrupted) {
        (Some(before), Some(after)) => after.0.saturating_sub(before.0),
        _ => 0,
    };
    match retired {
        0 => Effect::unmeasured(Lasts::OutlivesCommand, PageFinding::NoneRetired),
        bytes => Effect::seen(Lasts::OutlivesCommand, PageFinding::Retired(bytes)),
    }
}

fn judge_guarding(evidence: &Evidence<'_>) -> Effect {
    let region = match evidence.target {
        Target::Mapping(mapped) => mapped.region,
        Target::Process(_) => None,
    };
    let span = region.and_then(|region| region.raw_span().ok());
    match span.map(|span| span.touch_read(RegionOffset(0))) {
        Some(Err(_)) => Effect::seen(Lasts::WhileMapped, PageFinding::Guarded),
        Some(Ok(())) => Effect::none(PageFinding::NotGuarded),
        None => Effect::unmeasured(Lasts::WhileMapped, PageFinding::GuardNotTried),
    }
}
