//! Capabilities and resource limits.

/// A capability that some operations need (`capabilities(7)`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capability {
    /// Read any file: `CAP_DAC_READ_SEARCH`.
    DacReadSearch,
    /// Access any file: `CAP_DAC_OVERRIDE`.
    DacOverride,
    /// Lock memory beyond the limit: `CAP_IPC_LOCK`.
    IpcLock,
    /// See the numbers of page frames: `CAP_SYS_ADMIN`.
    SysAdmin,
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
            Self::DacReadSearch => "CAP_DAC_READ_SEARCH",
            Self::DacOverride => "CAP_DAC_OVERRIDE",
            Self::SysAdmin => "CAP_SYS_ADMIN",
            Self::IpcLock => "CAP_IPC_LOCK",
            Self::SysNice => "CAP_SYS_NICE",
            Self::SysPtrace => "CAP_SYS_PTRACE",
        }
    }
}
