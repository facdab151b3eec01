//! Capabilities and resource limits.

/// A capability that some operations need (`capabilities(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Lock memory beyond the limit: `CAP_IPC_LOCK`.
    IpcLock,
    /// Advise another process's memory: `CAP_SYS_NICE`.
    SysNice,
    /// Inspect processes of other users: `CAP_SYS_PTRACE`.
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
