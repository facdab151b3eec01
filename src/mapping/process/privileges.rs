//! The capabilities and resource limits of this process: for the hints of errors, and for choosing how much memory to
//! use.

use std::sync::OnceLock;

use crate::mapping::sys;
use crate::mapping::types::{Capability, Limit};

impl Capability {
    /// Whether it is in effect for this thread; `None` when the system has no capabilities or does not report them.
    #[must_use]
    pub fn is_held(self) -> Option<bool> {
        sys::holds(self)
    }
}

/// The number of bytes that this process may lock in memory (`RLIMIT_MEMLOCK`) without [`Capability::IpcLock`]; `None`
/// when the system has no such limit.
#[must_use]
pub fn memlock_limit() -> Option<Limit> {
    sys::memlock_limit()
}

/// Whether the limits of this process leave too little memory for threads and large buffers (`getrlimit(2)`, RLIMIT_AS and
/// RLIMIT_DATA). The first call decides.
#[must_use]
pub fn is_memory_scarce() -> bool {
    /// The size of several threads, each with its stack and a huge page.
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
