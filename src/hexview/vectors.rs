//! Which vector instructions are worth using on this processor. The code that uses them is in the formats.

use std::ffi::OsStr;

use fearless_simd::Level;

/// The environment variable that limits the vectors, for tests and benchmarks: `none`, or on x86 `sse4.2`, `avx2` or
/// `avx512`. Another value, or one that the processor lacks, changes nothing.
const LIMIT: &str = "MMAPCTL_VECTORS";

/// The vectors to use; none when plain code is as fast.
pub(super) fn detect() -> Option<Level> {
    limited(std::env::var_os(LIMIT).as_deref())
}

fn limited(limit: Option<&OsStr>) -> Option<Level> {
    let best = Level::new();
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    let useful = best.as_sse4_2().is_some();
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
    let useful = !best.is_fallback();
    let best = useful.then_some(best);
    let named = limit.and_then(|name| named(name.to_str()?));
    named.unwrap_or(best)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_selects_its_vectors_where_the_processor_has_them() {
        assert!(matches!(named("none"), Some(None)));
        assert!(named("").is_none() && named("AVX2").is_none() && named("avx1024").is_none());
        #[cfg(target_arch = "x86_64")]
        {
            let selected = |name| named(name).is_some();
            assert_eq!(selected("sse4.2"), is_x86_feature_detected!("sse4.2"));
            assert!(matches!(
                named("sse4.2"),
                None | Some(Some(Level::Sse4_2(_)))
            ));
            assert!(matches!(named("avx2"), None | Some(Some(Level::Avx2(_)))));
            assert!(matches!(
                named("avx512"),
                None | Some(Some(Level::Avx512(_)))
            ));
        }
    }

    #[test]
    fn a_limit_that_the_processor_lacks_changes_nothing() {
        let name = |level: Option<Level>| format!("{level:?}");
        let best = name(limited(None));
        for limit in ["none", "sse4.2", "avx2", "avx512", "avx1024", ""] {
            let expected = named(limit).map_or_else(|| best.clone(), name);
            assert_eq!(name(limited(Some(limit.as_ref()))), expected, "{limit}");
        }
    }
}
