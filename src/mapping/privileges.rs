//! What this process may do: the capabilities and limits that decide whether a refusal could be avoided,
//! for the hints beside errors.

use super::sys;

/// A capability that some of our operations need (`capabilities(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Lock memory beyond the limit: `CAP_IPC_LOCK`.
    IpcLock,
    /// Advise another process's memory: `CAP_SYS_NICE`.
    SysNice,
    /// Look into another user's processes: `CAP_SYS_PTRACE`.
    SysPtrace,
}

impl Capability {
    /// Its name, as in `capabilities(7)`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::IpcLock => "CAP_IPC_LOCK",
            Self::SysNice => "CAP_SYS_NICE",
            Self::SysPtrace => "CAP_SYS_PTRACE",
        }
    }

    /// Whether this thread holds it in effect; `None` where the system has no such thing or does not say.
    #[must_use]
    pub fn is_held(self) -> Option<bool> {
        sys::holds(self)
    }
}

/// A resource limit in bytes, of which `None` is no limit (`getrlimit(2)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The limit in force.
    pub soft: Option<u64>,
    /// What the soft limit may be raised to without privilege.
    pub hard: Option<u64>,
}

/// How many bytes this process may lock in memory (`RLIMIT_MEMLOCK`), unless it holds
/// [`Capability::IpcLock`]; `None` where the system has no such limit.
#[must_use]
pub fn memlock_limit() -> Option<Limit> {
    sys::memlock_limit()
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
