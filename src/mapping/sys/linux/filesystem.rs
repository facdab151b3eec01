//! The file system of an open file, and its effect on the file's pages.

use std::fs::File;
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::{Access, AtFlags, CWD, OFlags, accessat, fcntl_getfl, fcntl_setfl, fstatfs};
use rustix::io::retry_on_intr;
use rustix::process::geteuid;

use crate::mapping::sys::unix::naming::descriptor_path;

pub(super) const TMPFS: u32 = 0x0102_1994;
const RAMFS: u32 = 0x8584_58f6;
const HUGETLBFS: u32 = 0x9584_58f6;

const OVERLAYFS: u32 = 0x794c_7630;
const FUSE: u32 = 0x6573_5546;
pub(super) const EXT4: u32 = 0xef53;
pub(super) const XFS: u32 = 0x5846_5342;
pub(super) const BTRFS: u32 = 0x9123_683e;
pub(super) const F2FS: u32 = 0xf2f5_2010;

/// Whether the file's pages are in memory only, so there is nothing to flush them to: tmpfs, ramfs, hugetlbfs. A block
/// device has a disk, although its node is on such a file system.
pub(in crate::mapping) fn is_memory_backed(file: &File) -> bool {
    matches!(file_system_type(file), Some(TMPFS | RAMFS | HUGETLBFS))
}

/// Whether blocks of the file take free memory: tmpfs, ramfs. Huge pages come from a pool that was allocated before.
pub(in crate::mapping) fn takes_memory(file: &File) -> bool {
    matches!(file_system_type(file), Some(TMPFS | RAMFS))
}

/// The type of the file system of a file's contents; `None` for a device.
pub(super) fn file_system_type(file: &File) -> Option<u32> {
    let facts = file.metadata().ok()?;
    kind(file).filter(|_| !facts.file_type().is_block_device())
}

/// The type of the file system of a file (`fstatfs(2)`).
fn kind(file: &File) -> Option<u32> {
    // 32 bits in a field whose width and sign depend on the architecture.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "32 bits"
    )]
    retry_on_intr(|| fstatfs(file))
        .ok()
        .map(|facts| facts.f_type as u32)
}

/// Whether the file's pages may belong to a file of another file system, which `cachestat(2)` does not see: on
/// overlayfs always, on FUSE when it passes reads through. `None` for a file system that is not known.
pub(in crate::mapping) fn stacking(file: &File) -> Option<bool> {
    match kind(file) {
        Some(OVERLAYFS | FUSE) => Some(true),
        Some(EXT4 | XFS | BTRFS | F2FS | TMPFS | RAMFS) => Some(false),
        _ => None,
    }
}

/// The release of the kernel, as two numbers.
pub(in crate::mapping) fn kernel_release() -> Option<(u32, u32)> {
    let name = rustix::system::uname();
    let mut numbers = name.release().to_str().ok()?.split(['.', '-']);
    let mut number = || numbers.next()?.parse().ok();
    Some((number()?, number()?))
}

/// Leaves the access time of a file unchanged when it is mapped, where its owner asks for that (`open(2)`,
/// O_NOATIME).
pub(in crate::mapping) fn keep_access_time(file: &File) {
    if let Ok(flags) = fcntl_getfl(file) {
        let _ = fcntl_setfl(file, flags | OFlags::NOATIME);
    }
}

/// Whether the handle only refers to a path (`open(2)`, `O_PATH`), without access to the contents.
pub(in crate::mapping) fn is_path_only(file: &File) -> bool {
    fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::PATH))
}

/// Whether mincore gives this process correct information about a file. To processes that neither own the file nor may
/// write it, the kernel reports every page as resident.
pub(in crate::mapping) fn may_ask_mincore(file: &File) -> bool {
    let owned = file
        .metadata()
        .is_ok_and(|metadata| metadata.uid() == geteuid().as_raw());
    owned || {
        accessat(
            CWD,
            descriptor_path(file),
            Access::WRITE_OK,
            AtFlags::EACCESS,
        )
        .is_ok()
    }
}
