//! Files found in a directory: opening them without effect on them, and directories that hold none.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{Mode, OFlags, statfs};
use rustix::io::{Errno, retry_on_intr};

/// File systems whose files show the state of the kernel and have no contents in the page cache: autofs, binfmt_misc,
/// bpf, cgroup, cgroup2, configfs, debugfs, devpts, efivarfs, nsfs, proc, pstore, securityfs, selinuxfs, sysfs, tracefs.
const KERNEL_STATE: [u32; 16] = [
    0x0187,
    0x4249_4e4d,
    0xcafe_4a11,
    0x0027_e0eb,
    0x6367_7270,
    0x6265_6570,
    0x6462_6720,
    0x1cd1,
    0xde5e_81e4,
    0x6e73_6673,
    0x9fa0,
    0x6165_676c,
    0x7363_6673,
    0xf97c_ff8c,
    0x6265_6572,
    0x7472_6163,
];

/// Opens a file for reading (`open(2)`). Reading it does not change its access time, where the caller may prevent that.
/// A fifo does not block. A symbolic link is refused unless `follow` is set.
pub(in crate::mapping) fn open_found(path: &Path, follow: bool) -> io::Result<File> {
    let mut flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let open = |flags| retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty()));
    let opened = match open(flags | OFlags::NOATIME) {
        // Only the owner and privileged processes may use the flag.
        Err(Errno::PERM) => open(flags),
        other => other,
    };
    Ok(File::from(opened?))
}

/// Lets reading and mapping an open file leave its access time (`fcntl(2)`), where the caller may prevent a change. The
/// file must have been opened by this process, because the setting belongs to the open file.
pub(in crate::mapping) fn keep_access_time(file: &File) {
    // Only the owner and privileged processes may. For others, the time changes as for every reader.
    let flags = rustix::fs::fcntl_getfl(file);
    let _ = flags.and_then(|flags| rustix::fs::fcntl_setfl(file, flags | OFlags::NOATIME));
}

/// Whether a directory is on a file system that shows the state of the kernel, without files that could be cached
/// (`statfs(2)`).
pub(in crate::mapping) fn shows_kernel_state(directory: &Path) -> bool {
    // 32 bits in a field whose width and sign depend on the architecture.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "32 bits"
    )]
    let kind = retry_on_intr(|| statfs(directory)).map(|facts| facts.f_type as u32);
    kind.is_ok_and(|kind| KERNEL_STATE.contains(&kind))
}
