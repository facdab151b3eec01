//! What this process may do: the capabilities and limits that decide whether a refusal could be avoided,
//! for the hints beside errors.

use std::sync::OnceLock;

use crate::mapping::sys;
use crate::mapping::types::{Capability, Limit};

impl Capability {
    /// Whether this thread holds it in effect; `None` where the system has no such thing or does not say.
    #[must_use]
    pub fn is_held(self) -> Option<bool> {
        sys::holds(self)
    }
}

/// How many bytes this process may lock in memory (`RLIMIT_MEMLOCK`), unless it holds
/// [`Capability::IpcLock`]; `None` where the system has no such limit.
#[must_use]
pub fn memlock_limit() -> Option<Limit> {
    sys::memlock_limit()
}

/// Whether a limit of this process leaves so little memory that it has to do without threads and large buffers
/// (`getrlimit(2)`, RLIMIT_AS and RLIMIT_DATA). Found out once.
#[must_use]
pub fn is_memory_scarce() -> bool {
    /// What several threads with a huge page each, and their stacks, take.
    const PLENTY: usize = 256 << 20;
    static SCARCE: OnceLock<bool> = OnceLock::new();
    *SCARCE.get_or_init(|| !sys::limits_leave_room(PLENTY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memlock_limit_is_the_one_the_kernel_shows() {
        let shown = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = shown
            .lines()
            .find_map(|line| line.strip_prefix("Max locked memory"))
            .unwrap();
        let column = |n: usize| line.split_whitespace().nth(n).unwrap().parse::<u64>().ok();
        let limit = memlock_limit().unwrap();
        assert_eq!((limit.soft, limit.hard), (column(0), column(1)));
    }

    #[test]
    fn capabilities_in_effect_are_those_the_kernel_shows() {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let hex = status
            .lines()
            .find_map(|line| line.strip_prefix("CapEff:"))
            .unwrap();
        let effective = u64::from_str_radix(hex.trim(), 16).unwrap();
        for (capability, bit) in [
            (Capability::IpcLock, 14),
            (Capability::SysPtrace, 19),
            (Capability::SysNice, 23),
        ] {
            assert_eq!(
                capability.is_held(),
                Some(effective >> bit & 1 == 1),
                "{}",
                capability.name()
            );
        }
    }
}
