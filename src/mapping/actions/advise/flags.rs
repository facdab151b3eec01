//! Judging advice that sets or clears a flag of the mapping.

use super::evidence::{Evidence, Target};
use crate::mapping::sys;
use crate::mapping::types::{Advice, Effect, FlagFinding, Lasts};

/// The change that advice makes to the flags of a mapping, by their codes in VmFlags (`proc(5)`).
pub(super) enum FlagChange {
    Set(&'static str),
    Clear(&'static [&'static str]),
}

pub(super) fn flag_change(advice: Advice) -> Option<FlagChange> {
    use FlagChange::{Clear, Set};
    Some(match advice {
        Advice::Normal => Clear(&["sr", "rr"]),
        Advice::Sequential => Set("sr"),
        Advice::Random => Set("rr"),
        Advice::Dontfork => Set("dc"),
        Advice::Dofork => Clear(&["dc"]),
        Advice::Mergeable => Set("mg"),
        Advice::Unmergeable => Clear(&["mg"]),
        Advice::Hugepage => Set("hg"),
        Advice::Nohugepage => Set("nh"),
        Advice::Dontdump => Set("dd"),
        Advice::Dodump => Clear(&["dd"]),
        Advice::Wipeonfork => Set("wf"),
        Advice::Keeponfork => Clear(&["wf"]),
        _ => return None,
    })
}

pub(super) fn judge_flags(evidence: &Evidence<'_>, change: &FlagChange) -> Effect {
    let (before, after) = (evidence.before, evidence.after);
    let seen = |finding| Effect::seen(Lasts::WhileMapped, finding);
    let effect = match change {
        FlagChange::Set(code) if !after.has_flag(code) => Effect::none(why_no_flag(evidence)),
        FlagChange::Set(code) if before.has_flag(code) => {
            Effect::none(FlagFinding::HadAlready(code))
        }
        FlagChange::Set(code) => seen(FlagFinding::HasNow(code)),
        FlagChange::Clear(codes) => match codes.iter().find(|code| before.has_flag(code)) {
            None => Effect::none(FlagFinding::ClearFromTheStart),
            Some(code) if after.has_flag(code) => Effect::none(FlagFinding::HasStill(code)),
            Some(code) => seen(FlagFinding::HasNoLonger(code)),
        },
    };
    effect.note(why_idle(evidence))
}

fn why_no_flag(evidence: &Evidence<'_>) -> FlagFinding {
    match (evidence.advice, evidence.target) {
        (Advice::Mergeable, Target::Mapping(mapped)) if mapped.is_shared() => {
            FlagFinding::SharedIsNotMerged
        }
        _ => FlagFinding::NotShown,
    }
}

/// Why the flag has no effect at present.
fn why_idle(evidence: &Evidence<'_>) -> Option<FlagFinding> {
    match evidence.advice {
        Advice::Mergeable if sys::merges_pages() == Some(false) => Some(FlagFinding::MergingIsOff),
        // For a file on a disk the file system decides, and does not show how.
        Advice::Hugepage
            if !evidence.after.account().thp_eligible && evidence.target.is_memory_only() =>
        {
            Some(FlagFinding::NoNewHugePages)
        }
        _ => None,
    }
}
