//! Giving files their names in a directory: files without a name, and renaming that replaces nothing or exchanges.

use std::ffi::OsStr;
use std::os::fd::BorrowedFd;

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

        /// Gives a file of the directory another name, which nothing may have (`renameat2(2)`; on macOS `renameatx_np(2)`).
        pub(in crate::mapping::sys) fn rename_new(
            directory: BorrowedFd<'_>,
            from: &OsStr,
            to: &OsStr,
        ) -> rustix::io::Result<()> {
            rustix::fs::renameat_with(directory, from, directory, to, RenameFlags::NOREPLACE)
        }

        /// Lets two names of the directory change what they refer to (`renameat2(2)`; on macOS `renameatx_np(2)`).
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

        /// There is no renaming that refuses to replace.
        pub(in crate::mapping::sys) fn rename_new(
            _directory: BorrowedFd<'_>,
            _from: &OsStr,
            _to: &OsStr,
        ) -> rustix::io::Result<()> {
            Err(Errno::NOSYS)
        }

        /// There is no renaming of two names at once.
        pub(in crate::mapping::sys) fn exchange_names(
            _directory: BorrowedFd<'_>,
            _one: &OsStr,
            _other: &OsStr,
        ) -> rustix::io::Result<()> {
            Err(Errno::NOSYS)
        }
    }
}
