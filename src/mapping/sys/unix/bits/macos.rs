//! The bits of macOS.

use libc::c_int;

use super::bsd::common_advice_number;
use crate::mapping::types::{Advice, MapFlag};

/// No flag of `open(2)` bypasses the cache; `fcntl(2)` with F_NOCACHE comes closest, and does not affect mappings.
pub(in crate::mapping::sys) const O_DIRECT: u32 = 0;

/// The bit of a mapping flag; `None` if the system lacks the flag. Flags that are implemented by later calls have no
/// bit.
pub(in crate::mapping::sys) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::FixedNoreplace => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Noreserve => libc::MAP_NORESERVE,
        _ => return None,
    })
}

/// The `madvise(2)` value of advice.
pub(in crate::mapping::sys) fn advice_number(advice: Advice) -> Option<c_int> {
    // MADV_PAGEOUT is in sys/mman.h too, for debugging kernels only.
    common_advice_number(advice)
}
