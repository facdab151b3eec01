//! The bits that macOS and FreeBSD share.

use libc::c_int;

use crate::mapping::types::{Advice, MapFlags, PageSize, ProtectExtra, Visibility};

/// File sizes have 64 bits without a flag.
pub(in crate::mapping::sys) const O_LARGEFILE: u32 = 0;

/// There are no pools of huge pages to reserve from.
pub(in crate::mapping::sys) const MAP_NORESERVE: c_int = 0;

/// No flag refuses an occupied address: the address is a hint, and the result is compared with it. FreeBSD has
/// MAP_EXCL, but reports an occupied address as a lack of memory.
pub(in crate::mapping::sys) fn no_replace_bits(_visibility: Visibility) -> c_int {
    0
}

/// The bits of `MAP_SHARED` and its relatives. The kernel validates nothing, as `platform` reports.
pub(in crate::mapping::sys) fn visibility_bits(visibility: Visibility, _flags: MapFlags) -> c_int {
    match visibility {
        Visibility::Shared | Visibility::SharedValidate => libc::MAP_SHARED,
        Visibility::Private => libc::MAP_PRIVATE,
    }
}

/// Pages are populated by calls after the mapping is made.
pub(in crate::mapping::sys) fn populate_bits(_flags: MapFlags) -> c_int {
    0
}

/// There are no pools to choose from.
pub(in crate::mapping::sys) fn huge_size_bits(_size: PageSize) -> c_int {
    0
}

/// `mprotect(2)` takes only the access.
pub(in crate::mapping::sys) fn protect_extra_bits(_extra: ProtectExtra) -> Option<c_int> {
    None
}

/// The `madvise(2)` values that macOS and FreeBSD share.
pub(in crate::mapping::sys) fn common_advice_number(advice: Advice) -> Option<c_int> {
    Some(match advice {
        Advice::Normal => libc::MADV_NORMAL,
        Advice::Sequential => libc::MADV_SEQUENTIAL,
        Advice::Random => libc::MADV_RANDOM,
        Advice::Willneed => libc::MADV_WILLNEED,
        Advice::Dontneed => libc::MADV_DONTNEED,
        Advice::Free => libc::MADV_FREE,
        _ => return None,
    })
}
