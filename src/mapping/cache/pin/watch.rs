//! Which directories are watched, and whether a change in them concerns the paths.

use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Path, PathBuf};

use super::pass::Passed;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::sys::{self, Changes, FoundChange};
use crate::mapping::types::{Kind, SourceName};

/// The watched directories.
#[derive(Debug)]
pub(super) struct Watcher {
    changes: Changes,
    watched: HashMap<i32, Interest>,
}

/// Which files of a directory matter.
#[derive(Debug)]
enum Interest {
    /// All.
    All,
    /// Those with these names.
    Names(HashSet<OsString>),
}

impl Interest {
    fn covers(&self, name: Option<&OsStr>) -> bool {
        match (self, name) {
            (Self::All, _) => true,
            (Self::Names(names), Some(name)) => names.contains(name),
            (Self::Names(_), None) => false,
        }
    }
}

impl Watcher {
    /// Without directories yet.
    ///
    /// # Errors
    /// `limit` when the user may have no more instances of `inotify(7)`.
    pub(super) fn new() -> Result<Self> {
        let failed = |error: io::Error| {
            let failure = Error::os("watch for changes", &error);
            match failure.kind() {
                Kind::Limit => failure.hint(
                    "raise the limit of instances (sysctl fs.inotify.max_user_instances) or of descriptors \
                     (ulimit -n, LimitNOFILE=)",
                ),
                _ => failure,
            }
        };
        Ok(Self {
            changes: Changes::new().map_err(failed)?,
            watched: HashMap::new(),
        })
    }

    /// What to wait for.
    pub(super) fn changes(&self) -> &Changes {
        &self.changes
    }

    /// Watches the paths themselves, which may be replaced. `Ok` is whether a directory was not watched before.
    ///
    /// # Errors
    /// As [`Watcher::directory`].
    pub(super) fn paths(&mut self, paths: &[SourceSpec]) -> Result<bool> {
        let mut is_new = false;
        for spec in paths {
            if let SourceSpec::File(path) = spec {
                is_new |= self.name(path)?;
            }
        }
        Ok(is_new)
    }

    /// Watches what a pass has found.
    ///
    /// # Errors
    /// As [`Watcher::directory`].
    pub(super) fn found(&mut self, directories: &[PathBuf], links: &[PathBuf]) -> Result<bool> {
        let mut is_new = false;
        for directory in directories {
            is_new |= self.directory(directory)?;
        }
        for link in links {
            is_new |= self.name(link)?;
        }
        Ok(is_new)
    }

    /// [`Watcher::found`] after a pass.
    ///
    /// # Errors
    /// As [`Watcher::directory`].
    pub(super) fn after(&mut self, passed: &Passed, paths: &[SourceSpec]) -> Result<bool> {
        let paths = self.paths(paths)?;
        Ok(self.found(&passed.directories, &passed.links)? | paths)
    }

    /// Watches a directory with all its files.
    ///
    /// # Errors
    /// `limit` when no more directories may be watched. A directory that is gone or may not be read is no failure here.
    fn directory(&mut self, directory: &Path) -> Result<bool> {
        let Some(number) = self.watch(directory)? else {
            return Ok(false);
        };
        let before = self.watched.insert(number, Interest::All);
        Ok(!matches!(before, Some(Interest::All)))
    }

    /// Watches a name in its directory, and the file that it leads to in the directory of that file.
    fn name(&mut self, path: &Path) -> Result<bool> {
        let is_new = self.entry(path)?;
        match path.canonicalize() {
            Ok(target) => Ok(self.entry(&target)? | is_new),
            Err(_) => Ok(is_new),
        }
    }

    fn entry(&mut self, path: &Path) -> Result<bool> {
        let Some(name) = path.file_name() else {
            return Ok(false);
        };
        let parent = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        let Some(number) = self.watch(parent.unwrap_or(Path::new(".")))? else {
            return Ok(false);
        };
        let interest = self.watched.entry(number);
        match interest.or_insert_with(|| Interest::Names(HashSet::new())) {
            Interest::All => Ok(false),
            Interest::Names(names) => Ok(names.insert(name.to_owned())),
        }
    }

    fn watch(&self, directory: &Path) -> Result<Option<i32>> {
        let error = match self.changes.watch(directory) {
            Ok(number) => return Ok(Some(number)),
            Err(error) => error,
        };
        let failure = Error::os("watch for changes", &error);
        if sys::is_watch_limit(&error) {
            let now = sys::watch_limit().map_or(String::new(), |limit| format!(", now {limit}"));
            let failure = Error::os_as(Kind::Limit, "watch for changes", &error)
                .because("the limit of watched directories is reached")
                .hint(format!(
                    "raise the limit (sysctl fs.inotify.max_user_watches{now})"
                ));
            return Err(failure.on(&SourceName::File(directory.to_owned())));
        }
        match failure.kind() {
            // The walk reports them.
            Kind::NotFound | Kind::AccessDenied => Ok(None),
            _ => Err(failure.on(&SourceName::File(directory.to_owned()))),
        }
    }

    /// Whether something changed since the last call that may concern the paths.
    ///
    /// # Errors
    /// `failed`, which no known system causes.
    pub(super) fn is_changed(&mut self) -> Result<bool> {
        let found = self.changes.read();
        let found = found.map_err(|e| Error::os("watch for changes", &e))?;
        let mut is_changed = false;
        for change in found {
            is_changed |= match change {
                FoundChange::Lost => true,
                FoundChange::Unwatched(number) => self.watched.remove(&number).is_some(),
                FoundChange::Moved(number) => {
                    // It is watched again if it is still below a path.
                    self.changes.unwatch(number);
                    self.watched.remove(&number).is_some()
                }
                FoundChange::Inside { directory, name } => self
                    .watched
                    .get(&directory)
                    .is_some_and(|interest| interest.covers(name.as_deref())),
            };
        }
        Ok(is_changed)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    #[test]
    fn of_a_path_only_its_name_matters_and_of_a_directory_every_name() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        std::fs::write(path("f"), "x").unwrap();
        let mut watcher = Watcher::new().unwrap();
        let file = [SourceSpec::File(path("f"))];
        assert!(watcher.paths(&file).unwrap());
        assert!(!watcher.paths(&file).unwrap());
        std::fs::write(path("g"), "x").unwrap();
        assert!(!watcher.is_changed().unwrap());
        std::fs::rename(path("g"), path("f")).unwrap();
        assert!(watcher.is_changed().unwrap());
        assert!(!watcher.is_changed().unwrap());
        assert!(watcher.found(&[directory.path().to_owned()], &[]).unwrap());
        std::fs::write(path("h"), "x").unwrap();
        assert!(watcher.is_changed().unwrap());
        // What is gone is watched no longer, and not a failure.
        assert!(!watcher.found(&[path("none")], &[path("none")]).unwrap());
        drop(directory);
        assert!(watcher.is_changed().unwrap());
        assert!(watcher.watched.is_empty());
    }

    #[test]
    fn the_file_behind_a_link_matters_too() {
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (link, target) = (one.path().join("l"), other.path().join("t"));
        std::fs::write(&target, "x").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        let mut watcher = Watcher::new().unwrap();
        assert!(watcher.paths(&[SourceSpec::File(link)]).unwrap());
        std::fs::write(&target, "xy").unwrap();
        assert!(watcher.is_changed().unwrap());
    }
}
