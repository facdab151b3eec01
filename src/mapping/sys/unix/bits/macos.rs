//! The bits of macOS.

use libc::c_int;

use super::bsd::common_advice_number;
use crate::mapping::types::{Advice, MapFlag};

/// There is no flag of `open(2)` that bypasses the cache; `fcntl(2)` with F_NOCACHE comes closest, and says
/// nothing about mappings.
pub(in crate::mapping::sys) const O_DIRECT: u32 = 0;

/// The bit of a mapping flag, and `None` for one that this system lacks. Flags whose work is done by
/// calls after the mapping is made have no bits here.
pub(in crate::mapping::sys) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::FixedNoreplace => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Noreserve => libc::MAP_NORESERVE,
        _ => return None,
    })
}

/// The kernel's number of an advice (`madvise(2)`).
pub(in crate::mapping::sys) fn advice_number(advice: Advice) -> Option<c_int> {
    // MADV_PAGEOUT stands in sys/mman.h too, and is for kernels that were built to be debugged.
    common_advice_number(advice)
}
