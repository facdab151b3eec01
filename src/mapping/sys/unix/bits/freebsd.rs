//! The bits of FreeBSD.

use libc::c_int;

use super::bsd::common_advice_number;
use crate::mapping::types::{Advice, MapFlag};

/// `O_DIRECT` of `open(2)`.
pub(in crate::mapping::sys) const O_DIRECT: u32 = rustix::fs::OFlags::DIRECT.bits();

/// The bit of a mapping flag; `None` if the system lacks the flag. Flags that are implemented by later calls have no
/// bit.
pub(in crate::mapping::sys) fn map_flag_bits(flag: MapFlag) -> Option<c_int> {
    Some(match flag {
        MapFlag::Populate | MapFlag::Locked | MapFlag::FixedNoreplace => 0,
        MapFlag::Fixed => libc::MAP_FIXED,
        MapFlag::Stack => libc::MAP_STACK,
        #[cfg(target_pointer_width = "64")]
        MapFlag::Low32 => {
            /// `MAP_32BIT` of `sys/mman.h`, which libc does not name.
            const MAP_32BIT: c_int = 0x0008_0000;
            MAP_32BIT
        }
        _ => return None,
    })
}

/// The `madvise(2)` value of advice.
pub(in crate::mapping::sys) fn advice_number(advice: Advice) -> Option<c_int> {
    match advice {
        Advice::Dontdump => Some(libc::MADV_NOCORE),
        Advice::Dodump => Some(libc::MADV_CORE),
        other => common_advice_number(other),
    }
}
