//! Names in a directory: files without a name, links, and renaming that replaces nothing or exchanges two names.

use std::ffi::{OsStr, OsString};
use std::os::fd::BorrowedFd;
use std::os::unix::ffi::OsStrExt;

/// The maximum length of a path in bytes, with the NUL byte after it.
pub(in crate::mapping) const PATH_LIMIT: u32 = libc::PATH_MAX.unsigned_abs();

/// The name that bytes spell; every sequence of bytes without a NUL is one.
pub(in crate::mapping) fn name_of_bytes(bytes: &[u8]) -> Option<OsString> {
    (!bytes.contains(&0)).then(|| OsStr::from_bytes(bytes).to_owned())
}

cfg_select! {
    target_os = "linux" => {
        mod linux;

        pub(in crate::mapping::sys) use linux::{
            DIRECTORY_ONLY, descriptor_path, link_unnamed, make_unnamed, read_link,
        };
    }
    _ => {
        mod bsd;

        pub(in crate::mapping::sys) use bsd::{DIRECTORY_ONLY, link_unnamed, make_unnamed, read_link};
    }
}

cfg_select! {
    any(target_os = "linux", target_os = "macos") => {
        use rustix::fs::RenameFlags;

        /// Renames a file within the directory; fails if the new name exists (`renameat2(2)`; on macOS
        /// `renameatx_np(2)`).
        pub(in crate::mapping::sys) fn rename_new(
            directory: BorrowedFd<'_>,
            from: &OsStr,
            to: &OsStr,
        ) -> rustix::io::Result<()> {
            rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
        }

        /// Exchanges two names of the directory (`renameat2(2)`; on macOS `renameatx_np(2)`).
        pub(in crate::mapping::sys) fn exchange_names(
            directory: BorrowedFd<'_>,
            one: &OsStr,
            other: &OsStr,
        ) -> rustix::io::Result<()> {
            rustix::fs::renameat_with(directory, one, directory, other, RenameFlags::EXCHANGE)
        }
    }
    _ => {
        use rustix::io::Errno;

        /// Every rename may replace.
        pub(in crate::mapping::sys) fn rename_new(
            _directory: BorrowedFd<'_>,
            _from: &OsStr,
            _to: &OsStr,
        ) -> rustix::io::Result<()> {
            Err(Errno::NOSYS)
        }

        /// Names cannot be exchanged.
        pub(in crate::mapping::sys) fn exchange_names(
            _directory: BorrowedFd<'_>,
            _one: &OsStr,
            _other: &OsStr,
        ) -> rustix::io::Result<()> {
            Err(Errno::NOSYS)
        }
    }
}
