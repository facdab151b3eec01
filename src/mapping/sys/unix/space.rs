//! The free space of a file system (`fstatvfs(3)`).

use std::fs::File;
use std::io;

use rustix::io::{Errno, retry_on_intr};

use crate::mapping::types::ByteLength;

/// The number of bytes that this process may allocate on the file system (`fstatvfs(3)`).
pub(in crate::mapping) fn free_space(file: &File) -> io::Result<ByteLength> {
    let facts = retry_on_intr(|| rustix::fs::fstatvfs(file))?;
    if facts.f_blocks == 0 {
        // A file system without a size limit, like that of memory files, counts no blocks.
        return Err(Errno::NOTSUP.into());
    }
    let blocks = match may_use_reserved_blocks() {
        true => facts.f_bfree,
        false => facts.f_bavail,
    };
    Ok(ByteLength(blocks.saturating_mul(facts.f_frsize)))
}

cfg_select! {
    target_os = "linux" => {
        use rustix::thread::CapabilitySet;

        /// Whether this process may use the blocks that a file system reserves for root: as user 0 or with
        /// CAP_SYS_RESOURCE, of the initial user namespace (`user_namespaces(7)`).
        fn may_use_reserved_blocks() -> bool {
            let holds = |capability| {
                let held = rustix::thread::capabilities(None);
                held.is_ok_and(|held| held.effective.contains(capability))
            };
            let privileged = rustix::process::geteuid().is_root() || holds(CapabilitySet::SYS_RESOURCE);
            privileged && in_initial_user_namespace()
        }

        /// Whether all user numbers are mapped to themselves; false if that cannot be read.
        fn in_initial_user_namespace() -> bool {
            let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
            map.split_whitespace().eq(["0", "0", "4294967295"])
        }
    }
    _ => {
        /// Whether this process may use the blocks that a file system reserves for root.
        fn may_use_reserved_blocks() -> bool {
            rustix::process::geteuid().is_root()
        }
    }
}
