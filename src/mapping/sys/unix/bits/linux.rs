//! The bits of Linux (`asm-generic/mman-common.h`, `mman.h`, `fcntl.h`).

use libc::c_int;
use rustix::fs::OFlags;

use crate::mapping::types::{Advice, MapFlag, MapFlags, PageSize, ProtectExtra, Visibility};

/// `O_DIRECT` of `open(2)`.
pub(in crate::mapping::sys) const O_DIRECT: u32 = OFlags::DIRECT.bits();
/// `O_LARGEFILE` of `open(2)`.
pub(in crate::mapping::sys) const O_LARGEFILE: u32 = OFlags::LARGEFILE.bits();

/// Keeps a mapping of a file of huge pages from taking pages out of their pool.
pub(in crate::mapping::sys) const MAP_NORESERVE: c_int = libc::MAP_NORESERVE;

/// The bits of `MAP_SHARED` and its relatives. The kernel honours `MAP_SYNC` only with `MAP_SHARED_VALIDATE`.
pub(in crate::mapping::sys) fn visibility_bits(visibility: Visibility, flags: MapFlags) -> c_int {
    /// A type of mapping beside shared and private; libc does not name it.
    const MAP_DROPPABLE: c_int = 0x8;
    match visibility {
        Visibility::Private if flags.has(MapFlag::Droppable) => MAP_DROPPABLE,
        Visibility::Shared if flags.has(MapFlag::Sync) => libc::MAP_SHARED_VALIDATE,
        Visibility::Shared => libc::MAP_SHARED,
        Visibility::SharedValidate => libc::MAP_SHARED_VALIDATE,
        Visibility::Private => libc::MAP_PRIVATE,
    }
}

/// The bit that keeps an exact address from replacing a mapping. The kernel refuses it with `MAP_SHARED_VALIDATE`;
/// there the address is a hint, and the result is compared with it.
pub(in crate::mapping::sys) fn no_replace_bits(visibility: Visibility) -> c_int {
    match visibility {
        Visibility::SharedValidate => 0,
        Visibility::Shared | Visibility::Private => libc::MAP_FIXED_NOREPLACE,
    }
}

/// The bit of a mapping flag; `None` if the system lacks the flag. Flags that are implemented by later calls have no
/// bit.
pub(in crate::mapping::sys) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    /// Only kernels without a memory management unit honour it; libc does not name it.
    const MAP_UNINITIALIZED: c_int = 0x400_0000;
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::LockOnfault | MapFlag::FixedNoreplace => 0,
        // It is a type: see `visibility_bits`.
        MapFlag::Droppable => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Growsdown => libc::MAP_GROWSDOWN,
        MapFlag::Denywrite => libc::MAP_DENYWRITE,
        MapFlag::Executable => libc::MAP_EXECUTABLE,
        MapFlag::Noreserve => libc::MAP_NORESERVE,
        MapFlag::Nonblock => libc::MAP_NONBLOCK,
        MapFlag::Stack => libc::MAP_STACK,
        MapFlag::Hugetlb => libc::MAP_HUGETLB,
        MapFlag::Sync => libc::MAP_SYNC,
        MapFlag::Uninitialized => MAP_UNINITIALIZED,
        #[cfg(target_arch = "x86_64")]
        MapFlag::Low32 => libc::MAP_32BIT,
        #[cfg(not(target_arch = "x86_64"))]
        MapFlag::Low32 => return None,
    })
}

/// `MAP_POPULATE`, only together with `MAP_NONBLOCK`, which makes it do nothing. Alone it would hang on an unreadable
/// page, so pages are populated by advice.
pub(in crate::mapping::sys) fn populate_bits(flags: MapFlags) -> c_int {
    if flags.has(MapFlag::Populate) && flags.has(MapFlag::Nonblock) {
        libc::MAP_POPULATE
    } else {
        0
    }
}

/// The bits that select a pool of huge pages: the logarithm of the page size (`mmap(2)`, MAP_HUGE_SHIFT).
pub(in crate::mapping::sys) fn huge_size_bits(size: PageSize) -> c_int {
    // The logarithm of a 64-bit number fits the six bits.
    c_int::try_from(size.bytes().trailing_zeros()).unwrap_or(0) << libc::MAP_HUGE_SHIFT
}

/// The bit of `mprotect(2)` besides the access; `None` if the system lacks it.
pub(in crate::mapping::sys) fn protect_extra_bits(extra: ProtectExtra) -> Option<c_int> {
    /// From the kernel's `asm-generic/mman-common.h`; libc does not name it.
    const PROT_SEM: c_int = 0x8;
    Some(match extra {
        ProtectExtra::Sem => PROT_SEM,
        ProtectExtra::Growsdown => libc::PROT_GROWSDOWN,
        ProtectExtra::Growsup => libc::PROT_GROWSUP,
    })
}

/// The `madvise(2)` value of advice (`asm-generic/mman-common.h`).
#[expect(clippy::unnecessary_wraps, reason = "other systems lack some")]
pub(in crate::mapping::sys) fn advice_number(advice: Advice) -> Option<c_int> {
    /// Since Linux 6.13; libc does not name them yet.
    const MADV_GUARD_INSTALL: c_int = 102;
    const MADV_GUARD_REMOVE: c_int = 103;
    /// libc names it only for glibc.
    const MADV_COLLAPSE: c_int = 25;
    Some(match advice {
        Advice::Normal => libc::MADV_NORMAL,
        Advice::Sequential => libc::MADV_SEQUENTIAL,
        Advice::Random => libc::MADV_RANDOM,
        Advice::Willneed => libc::MADV_WILLNEED,
        Advice::Dontneed => libc::MADV_DONTNEED,
        Advice::Free => libc::MADV_FREE,
        Advice::Remove => libc::MADV_REMOVE,
        Advice::Dontfork => libc::MADV_DONTFORK,
        Advice::Dofork => libc::MADV_DOFORK,
        Advice::Hwpoison => libc::MADV_HWPOISON,
        Advice::SoftOffline => libc::MADV_SOFT_OFFLINE,
        Advice::Mergeable => libc::MADV_MERGEABLE,
        Advice::Unmergeable => libc::MADV_UNMERGEABLE,
        Advice::Hugepage => libc::MADV_HUGEPAGE,
        Advice::Nohugepage => libc::MADV_NOHUGEPAGE,
        Advice::Dontdump => libc::MADV_DONTDUMP,
        Advice::Dodump => libc::MADV_DODUMP,
        Advice::Wipeonfork => libc::MADV_WIPEONFORK,
        Advice::Keeponfork => libc::MADV_KEEPONFORK,
        Advice::Cold => libc::MADV_COLD,
        Advice::Pageout => libc::MADV_PAGEOUT,
        Advice::PopulateRead => libc::MADV_POPULATE_READ,
        Advice::PopulateWrite => libc::MADV_POPULATE_WRITE,
        Advice::DontneedLocked => libc::MADV_DONTNEED_LOCKED,
        Advice::Collapse => MADV_COLLAPSE,
        Advice::GuardInstall => MADV_GUARD_INSTALL,
        Advice::GuardRemove => MADV_GUARD_REMOVE,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::platform::Feature;
    use crate::mapping::types::Named;

    #[test]
    fn the_table_of_platforms_matches_the_bits() {
        for flag in MapFlag::ALL {
            let there = map_flag_bits(*flag).is_some() || *flag == MapFlag::Low32;
            assert_eq!(there, Feature::Flag(*flag).is_offered(), "{flag:?}");
        }
        for extra in ProtectExtra::ALL {
            let there = protect_extra_bits(*extra).is_some();
            assert_eq!(there, Feature::ProtectExtras.is_offered(), "{extra:?}");
        }
    }
}
