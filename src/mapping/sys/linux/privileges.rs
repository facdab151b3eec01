//! The capabilities and limits of this process.

use rustix::process::{Resource, getrlimit};
use rustix::thread::CapabilitySet;

use crate::mapping::types::{Capability, Limit};

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

/// Whether this process gets the blocks that a file system keeps for root: as user 0 or with CAP_SYS_RESOURCE, of the
/// initial user namespace (`user_namespaces(7)`).
pub(in crate::mapping) fn may_use_reserved_blocks() -> bool {
    let holds = |capability| {
        let held = rustix::thread::capabilities(None);
        held.is_ok_and(|held| held.effective.contains(capability))
    };
    let privileged = rustix::process::geteuid().is_root() || holds(CapabilitySet::SYS_RESOURCE);
    privileged && in_initial_user_namespace()
}

/// Whether user numbers mean what they say: all of them are mapped to themselves. Where that cannot be seen, it is
/// not so.
fn in_initial_user_namespace() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
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
