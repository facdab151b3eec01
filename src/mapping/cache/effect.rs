//! Effects on pages of the page cache, as evicting, warming and advice report them. Nothing here changes a page.

use crate::mapping::measure::residency::Residency;
use crate::mapping::source::{Source, opener};
use crate::mapping::types::{
    Arrival, ByteLength, Counts, Effect, Finding, Lasts, Opener, SourceKind, Unseen,
};

/// The effect on pages whose residency is unknown.
pub(in crate::mapping) fn unseen(lasts: Lasts, seen: &Residency) -> Effect {
    Effect::unmeasured(lasts, Unseen::Residency(seen.unknown_reason))
}

/// The finding that bytes in holes were not read; `None` when there are no holes.
pub(in crate::mapping) fn holes_not_read(holes: ByteLength) -> Option<Finding> {
    (!holes.is_zero()).then(|| Arrival::HolesNotRead(holes.0).into())
}

/// The number of pages that cannot be paged out before they are written: dirty ones and those under writeback. `None`
/// when there are none.
pub(in crate::mapping) fn unwritten(counts: &Counts) -> Option<u64> {
    let dirty = counts.dirty.unwrap_or(0);
    let unwritten = dirty.saturating_add(counts.writeback.unwrap_or(0));
    Some(unwritten).filter(|count| *count > 0)
}

/// Whether some pages are, or may be, dirty or under writeback.
pub(in crate::mapping) fn may_be_unwritten(counts: &Counts) -> bool {
    (counts.dirty, counts.writeback) != (Some(0), Some(0))
}

/// The same effect on pages of a source. The page cache of a block device lasts only while a process has it open.
pub(in crate::mapping) fn on_source(effect: Effect, source: &Source) -> Effect {
    let device = source
        .handle()
        .filter(|handle| handle.kind() == SourceKind::BlockDevice);
    let Some(device) = device.filter(|_| effect.lasts == Lasts::OutlivesCommand) else {
        return effect;
    };
    let opener = opener::find_opener(device);
    let effect = match opener {
        Opener::System => return effect,
        Opener::Process(_) => effect,
        Opener::Nobody { all_seen } => Effect {
            lasts: Lasts::WhileMapped,
            measured: effect.measured && all_seen,
            ..effect
        },
    };
    effect.note(Some(opener))
}
