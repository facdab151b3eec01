//! The capabilities of this process, and what it cannot read without them.

use std::fs;
use std::io;
use std::sync::OnceLock;

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
