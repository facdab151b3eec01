//! Which files of paths are taken.

use std::path::Path;

use ignore::overrides::{Override, OverrideBuilder};

use crate::mapping::error::{Error, Result};
use crate::mapping::source::Source;
use crate::mapping::sys;
use crate::mapping::types::ByteLength;

/// Which files are taken, and how far directories are walked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Patterns of names: a file must match one of them, if there are any. A pattern that begins with `!` excludes
    /// files and directories. As in `gitignore(5)`, a later pattern takes precedence, and a pattern with a slash applies
    /// to the path below the directory that is walked.
    pub globs: Vec<String>,
    /// The least size of a file.
    pub min_size: Option<ByteLength>,
    /// The greatest size of a file.
    pub max_size: Option<ByteLength>,
    /// The greatest number of directories between a path and its files, plus one: with 1, subdirectories are not walked.
    pub max_depth: Option<usize>,
    /// Whether directories on other file systems are left out.
    pub one_file_system: bool,
    /// Whether symbolic links are followed.
    pub follow: bool,
    /// Whether only files are taken that give privileges when they are run: set-user-ID, set-group-ID, or with
    /// capabilities.
    pub privileged: bool,
}

impl Filters {
    /// The patterns for the files below a directory.
    pub(super) fn matcher(&self, directory: &Path) -> Result<Override> {
        matcher(&self.globs, directory)
    }

    /// Whether a file that is no directory entry, but a path itself, matches the patterns.
    pub(super) fn takes_name(&self, path: &Path) -> Result<bool> {
        if self.globs.is_empty() {
            return Ok(true);
        }
        let parent = path.parent().unwrap_or(Path::new(""));
        Ok(!self.matcher(parent)?.matched(path, false).is_ignore())
    }

    /// Whether an open file of this size is taken.
    ///
    /// # Errors
    /// Those of `fgetxattr(2)`.
    pub(super) fn takes(&self, source: &Source, size: ByteLength) -> Result<bool> {
        let fits = self.min_size.is_none_or(|least| size >= least)
            && self.max_size.is_none_or(|most| size <= most);
        match source.handle().filter(|_| fits && self.privileged) {
            Some(handle) => {
                sys::gives_privileges(handle.file()).map_err(|e| Error::os("examine", &e))
            }
            None => Ok(fits),
        }
    }
}

/// The patterns for the names below a directory.
pub(in crate::mapping) fn matcher(globs: &[String], directory: &Path) -> Result<Override> {
    let mut builder = OverrideBuilder::new(directory);
    for glob in globs {
        builder.add(glob).map_err(|error| refused(glob, &error))?;
    }
    builder
        .build()
        .map_err(|error| Error::usage(error.to_string()))
}

fn refused(glob: &str, error: &ignore::Error) -> Error {
    Error::usage(format!("invalid pattern '{glob}': {error}"))
}

/// Checks a pattern.
///
/// # Errors
/// What is wrong with it.
pub fn check_glob(glob: &str) -> Result<(), String> {
    let mut builder = OverrideBuilder::new("");
    let added = builder.add(glob).map(drop);
    match added.and_then(|()| builder.build().map(drop)) {
        Ok(()) => Ok(()),
        Err(ignore::Error::Glob { err, .. }) => Err(err),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(globs: &[&str], path: &str) -> bool {
        let filters = Filters {
            globs: globs.iter().map(|glob| (*glob).to_owned()).collect(),
            ..Filters::default()
        };
        filters.takes_name(Path::new(path)).unwrap()
    }

    #[test]
    fn patterns_include_and_exclude_names() {
        assert!(takes(&[], "/a/b.db"));
        assert!(takes(&["*.db"], "/a/b.db"));
        assert!(!takes(&["*.db"], "/a/b.log"));
        assert!(!takes(&["!*.db"], "/a/b.db"));
        assert!(takes(&["!*.db"], "/a/b.log"));
        assert!(takes(&["*.log", "*.db"], "b.db"));
        assert!(!takes(&["*.db", "!b*"], "b.db"));
        assert!(takes(&["!b*", "*.db"], "b.db"));
        assert!(takes(&["*.{log,db}"], ".hidden.db"));
    }

    #[test]
    fn an_invalid_pattern_is_refused() {
        assert!(check_glob("*.db").is_ok());
        assert!(check_glob("!x").is_ok());
        assert!(check_glob("a[").is_err());
        assert!(check_glob("{a").is_err());
    }
}
