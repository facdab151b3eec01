//! Opening files only below a directory.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, openat, openat2};
use rustix::io::{Errno, retry_on_intr};

use super::found::open_found;
use crate::mapping::sys::unix::naming::descriptor_path;

/// Opens a directory, to open files below it.
pub(in crate::mapping) fn open_directory(path: &Path) -> io::Result<File> {
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(retry_on_intr(|| openat(CWD, path, flags, Mode::empty()))?.into())
}

/// Opens a regular file below a directory for reading; `None` if it is something else, which is not opened. Links are
/// followed as long as they stay below the directory (`openat2(2)`, RESOLVE_BENEATH); before Linux 5.6 no link is.
///
/// The error is [`io::ErrorKind::CrossesDevices`] or that of a loop of links for a path that leads out of the directory.
pub(in crate::mapping) fn open_below(directory: &File, path: &Path) -> io::Result<Option<File>> {
    let found = match find_below(directory, path) {
        // A system call filter may refuse a call that it does not know.
        Err(Errno::NOSYS | Errno::PERM) => find_without_links(directory, path)?,
        found => found?,
    };
    if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::RegularFile {
        return Ok(None);
    }
    // The descriptor leads to the file, whatever its name leads to by now.
    let found = File::from(found);
    open_found(Path::new(&descriptor_path(&found)), true)
        .map(Some)
        .map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => io::Error::other("/proc is not mounted"),
            _ => error,
        })
}

/// Only finds out where the path leads (O_PATH): opening a device could have effects, and opening a fifo could block.
const FIND: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

fn find_below(directory: &File, path: &Path) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    loop {
        match openat2(directory, path, FIND, Mode::empty(), resolve) {
            // A directory was renamed meanwhile (EAGAIN).
            Err(Errno::INTR | Errno::AGAIN) => {}
            other => return other,
        }
    }
}

/// Finds a file one name after the other, and follows no link.
fn find_without_links(directory: &File, path: &Path) -> Result<OwnedFd, Errno> {
    let find = |from: &dyn std::os::fd::AsFd, name: &std::ffi::OsStr, more| {
        let flags = FIND | OFlags::NOFOLLOW | more;
        retry_on_intr(|| openat(from, name, flags, Mode::empty()))
    };
    let mut names = path.iter().peekable();
    let mut found: Option<OwnedFd> = None;
    while let Some(name) = names.next() {
        if name == ".." || name == "/" {
            return Err(Errno::XDEV);
        }
        let more = match names.peek() {
            Some(_) => OFlags::DIRECTORY,
            None => OFlags::empty(),
        };
        found = Some(match &found {
            Some(above) => find(above, name, more)?,
            None => find(directory, name, more)?,
        });
    }
    found.ok_or(Errno::NOENT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::fs::symlink;

    #[test]
    fn only_files_below_the_directory_are_opened() {
        let outer = tempfile::tempdir().unwrap();
        let root = outer.path().join("root");
        std::fs::create_dir_all(root.join("a")).unwrap();
        std::fs::write(root.join("a/f"), "f").unwrap();
        std::fs::write(outer.path().join("secret"), "s").unwrap();
        symlink("a/f", root.join("inside")).unwrap();
        symlink("../secret", root.join("outside")).unwrap();
        symlink("..", root.join("up")).unwrap();
        symlink("/", root.join("top")).unwrap();
        symlink("self", root.join("self")).unwrap();
        let directory = open_directory(&root).unwrap();
        let open = |path: &str| open_below(&directory, Path::new(path));
        let text = |path| {
            let mut text = String::new();
            open(path)
                .unwrap()
                .unwrap()
                .read_to_string(&mut text)
                .unwrap();
            text
        };
        assert_eq!(
            (text("a/f"), text("inside")),
            ("f".to_owned(), "f".to_owned())
        );
        for path in [
            "outside",
            "up/secret",
            "../secret",
            "top/etc/passwd",
            "/etc/passwd",
        ] {
            let error = open(path).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::CrossesDevices, "{path}");
        }
        assert!(open("self").is_err() && open("missing").is_err() && open("a/f/x").is_err());
        assert!(open("a").unwrap().is_none());
        // As on a kernel without openat2.
        let find = |path: &str| find_without_links(&directory, Path::new(path));
        assert!(find("a/f").is_ok());
        for path in [
            "up/secret",
            "../secret",
            "top/etc/passwd",
            "/etc/passwd",
            "missing",
            "",
        ] {
            assert!(find(path).is_err(), "{path}");
        }
        let link = find("outside").unwrap();
        let kind = FileType::from_raw_mode(fstat(&link).unwrap().st_mode);
        assert_eq!(kind, FileType::Symlink);
    }
}
