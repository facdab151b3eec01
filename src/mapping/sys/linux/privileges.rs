//! The capabilities of this process, and what it cannot read without them.

use std::io;

use rustix::thread::CapabilitySet;

use crate::mapping::types::{Capability, Gap, GapReason};

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

/// Why a file of the kernel cannot be read: this capability, where permission is missing.
pub(super) fn gap(error: &io::Error, capability: Capability) -> Gap {
    match error.kind() {
        io::ErrorKind::PermissionDenied => Gap::needs(vec![capability]),
        io::ErrorKind::NotFound => GapReason::NotReported.into(),
        _ => GapReason::Failed.into(),
    }
}
