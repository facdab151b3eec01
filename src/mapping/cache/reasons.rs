//! Why pages stay in memory, or why nobody can say: what flushing, loading and evicting have to say alike.

use crate::mapping::measure::residency::Residency;
use crate::mapping::types::{ByteLength, Bytes, Counts, Effect, Lasts, pages};

/// "4 MiB (4194304 bytes)".
pub(in crate::mapping) const fn amount(bytes: u64) -> Bytes {
    Bytes(ByteLength(bytes))
}

/// "4 KiB (4096 bytes) in holes were not read", and `None` when there are no holes.
pub(in crate::mapping) fn hole_note(holes: ByteLength) -> Option<String> {
    (!holes.is_zero()).then(|| format!("{} in holes were not read", Bytes(holes)))
}

/// The effect on pages that the kernel does not tell of.
pub(in crate::mapping) fn not_told(lasts: Lasts, seen: &Residency) -> Effect {
    let why = seen.unknown_reason;
    let why = why.map_or_else(String::new, |reason| format!(": {}", reason.text()));
    let reason = format!("the kernel does not tell which pages are in memory{why}");
    Effect::unmeasured(lasts, reason)
}

/// How many pages cannot be paged out before they are written, if any.
pub(in crate::mapping) fn unsettled_text(counts: &Counts) -> Option<String> {
    let dirty = counts.dirty.unwrap_or(0);
    let unsettled = dirty.saturating_add(counts.writeback.unwrap_or(0));
    (unsettled > 0).then(|| format!("dirty or being written: {}", pages(unsettled)))
}

/// Why pages stay that nobody known keeps.
pub(in crate::mapping) fn in_use(doubt: Option<String>) -> String {
    let other = "something else may refer to them, for example a pipe";
    match doubt {
        Some(doubt) => format!("{other}; {doubt}"),
        None => other.to_owned(),
    }
}
