//! Judging advice that clears the accessed marks of pages, as far as the kernel shows them.

use super::evidence::{Evidence, Target};
use crate::mapping::cache::effect::unwritten;
use crate::mapping::measure::proc_maps::MemoryUse;
use crate::mapping::types::{Effect, KeptMark, Lasts, Marking, Marks, Unseen};

/// The effect of advice that marks pages as not recently accessed.
pub(super) fn judge_cooling(evidence: &Evidence<'_>) -> Effect {
    let (before, after) = (evidence.before, evidence.after);
    let (lasts, owner) = match evidence.target {
        Target::Process(_) => (evidence.target.lasts(), true),
        Target::Mapping(_) if !evidence.had_pages() => {
            return Effect::none(evidence.why_no_pages());
        }
        // The pages of a private mapping may all be its own.
        Target::Mapping(_) if before.account().anonymous >= before.account().rss => {
            (Lasts::WhileMapped, true)
        }
        Target::Mapping(_) => {
            let lasts = evidence.target.lasts();
            (lasts, lasts == Lasts::WhileMapped)
        }
    };
    let cooled = cooled(
        [before.marks, after.marks],
        [before.account(), after.account()],
        owner,
        before.residency.page_size,
    );
    match cooled {
        Cooled::Bytes { cooled, still } => {
            let note = (still > 0).then_some(Marking::StillUsed(still));
            Effect::seen(lasts, Marking::Cooled(cooled)).note(note)
        }
        Cooled::NoneWasUsed => Effect::none(Marking::NoneUsed),
        Cooled::Kept => Effect::none(Marking::AllStillUsed(why_still_used(evidence))),
        Cooled::Unknown => Effect::unmeasured(lasts, Unseen::Marks),
    }
}

/// Why pages keep their marks. The kernel skips pages that are mapped more than once.
fn why_still_used(evidence: &Evidence<'_>) -> Option<KeptMark> {
    let holders = evidence.target.holders();
    if holders.found_any() {
        return Some(KeptMark::Held(holders));
    }
    match (evidence.target, unwritten(&evidence.after.residency.counts)) {
        (Target::Process(_), _) => Some(KeptMark::PassedOver),
        (_, Some(pages)) => Some(KeptMark::DirtyOrWriteback(pages)),
        (_, None) => holders
            .may_be_more()
            .then_some(KeptMark::MayBeHeld(holders)),
    }
}

/// The result of comparing marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cooled {
    /// At least `cooled` bytes lost their marks, and `still` bytes have one.
    Bytes { cooled: u64, still: u64 },
    /// No page had a mark.
    NoneWasUsed,
    /// All pages keep their marks.
    Kept,
    /// The kernel does not show the marks, or not those of all pages.
    Unknown,
}

/// The bytes inspected, and those of them that are marked as accessed.
#[derive(Clone, Copy)]
struct Used {
    seen: u64,
    used: u64,
}

impl Used {
    fn marks(marks: Marks, page: u64) -> Self {
        Self {
            seen: marks.pages.saturating_mul(page),
            used: marks.used.saturating_mul(page),
        }
    }

    fn account(memory: &MemoryUse) -> Self {
        Self {
            seen: memory.rss,
            used: memory.referenced,
        }
    }

    /// Compares two amounts. Memory that is no longer inspected may have kept its marks.
    fn compare([before, after]: [Self; 2]) -> Cooled {
        let lost = before.seen.saturating_sub(after.seen);
        let fewer = before.used.saturating_sub(after.used);
        match fewer.saturating_sub(lost) {
            0 if before.used == 0 => Cooled::NoneWasUsed,
            0 if fewer > 0 => Cooled::Unknown,
            0 => Cooled::Kept,
            cooled => Cooled::Bytes {
                cooled,
                still: after.used,
            },
        }
    }
}

/// Compares the marks of the pages, where the kernel shows them, and the accounts of the mapping. An account shows the
/// marks of memory that its `owner` has accessed, not those of a mapping that was made for the advice.
fn cooled(marks: [Option<Marks>; 2], account: [&MemoryUse; 2], owner: bool, page: u64) -> Cooled {
    let tables = Used::compare(account.map(Used::account));
    // For a part of a mapping the account shows the marks that it lost, but not those that it keeps.
    let tables = match tables {
        _ if account.iter().all(|memory| memory.outside == 0) => tables,
        Cooled::Bytes { cooled, .. } => Cooled::Bytes { cooled, still: 0 },
        Cooled::Kept if marks.iter().flatten().all(|marks| marks.used == 0) => Cooled::NoneWasUsed,
        other => other,
    };
    let pages = match marks {
        [Some(before), Some(after)] => Some(Used::compare(
            [before, after].map(|marks| Used::marks(marks, page)),
        )),
        _ => None,
    };
    match (pages, tables) {
        (Some(pages), _) if !owner => pages,
        (Some(pages @ Cooled::Bytes { .. }), _) => pages,
        (Some(_), tables @ Cooled::Bytes { .. }) => tables,
        (Some(Cooled::NoneWasUsed), tables) => tables,
        (Some(pages), _) => pages,
        (None, tables @ (Cooled::Kept | Cooled::Bytes { .. })) if owner => tables,
        (None, _) => Cooled::Unknown,
    }
}
