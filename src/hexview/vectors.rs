//! Which vector instructions are worth using on this processor. The code that uses them is in the formats.

use fearless_simd::Level;

/// The processor's vectors; none when plain code is as fast.
pub(super) fn detect() -> Option<Level> {
    let level = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let useful = level.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let useful = !level.is_fallback();
    useful.then_some(level)
}

/// Whether one instruction shuffles a 64-byte vector, and one compresses it.
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
