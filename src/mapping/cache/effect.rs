//! Effects on pages of the page cache, which evicting, warming and advising judge alike.

use crate::mapping::measure::residency::Residency;
use crate::mapping::source::{Source, opener};
use crate::mapping::types::{
    Arrival, ByteLength, Counts, Effect, Finding, Lasts, Opener, SourceKind, Unseen,
};

/// The effect on pages of which the kernel does not show whether they are in memory.
pub(in crate::mapping) fn unseen(lasts: Lasts, seen: &Residency) -> Effect {
    Effect::unmeasured(lasts, Unseen::Residency(seen.unknown_reason))
}

/// That bytes in holes were not read; `None` when there are no holes.
pub(in crate::mapping) fn holes_not_read(holes: ByteLength) -> Option<Finding> {
    (!holes.is_zero()).then(|| Arrival::HolesNotRead(holes.0).into())
}

/// How many pages cannot be paged out before they are written, if any.
pub(in crate::mapping) fn dirty_or_writeback(counts: &Counts) -> Option<u64> {
    let dirty = counts.dirty.unwrap_or(0);
    let both = dirty.saturating_add(counts.writeback.unwrap_or(0));
    Some(both).filter(|count| *count > 0)
}

/// The same effect on pages of a source, which stay no longer than somebody has it open when it is a block device.
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
