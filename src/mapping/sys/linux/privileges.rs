//! The capabilities and limits of this process.

use rustix::process::{Resource, getrlimit};
use rustix::thread::CapabilitySet;

use crate::mapping::privileges::{Capability, Limit};

/// Whether this thread holds a capability in effect; `None` when the kernel will not say.
pub(in crate::mapping) fn holds(capability: Capability) -> Option<bool> {
    let set = match capability {
        Capability::IpcLock => CapabilitySet::IPC_LOCK,
        Capability::SysNice => CapabilitySet::SYS_NICE,
        Capability::SysPtrace => CapabilitySet::SYS_PTRACE,
    };
    let held = rustix::thread::capabilities(None).ok()?;
    Some(held.effective.contains(set))
}

/// The limit on locked memory.
#[expect(clippy::unnecessary_wraps, reason = "other systems have none")]
pub(in crate::mapping) fn memlock_limit() -> Option<Limit> {
    let limit = getrlimit(Resource::Memlock);
    Some(Limit {
        soft: limit.current,
        hard: limit.maximum,
    })
}
