//! Which vector instructions are worth using on this processor. The code that uses them is in the formats.

use fearless_simd::Level;

/// The environment variable that limits the vectors, for tests and benchmarks: `none`, or on x86 `sse4.2`, `avx2` or
/// `avx512`. Another value, or one that the processor lacks, changes nothing.
const LIMIT: &str = "MMAPCTL_VECTORS";

/// The vectors to use; none when plain code is as fast.
pub(super) fn detect() -> Option<Level> {
    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let useful = best.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let useful = !best.is_fallback();
    let best = useful.then_some(best);
    let limit = std::env::var_os(LIMIT);
    let limited = limit.and_then(|name| named(name.to_str()?));
    limited.unwrap_or(best)
}

/// The vectors of this name, which may be none; `None` if the processor lacks them.
pub(super) fn named(name: &str) -> Option<Option<Level>> {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    {
        let best = Level::new();
        match name {
            "sse4.2" => return best.as_sse4_2().map(|level| Some(Level::Sse4_2(level))),
            "avx2" => return best.as_avx2().map(|level| Some(Level::Avx2(level))),
            "avx512" => return best.as_avx512().map(|level| Some(Level::Avx512(level))),
            _ => {}
        }
    }
    (name == "none").then_some(None)
}
