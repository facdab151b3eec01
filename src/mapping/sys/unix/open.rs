//! Opening a path (`open(2)`), and the flags that every way of opening shares.

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
    // Not waiting keeps a fifo or a terminal line from holding us up before we know what it is; regular
    // files and block devices do not care.
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
        // Creation and truncation are decided by the caller, who must know which of the two happened.
        OpenFlag::Create | OpenFlag::Excl | OpenFlag::Truncate => OFlags::empty(),
        OpenFlag::Direct => OFlags::from_bits_retain(O_DIRECT),
        OpenFlag::Sync => OFlags::SYNC,
        // rustix 1.1 says O_SYNC for it on Linux.
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
    // Bits above the permission bits mean nothing to `open(2)`.
    rustix::fs::RawMode::try_from(mode & 0o7777).unwrap_or(0o600)
}
