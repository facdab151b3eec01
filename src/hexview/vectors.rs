//! What vectors are good for on the processor at hand.

use fearless_simd::Level;

/// Whether a vector of 64 bytes is shuffled by one instruction, and bytes are squeezed out of it by one.
#[inline(always)]
pub(super) fn rearrange_at_once(level: Level) -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return level.as_avx512().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    return {
        let _ = level;
        false
    };
}
