//! Places for files: a name in an open directory, and creating a file there before it has its name.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags};
use rustix::io::{Errno, retry_on_intr};

use super::facts::facts;
use super::naming;
use super::open::{mode_bits, open_flags};
use crate::mapping::sys::call::OpenHow;
use crate::mapping::types::{SourceKind, StatIdentity};

/// A name in an open directory, after following symbolic links.
#[derive(Debug)]
pub(in crate::mapping) struct Place {
    directory: OwnedFd,
    name: OsString,
}

/// The maximum number of symbolic links to follow (`path_resolution(7)`).
const MOST_LINKS: usize = 40;

impl Place {
    /// The place that a path leads to, whether or not it exists. With `follow`, a final symbolic link is followed, as
    /// by `open(2)` with O_CREAT.
    ///
    /// # Errors
    /// The error of opening the directory; ELOOP for too many links; EACCES for a link that `fs.protected_symlinks`
    /// (`proc_sys_fs(5)`) forbids to follow.
    pub(in crate::mapping) fn of(path: &Path, follow: bool) -> io::Result<Option<Self>> {
        let mut place = Self::below(CWD, path)?;
        if !follow {
            return Ok(Some(place));
        }
        for _ in 0..MOST_LINKS {
            match naming::read_link(place.directory.as_fd(), &place.name)? {
                Some(target) => place = Self::below(place.directory.as_fd(), Path::new(&target))?,
                None => return Ok(Some(place)),
            }
        }
        Err(Errno::LOOP.into())
    }

    fn below(base: BorrowedFd<'_>, path: &Path) -> io::Result<Self> {
        let bytes = path.as_os_str().as_bytes();
        let cut = bytes.iter().rposition(|byte| *byte == b'/');
        let cut = cut.map_or(0, |at| at.saturating_add(1));
        let (directory, name) = bytes.split_at_checked(cut).unwrap_or((&[], bytes));
        match name {
            b"" | b"." | b".." => return Err(Errno::ISDIR.into()),
            _ => {}
        }
        let directory = if directory.is_empty() {
            b"."
        } else {
            directory
        };
        let flags = naming::DIRECTORY_ONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self {
            directory: retry_on_intr(|| rustix::fs::openat(base, directory, flags, Mode::empty()))?,
            name: OsStr::from_bytes(name).to_owned(),
        })
    }

    /// The name.
    pub(in crate::mapping) fn name(&self) -> &OsStr {
        &self.name
    }

    /// Fails with EEXIST if the place is taken, even by a dangling symbolic link.
    pub(in crate::mapping) fn check_free(&self) -> io::Result<()> {
        match self.identity(&self.name)? {
            Some(_) => Err(Errno::EXIST.into()),
            None => Ok(()),
        }
    }

    /// The identity of a name in the directory (`fstatat(2)`); `None` if it does not exist.
    pub(in crate::mapping) fn identity(&self, name: &OsStr) -> io::Result<Option<StatIdentity>> {
        match rustix::fs::statat(&self.directory, name, AtFlags::SYMLINK_NOFOLLOW) {
            #[allow(
                clippy::unnecessary_cast,
                clippy::useless_conversion,
                clippy::cast_sign_loss,
                reason = "the types of the fields differ between systems"
            )]
            Ok(found) => Ok(Some(StatIdentity {
                device: found.st_dev as u64,
                inode: found.st_ino.into(),
            })),
            Err(Errno::NOENT) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Creates a file in the directory that does not have its name yet: without a name where the file system can
    /// (`open(2)`, O_TMPFILE), otherwise under a temporary one, which is returned too.
    pub(in crate::mapping) fn make(
        &self,
        how: &OpenHow,
        mode: u32,
    ) -> io::Result<(File, Option<OsString>)> {
        let mode = Mode::from_raw_mode(mode_bits(how.mode.unwrap_or(mode)));
        let flags = open_flags(how).difference(OFlags::NOFOLLOW);
        let unnamed = naming::make_unnamed(self.directory.as_fd(), flags, mode)?;
        if let Some(file) = unnamed {
            return Ok((file, None));
        }
        let flags = flags | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW;
        loop {
            let name = stand_in();
            match rustix::fs::openat(&self.directory, &name, flags, mode) {
                Ok(file) => return Ok((File::from(file), Some(name))),
                Err(Errno::EXIST | Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Gives the file its name; EEXIST if the name is taken (`linkat(2)`, `renameat2(2)`).
    pub(in crate::mapping) fn name_new(
        &self,
        file: &File,
        stand_in: Option<&OsStr>,
    ) -> io::Result<()> {
        let Some(from) = stand_in else {
            return naming::link_unnamed(file, self.directory.as_fd(), &self.name);
        };
        let directory = &self.directory;
        match naming::rename_new(directory.as_fd(), from, &self.name) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => {
                match rustix::fs::linkat(directory, from, directory, &self.name, AtFlags::empty()) {
                    Ok(()) => self.remove(from),
                    // The file system has no links either.
                    Err(Errno::PERM | Errno::OPNOTSUPP | Errno::NOSYS) => self.claim_name(from),
                    Err(error) => Err(error.into()),
                }
            }
            other => Ok(other?),
        }
    }

    /// Claims the name with an empty file, which the file then replaces, unless another process has replaced it
    /// meanwhile.
    fn claim_name(&self, from: &OsStr) -> io::Result<()> {
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let claim = rustix::fs::openat(&self.directory, &self.name, flags, Mode::RUSR)?;
        let claimed = facts(&File::from(claim), SourceKind::File)?.identity;
        let is_ours = || Ok::<_, io::Error>(self.identity(&self.name)? == Some(claimed));
        if !is_ours()? {
            return Err(Errno::EXIST.into());
        }
        let renamed = rustix::fs::renameat(&self.directory, from, &self.directory, &self.name);
        if renamed.is_err() && is_ours().unwrap_or(false) {
            // Only the first failure is reported.
            let _ = self.remove(&self.name);
        }
        Ok(renamed?)
    }

    /// Gives the file a temporary name.
    pub(in crate::mapping) fn name_stand_in(&self, file: &File) -> io::Result<OsString> {
        loop {
            let name = stand_in();
            match naming::link_unnamed(file, self.directory.as_fd(), &name) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                other => return other.map(|()| name),
            }
        }
    }

    /// Exchanges the name and a temporary one (`renameat2(2)`, RENAME_EXCHANGE).
    pub(in crate::mapping) fn exchange(&self, stand_in: &OsStr) -> io::Result<()> {
        Ok(naming::exchange_names(
            self.directory.as_fd(),
            stand_in,
            &self.name,
        )?)
    }

    /// Gives the file the name of another one, and its permissions (`renameat(2)`). `stand_in` is its temporary name.
    pub(in crate::mapping) fn take_name(&self, file: &File, stand_in: &OsStr) -> io::Result<()> {
        match rustix::fs::statat(&self.directory, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(old) if FileType::from_raw_mode(old.st_mode) == FileType::RegularFile => {
                let permissions = Mode::RWXU | Mode::RWXG | Mode::RWXO;
                rustix::fs::fchmod(file, Mode::from_raw_mode(old.st_mode) & permissions)?;
            }
            Ok(_) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
        let directory = &self.directory;
        Ok(rustix::fs::renameat(
            directory, stand_in, directory, &self.name,
        )?)
    }

    /// Removes a name from the directory (`unlinkat(2)`).
    pub(in crate::mapping) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(rustix::fs::unlinkat(
            &self.directory,
            name,
            AtFlags::empty(),
        )?)
    }

    /// Opens the file that has the name (`openat(2)`).
    pub(in crate::mapping) fn open(&self, how: &OpenHow) -> io::Result<File> {
        let flags = open_flags(how) | OFlags::NOFOLLOW;
        let open = || rustix::fs::openat(&self.directory, &self.name, flags, Mode::empty());
        Ok(File::from(retry_on_intr(open)?))
    }
}

/// A name that no other process chooses.
fn stand_in() -> OsString {
    format!(".mmapctl-{:016x}", RandomState::new().hash_one(0)).into()
}

cfg_select! {
    target_os = "linux" => {
        /// The place of a shared memory region.
        pub(in crate::mapping) fn place_of_tag(tag: &OsStr) -> io::Result<Option<Place>> {
            Place::of(&Path::new(super::tag::DIRECTORY).join(tag), false)
        }
    }
    _ => {
        /// Regions are not in a directory.
        #[expect(clippy::unnecessary_wraps, reason = "Linux opens the directory")]
        pub(in crate::mapping) fn place_of_tag(_tag: &OsStr) -> io::Result<Option<Place>> {
            Ok(None)
        }
    }
}
