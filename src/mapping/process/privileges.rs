//! The capabilities and resource limits of this process, for error hints and for choosing how much memory to use.

use std::sync::OnceLock;

use crate::mapping::sys;
use crate::mapping::types::{ByteLength, Capability};

impl Capability {
    /// Whether it is effective for this thread; `None` when the system has no capabilities or does not report them.
    #[must_use]
    pub fn is_held(self) -> Option<bool> {
        sys::holds(self)
    }
}

/// The number of bytes that this process may lock in memory (`RLIMIT_MEMLOCK`); `None` when there is no limit, or it does
/// not apply because of [`Capability::IpcLock`], which has no such effect in a user namespace.
#[must_use]
pub fn memlock_limit() -> Option<ByteLength> {
    let may_exceed = Capability::IpcLock.is_held() == Some(true) && !sys::is_in_user_namespace();
    sys::memlock_limit().filter(|_| !may_exceed)
}

/// Whether the limits of this process leave too little memory for threads and large buffers (`getrlimit(2)`, RLIMIT_AS and
/// RLIMIT_DATA). The result of the first call is kept.
#[must_use]
pub fn is_memory_scarce() -> bool {
    /// The memory of several threads, each with a stack and a huge page.
    const PLENTY: usize = 256 << 20;
    static SCARCE: OnceLock<bool> = OnceLock::new();
    *SCARCE.get_or_init(|| !sys::limits_leave_room(PLENTY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memlock_limit_agrees_with_the_kernel() {
        let shown = std::fs::read_to_string("/proc/self/limits").unwrap();
        let line = shown
            .lines()
            .find_map(|line| line.strip_prefix("Max locked memory"))
            .unwrap();
        let limit = line.split_whitespace().next().unwrap().parse().ok();
        assert_eq!(sys::memlock_limit(), limit.map(ByteLength));
        assert!(memlock_limit().is_none() || memlock_limit() == sys::memlock_limit());
    }

    #[test]
    fn effective_capabilities_agree_with_the_kernel() {
        let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
        let hex = status
            .lines()
            .find_map(|line| line.strip_prefix("CapEff:"))
            .unwrap();
        let effective = u64::from_str_radix(hex.trim(), 16).unwrap();
        for (capability, bit) in [
            (Capability::DacOverride, 1),
            (Capability::DacReadSearch, 2),
            (Capability::SysAdmin, 21),
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
