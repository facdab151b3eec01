//! The capabilities of this process.

use std::fs;
use std::sync::OnceLock;

use rustix::thread::CapabilitySet;

use crate::mapping::types::Capability;

/// Whether this thread has a capability in effect; `None` if the kernel does not report it.
pub(in crate::mapping) fn holds(capability: Capability) -> Option<bool> {
    let set = match capability {
        Capability::IpcLock => CapabilitySet::IPC_LOCK,
        Capability::SysNice => CapabilitySet::SYS_NICE,
        Capability::SysPtrace => CapabilitySet::SYS_PTRACE,
    };
    let held = rustix::thread::capabilities(None).ok()?;
    Some(held.effective.contains(set))
}

/// Whether this process is in a user namespace other than the first one, where privileges over the whole system do not
/// exist (`user_namespaces(7)`).
pub(in crate::mapping) fn is_in_user_namespace() -> bool {
    /// The first one maps all users to themselves.
    const WHOLE: [&str; 3] = ["0", "0", "4294967295"];
    static INSIDE: OnceLock<bool> = OnceLock::new();
    *INSIDE.get_or_init(|| {
        let map = fs::read_to_string("/proc/self/uid_map");
        map.is_ok_and(|map| !map.split_ascii_whitespace().eq(WHOLE))
    })
}
