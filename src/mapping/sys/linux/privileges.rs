//! The capabilities of this process.

use rustix::thread::CapabilitySet;

use crate::mapping::types::Capability;

/// Whether this thread has a capability in effect; `None` if the kernel does not report it.
pub(in crate::mapping) fn holds(capability: Capability) -> Option<bool> {
    let set = match capability {
        Capability::DacReadSearch => CapabilitySet::DAC_READ_SEARCH,
        Capability::DacOverride => CapabilitySet::DAC_OVERRIDE,
        Capability::SysAdmin => CapabilitySet::SYS_ADMIN,
        Capability::IpcLock => CapabilitySet::IPC_LOCK,
        Capability::SysNice => CapabilitySet::SYS_NICE,
        Capability::SysPtrace => CapabilitySet::SYS_PTRACE,
    };
    let held = rustix::thread::capabilities(None).ok()?;
    Some(held.effective.contains(set))
}
