//! Capabilities and resource limits.

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
}

/// A resource limit in bytes, of which `None` is no limit (`getrlimit(2)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The limit in force.
    pub soft: Option<u64>,
    /// What the soft limit may be raised to without privilege.
    pub hard: Option<u64>,
}
