//! Naming on Linux: files without a name, and links.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, CWD, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

/// Looking up names in a directory needs no permission to read it.
pub(in crate::mapping::sys) const DIRECTORY_ONLY: OFlags = OFlags::PATH;

/// The target of a symbolic link; `None` for anything else, or if the name does not exist. The link that is checked is
/// the one that is read, even if the name is replaced meanwhile.
pub(in crate::mapping::sys) fn read_link(
    directory: BorrowedFd<'_>,
    name: &OsStr,
) -> rustix::io::Result<Option<OsString>> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let link = match retry_on_intr(|| rustix::fs::openat(directory, name, flags, Mode::empty())) {
        Ok(link) => link,
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error),
    };
    let facts = rustix::fs::fstat(&link)?;
    if facts.st_mode & libc::S_IFMT != libc::S_IFLNK {
        return Ok(None);
    }
    let parent = rustix::fs::fstat(directory)?;
    let shared = libc::S_ISVTX | libc::S_IWOTH;
    let own = rustix::process::geteuid().as_raw();
    // The kernel does not follow the link here, so this code applies the rule of `fs.protected_symlinks`, whatever its
    // setting.
    if parent.st_mode & shared == shared && facts.st_uid != own && facts.st_uid != parent.st_uid {
        return Err(Errno::ACCESS);
    }
    let target = rustix::fs::readlinkat(&link, c"", Vec::new())?;
    Ok(Some(OsString::from_vec(target.into_bytes())))
}

/// Creates a file without a name (`open(2)`, O_TMPFILE); `None` if the file system cannot, or the file could not get a
/// name later.
pub(in crate::mapping::sys) fn make_unnamed(
    directory: BorrowedFd<'_>,
    flags: OFlags,
    mode: Mode,
) -> rustix::io::Result<Option<File>> {
    let flags = flags | OFlags::TMPFILE;
    match retry_on_intr(|| rustix::fs::openat(directory, c".", flags, mode)) {
        Ok(file) => {
            let file = File::from(file);
            Ok(can_be_linked(&file).then_some(file))
        }
        Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether the path of its descriptor leads to the file: that is how it gets a name.
fn can_be_linked(file: &File) -> bool {
    let found = rustix::fs::statat(CWD, descriptor_path(file), AtFlags::empty());
    match (found, file.metadata()) {
        (Ok(found), Ok(own)) => (found.st_dev, found.st_ino) == (own.dev(), own.ino()),
        _ => false,
    }
}

/// The path of an open file of this process (`proc_pid_fd(5)`).
pub(in crate::mapping::sys) fn descriptor_path(file: &File) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

/// Gives a name to a file without one (`linkat(2)`).
pub(in crate::mapping::sys) fn link_unnamed(
    file: &File,
    directory: BorrowedFd<'_>,
    name: &OsStr,
) -> io::Result<()> {
    let from = descriptor_path(file);
    Ok(rustix::fs::linkat(
        CWD,
        from,
        directory,
        name,
        AtFlags::SYMLINK_FOLLOW,
    )?)
}
