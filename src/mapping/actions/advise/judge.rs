//! Judges the effect of all advice: compares the measurements before and after, for memory of any process.
//!
//! "No effect" is reported only when no counter differs. Nothing here measures, except for a touch of a guard page.

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

/// The effect of advice.
pub(super) fn judge(evidence: &Evidence<'_>) -> Effect {
    let effect = match evidence.after.memory {
        None => judge_without_account(evidence),
        Some(_) => {
            let effect = check_no_effect(evidence, judge_with_account(evidence));
            note_neighbours(evidence, effect)
        }
    };
    let effect = effect.note(touched_first(evidence));
    match (evidence.target, evidence.advice) {
        // These effects do not end when a block device is closed.
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

/// The effect of advice where the kernel shows no account of the mapping.
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

/// How long a change in residency lasts. Residency in page tables ends with the mapping.
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

/// Replaces "no effect" when a counter differs.
fn check_no_effect(evidence: &Evidence<'_>, effect: Effect) -> Effect {
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
        // The page tables were filled for the advice only.
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

/// Adds that the account covers more memory: neighbours that the kernel merged with the mapping, or the whole mappings of
/// another process.
fn note_neighbours(evidence: &Evidence<'_>, effect: Effect) -> Effect {
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

/// The changes in the source and its page cache by a touch before the advice.
fn touched_first(evidence: &Evidence<'_>) -> Option<Finding> {
    let untouched = evidence
        .untouched
        .filter(|_| !evidence.target.is_anonymous())?;
    let done = changes::arrivals(untouched, evidence.before);
    (!done.is_empty()).then_some(Finding::TouchedFirst(done))
}

/// The changes by a touch after the advice.
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
        (Some(before), Some(after)) => after.minus(before).0,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::actions::advise::evidence::Mapped;
    use crate::mapping::actions::advise::selection::Selected;
    use crate::mapping::actions::advise::sight::Sight;
    use crate::mapping::measure::proc_maps::MemoryUse;
    use crate::mapping::measure::residency::Residency;
    use crate::mapping::source::{OpenRequest, Source, SourceSpec};
    use crate::mapping::types::{
        ByteLength, Counts, FlagFinding, NoPages, SourceOffset, SourceRange, Stay, Visibility,
    };

    fn sight(resident: u64, memory: Option<MemoryUse>) -> Sight {
        Sight {
            residency: Residency {
                page_size: 4096,
                counts: Counts::present(8, resident),
                method: Method::PageTables,
                unknown_reason: None,
                dirty_unknown_reason: None,
            },
            allocated: None,
            huge: memory.as_ref().map(MemoryUse::huge),
            corrupted: None,
            memory,
            marks: None,
        }
    }

    fn rss(rss: u64) -> Option<MemoryUse> {
        Some(MemoryUse {
            rss,
            ..MemoryUse::default()
        })
    }

    /// The effect on anonymous memory of this process, and of another one.
    fn judge_both(advice: Advice, before: &Sight, after: &Sight) -> [Effect; 2] {
        let source = Source::open(&SourceSpec::Anonymous, &OpenRequest::READ).unwrap();
        let selected = Selected {
            pid: std::process::id(),
            parts: Vec::new(),
            ranges: Vec::new(),
        };
        let mapped = Mapped {
            source: &source,
            range: SourceRange::new(SourceOffset(0), ByteLength(8 * 4096)).unwrap(),
            visibility: Visibility::Private,
            region: None,
        };
        [Target::Mapping(mapped), Target::Process(&selected)].map(|target| {
            judge(&Evidence {
                advice,
                target,
                before,
                after,
                untouched: None,
                touched_after: false,
                holes: None,
            })
        })
    }

    #[test]
    fn huge_pages_last_as_long_as_the_process_that_has_them() {
        let huge = MemoryUse {
            anon_huge_pages: 4096,
            ..MemoryUse::default()
        };
        let [before, after] = [sight(8, rss(0)), sight(8, Some(huge))];
        let lasting = [Lasts::WhileMapped, Lasts::OutlivesCommand];
        let change = Change::bytes(4096, ChangeKind::BecameHuge);
        assert_eq!(
            judge_both(Advice::Collapse, &before, &after),
            lasting.map(|lasts| Effect::seen(lasts, change))
        );
        let none = Effect::none(PageFinding::NoHugePage);
        assert_eq!(
            judge_both(Advice::Collapse, &before, &before),
            [none.clone(), none]
        );
    }

    #[test]
    fn no_effect_is_reported_only_if_no_counter_differs() {
        let [before, after] = [sight(0, rss(0)), sight(0, rss(8192))];
        let change = Change::bytes(8192, ChangeKind::CameIntoTables);
        let [own, other] = judge_both(Advice::Collapse, &before, &after);
        let noted = |lasts| Effect::seen(lasts, change).note(Some(PageFinding::NoHugePage));
        assert_eq!(own, noted(Lasts::WhileMapped));
        assert_eq!(other, noted(Lasts::OutlivesCommand));
    }

    #[test]
    fn memory_outside_the_range_is_noted_and_makes_the_effect_on_this_process_unmeasured() {
        let outside = MemoryUse {
            outside: 4096,
            ..MemoryUse::default()
        };
        let seen = sight(0, Some(outside));
        let [own, other] = judge_both(Advice::Collapse, &seen, &seen);
        assert!(!own.measured && other.measured);
        assert_eq!(own.notes, [Unseen::Neighbours(4096).into()]);
        assert_eq!(other.notes, [Unseen::WholeMappings(4096).into()]);
    }

    #[test]
    fn paging_out_reports_the_amount_or_the_reason_for_none() {
        let anonymous = |bytes| MemoryUse {
            rss: bytes,
            anonymous: bytes,
            ..MemoryUse::default()
        };
        let [before, after] = [8192, 4096].map(|bytes| sight(2, Some(anonymous(bytes))));
        let [own, other] = judge_both(Advice::Pageout, &before, &after);
        assert_eq!(own.reason, Change::pages(1, ChangeKind::LeftMemory).into());
        assert_eq!(
            other.reason,
            Change::bytes(4096, ChangeKind::LeftMemory).into()
        );
        let empty = sight(0, rss(0));
        let reasons = judge_both(Advice::Pageout, &empty, &empty).map(|effect| effect.reason);
        let why = [NoPages::NewMapping, NoPages::NotInTables];
        assert_eq!(reasons, why.map(|why| Stay::NoPages(why).into()));
    }

    #[test]
    fn without_an_account_the_effect_on_flags_is_unknown() {
        let seen = sight(0, None);
        let [own, _] = judge_both(Advice::Dontfork, &seen, &seen);
        let unknown = Effect::unmeasured(Lasts::WhileMapped, Unseen::Account);
        assert_eq!(own, unknown);
        let accounted = sight(0, rss(0));
        let [own, _] = judge_both(Advice::Dofork, &accounted, &accounted);
        assert_eq!(own, Effect::none(FlagFinding::ClearFromTheStart));
    }
}
