//! Files found in a directory: opening them without effect on them, and directories that hold none.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, statfs};
use rustix::io::{Errno, retry_on_intr};

use crate::mapping::types::{ByteLength, FileFacts, StatIdentity};

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

/// Size, allocated bytes and identity of a regular file; `None` for anything else. The call of the standard library,
/// `statx(2)`, takes longer than `fstat(2)`.
pub(in crate::mapping) fn facts_of_regular(file: &File) -> io::Result<Option<FileFacts>> {
    let facts = rustix::fs::fstat(file)?;
    #[allow(
        clippy::cast_sign_loss,
        clippy::unnecessary_cast,
        reason = "the sign of the type depends on the architecture"
    )]
    let blocks = facts.st_blocks as u64;
    let is_regular = FileType::from_raw_mode(facts.st_mode) == FileType::RegularFile;
    Ok(is_regular.then(|| FileFacts {
        size: ByteLength(facts.st_size.cast_unsigned()),
        // st_blocks counts units of 512 bytes, independent of the block size.
        allocated: ByteLength(blocks.saturating_mul(512)),
        identity: StatIdentity {
            device: facts.st_dev,
            inode: facts.st_ino,
        },
    }))
}

/// The time of the last modification of a file, in nanoseconds since 1970; at the limits of the type, the nearest number
/// (`fstat(2)`).
pub(in crate::mapping) fn last_modification(file: &File) -> io::Result<i64> {
    let facts = rustix::fs::fstat(file)?;
    #[allow(
        clippy::unnecessary_cast,
        clippy::cast_possible_wrap,
        reason = "the types depend on the architecture"
    )]
    let (seconds, rest) = (facts.st_mtime as i64, facts.st_mtime_nsec as i64);
    Ok(seconds.saturating_mul(1_000_000_000).saturating_add(rest))
}

/// The number of the inode that a directory entry names.
pub(in crate::mapping) fn entry_number(entry: &ignore::DirEntry) -> u64 {
    entry.ino().unwrap_or(0)
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
