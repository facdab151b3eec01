//! Opening a path (`open(2)`), and the flags for opening anything.

use std::fs::File;
use std::io;
use std::path::Path;

use rustix::fs::{Mode, OFlags};
use rustix::io::retry_on_intr;

use super::bits::{O_DIRECT, O_LARGEFILE};
use crate::mapping::sys::call::OpenHow;
use crate::mapping::types::OpenFlag;

/// Opens a path (`open(2)`).
pub(in crate::mapping) fn open(path: &Path, how: &OpenHow) -> io::Result<File> {
    let flags = open_flags(how);
    let mode = Mode::from_raw_mode(mode_bits(how.mode.unwrap_or(0o666)));
    let opened = retry_on_intr(|| rustix::fs::open(path, flags, mode));
    Ok(File::from(opened?))
}

pub(super) fn open_flags(how: &OpenHow) -> OFlags {
    // Without O_NONBLOCK, opening a fifo or a terminal line would block before its type is known. Regular files and
    // block devices ignore the flag.
    let mut flags = OFlags::CLOEXEC | OFlags::NOCTTY | OFlags::NONBLOCK;
    flags |= if how.writable {
        OFlags::RDWR
    } else {
        OFlags::RDONLY
    };
    if how.create {
        flags |= OFlags::CREATE | OFlags::EXCL;
    }
    how.flags
        .iter()
        .fold(flags, |flags, flag| flags | open_flag(flag))
}

fn open_flag(flag: OpenFlag) -> OFlags {
    match flag {
        // The caller handles creation and truncation, because it must know which of them happened.
        OpenFlag::Create | OpenFlag::Excl | OpenFlag::Truncate => OFlags::empty(),
        OpenFlag::Direct => OFlags::from_bits_retain(O_DIRECT),
        OpenFlag::Sync => OFlags::SYNC,
        // On Linux, rustix 1.1 uses O_SYNC for it.
        OpenFlag::Dsync => OFlags::from_bits_retain(libc::O_DSYNC as _),
        OpenFlag::Noctty => OFlags::NOCTTY,
        OpenFlag::Nonblock => OFlags::NONBLOCK,
        OpenFlag::Nofollow => OFlags::NOFOLLOW,
        OpenFlag::Async => OFlags::from_bits_retain(libc::O_ASYNC as _),
        OpenFlag::Directory => OFlags::DIRECTORY,
        OpenFlag::Largefile => OFlags::from_bits_retain(O_LARGEFILE),
    }
}

pub(super) fn mode_bits(mode: u32) -> rustix::fs::RawMode {
    // `open(2)` ignores bits above the permission bits.
    rustix::fs::RawMode::try_from(mode & 0o7777).unwrap_or(0o600)
}
