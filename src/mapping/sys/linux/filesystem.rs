//! What `statfs(2)`, `access(2)`, `fcntl(2)` and `ioctl(2)` tell of an open file and of what it lies on.

#![allow(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{Access, AtFlags, CWD, OFlags, accessat, fcntl_getfl, fstatfs};
use rustix::io::retry_on_intr;
use rustix::ioctl::{Getter, Opcode, opcode};
use rustix::process::geteuid;

/// Whether mincore tells this process the truth about a file. To those who neither own it nor may write it
/// the kernel says that every page is resident.
pub(in crate::mapping) fn may_ask_mincore(file: &File) -> bool {
    let owned = file
        .metadata()
        .is_ok_and(|metadata| metadata.uid() == geteuid().as_raw());
    owned || {
        let path = format!("/proc/self/fd/{}", file.as_raw_fd());
        accessat(CWD, path.as_str(), Access::WRITE_OK, AtFlags::EACCESS).is_ok()
    }
}

/// Whether the file's pages may be those of another file system's file, which `cachestat(2)` does not see:
/// overlayfs always, FUSE when it passes reads through.
pub(in crate::mapping) fn is_stacked(file: &File) -> bool {
    const OVERLAYFS: u32 = 0x794c_7630;
    const FUSE: u32 = 0x6573_5546;
    // The type is 32 bits wide in a field whose width and sign depend on the architecture.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "32 bits"
    )]
    retry_on_intr(|| fstatfs(file)).is_ok_and(|stat| matches!(stat.f_type as u32, OVERLAYFS | FUSE))
}

/// The type of the file system that a file is on, as `/proc/self/mountinfo` names it (`proc_pid_mountinfo(5)`). Device
/// numbers would not do: those of some file systems stand in no list of mounts.
pub(in crate::mapping) fn file_system(file: &File) -> Option<String> {
    let facts = fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
    let mount = facts
        .lines()
        .find_map(|line| line.strip_prefix("mnt_id:"))?
        .trim();
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let is_its = |line: &&str| line.split(' ').next() == Some(mount);
    let (_, behind) = mounts.lines().find(is_its)?.split_once(" - ")?;
    behind.split(' ').next().map(str::to_owned)
}

/// Whether the handle only stands for a path (`open(2)`, `O_PATH`): its contents cannot be reached through it.
pub(in crate::mapping) fn is_path_only(file: &File) -> bool {
    fcntl_getfl(file).is_ok_and(|flags| flags.contains(OFlags::PATH))
}

/// How many bytes a block device has (`ioctl(2)`, `BLKGETSIZE64`).
pub(in crate::mapping::sys) fn device_size(file: &File) -> io::Result<u64> {
    /// Of `linux/fs.h`: `_IOR(0x12, 114, size_t)`.
    const BLKGETSIZE64: Opcode = opcode::read::<usize>(0x12, 114);
    // SAFETY: this request writes 64 bits where it is told to, in spite of its name, and nothing else.
    let request = unsafe { Getter::<BLKGETSIZE64, u64>::new() };
    // SAFETY: as above; the kernel refuses it for what is no block device.
    Ok(unsafe { rustix::ioctl::ioctl(file, request) }?)
}

/// Whether it is a block device that takes no writing, whatever the handle was opened for (`ioctl(2)`, `BLKROGET`).
pub(in crate::mapping) fn is_read_only_device(file: &File) -> bool {
    /// Of `linux/fs.h`: `_IO(0x12, 94)`.
    const BLKROGET: libc::Ioctl = 0x125e;
    let mut answer: libc::c_int = 0;
    // SAFETY: the request writes one int, which outlives the call; whoever does not know it writes nothing. The
    // descriptor is open for as long as `file` is borrowed.
    let status = unsafe { libc::ioctl(file.as_raw_fd(), BLKROGET, &raw mut answer) };
    status == 0 && answer != 0
}
