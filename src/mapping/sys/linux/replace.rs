//! Replacing a file by another: whether that is possible, and the attributes that the new file takes over.

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, StatxAttributes, StatxFlags, XattrFlags};
use rustix::io::Errno;

use super::filesystem::{BTRFS, EXT4, F2FS, TMPFS, XFS, file_system_type};

/// The file systems that exchange two names atomically: ext4, XFS, Btrfs, F2FS and tmpfs. Others (such as FUSE) refuse
/// only after everything is written.
const EXCHANGING: [u32; 5] = [EXT4, XFS, BTRFS, F2FS, TMPFS];

/// Whether replacing this file by another changes only the inode number: the file has no other name, no other process
/// has it open, and nothing is mounted on it.
pub(in crate::mapping) fn is_replaceable(file: &File) -> io::Result<bool> {
    let facts = file.metadata()?;
    let set_id = libc::S_ISUID | libc::S_ISGID;
    let exchanges = file_system_type(file).is_some_and(|kind| EXCHANGING.contains(&kind));
    Ok(facts.is_file()
        && exchanges
        && facts.nlink() == 1
        && facts.mode() & set_id == 0
        && !is_mount_point(file)
        && is_ours_alone(file))
}

fn is_mount_point(file: &File) -> bool {
    let facts = rustix::fs::statx(file, c"", AtFlags::EMPTY_PATH, StatxFlags::empty());
    facts.is_ok_and(|facts| facts.stx_attributes.contains(StatxAttributes::MOUNT_ROOT))
}

/// Whether only this process has the file open. Only then it gets a write lease (`fcntl(2)`, F_SETLEASE).
fn is_ours_alone(file: &File) -> bool {
    // SAFETY: if another process opens the file during the lease, the kernel sends SIGIO to this process, which would
    // end it. SIG_IGN is a valid disposition, and replaces no handler of ours.
    unsafe { libc::signal(libc::SIGIO, libc::SIG_IGN) };
    let set = |kind: libc::c_int| {
        // SAFETY: the descriptor is open, and the third argument is a number.
        unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, kind) }
    };
    let granted = set(libc::F_WRLCK) == 0;
    if granted {
        set(libc::F_UNLCK);
    }
    granted
}

/// Gives a new file the owner, mode, extended attributes and flags of another. Returns whether it has them all. The
/// contents do not change.
pub(in crate::mapping) fn take_over(from: &File, to: &File) -> io::Result<bool> {
    let (old, new) = (from.metadata()?, to.metadata()?);
    if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
        std::os::unix::fs::fchown(to, Some(old.uid()), Some(old.gid()))?;
    }
    if old.mode() != new.mode() {
        to.set_permissions(old.permissions())?;
    }
    copy_attributes(from, to)?;
    Ok(same_flags(from, to) && attributes(from)?.len() == attributes(to)?.len())
}

fn copy_attributes(from: &File, to: &File) -> io::Result<()> {
    for name in attributes(from)?.split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else {
            continue;
        };
        let mut value = zeros(rustix::fs::fgetxattr_query(from, name)?)?;
        let length = rustix::fs::fgetxattr(from, name, &mut value[..])?;
        let value = value.get(..length).unwrap_or_default();
        rustix::fs::fsetxattr(to, name, value, XattrFlags::empty())?;
    }
    Ok(())
}

/// Zeroed bytes; the file system determines the number.
fn zeros(length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let reserved = bytes.try_reserve_exact(length);
    reserved.map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
    bytes.resize(length, 0);
    Ok(bytes)
}

/// The names of the extended attributes, each followed by a NUL (`flistxattr(2)`).
fn attributes(file: &File) -> io::Result<Vec<u8>> {
    let mut names = match rustix::fs::flistxattr_query(file) {
        Err(Errno::OPNOTSUPP) => return Ok(Vec::new()),
        other => zeros(other?)?,
    };
    let length = rustix::fs::flistxattr(file, &mut names[..])?;
    names.truncate(length);
    Ok(names)
}

/// Whether both files have the same flags of `FS_IOC_GETFLAGS(2const)`, or file systems without flags.
fn same_flags(one: &File, other: &File) -> bool {
    let flags = |file: &File| rustix::fs::ioctl_getflags(file.as_fd()).ok();
    flags(one) == flags(other)
}
