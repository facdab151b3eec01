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

    /// Each setting needs a separate process, because other tests read the variable meanwhile.
    #[test]
    fn the_variable_limits_the_vectors() {
        const TEST: &str = "hexview::vectors::tests::the_variable_limits_the_vectors";
        const EXPECTED: &str = "MMAPCTL_TEST_VECTORS";
        let name = |level: Option<Level>| format!("{level:?}");
        if let Some(expected) = std::env::var_os(EXPECTED) {
            assert_eq!(name(detect()), expected.to_string_lossy());
            return;
        }
        for limit in ["none", "sse4.2", "avx2", "avx512"] {
            let Some(level) = named(limit) else { continue };
            let output = std::process::Command::new(std::env::current_exe().unwrap())
                .args([TEST, "--exact"])
                .env(LIMIT, limit)
                .env(EXPECTED, name(level))
                .output()
                .unwrap();
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(
                output.status.success() && text.contains("1 passed"),
                "{text}"
            );
        }
    }
}
