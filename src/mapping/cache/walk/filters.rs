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
        let refused = |why| Error::usage(format!("invalid pattern '{glob}': {why}"));
        add(&mut builder, glob).map_err(refused)?;
    }
    builder
        .build()
        .map_err(|error| Error::usage(error.to_string()))
}

/// Checks a pattern.
///
/// # Errors
/// What is wrong with it.
pub fn check_glob(glob: &str) -> Result<(), String> {
    let mut builder = OverrideBuilder::new("");
    add(&mut builder, glob)?;
    builder.build().map(drop).map_err(reason)
}

fn add(builder: &mut OverrideBuilder, glob: &str) -> Result<(), String> {
    builder.add(&line_of(glob)?).map(drop).map_err(reason)
}

/// The line of `gitignore(5)` for a pattern. There, `#` starts a comment, spaces at the end do not count, and a line
/// without a pattern matches nothing.
fn line_of(glob: &str) -> Result<String, String> {
    let bare = glob.strip_prefix('!').unwrap_or(glob);
    if matches!(bare, "" | "/") {
        return Err("it is empty".to_owned());
    }
    let text = glob.trim_end_matches(' ');
    let (_, spaces) = glob.split_at(text.len());
    let backslashes = text.bytes().rev().take_while(|byte| *byte == b'\\');
    // An odd number of backslashes escapes the first space.
    let (escaped, spaces) = spaces.split_at(spaces.len().min(backslashes.count() % 2));
    let comment = if text.starts_with('#') { "\\" } else { "" };
    Ok(format!(
        "{comment}{text}{escaped}{}",
        spaces.replace(' ', "\\ ")
    ))
}

fn reason(error: ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => err,
        other => other.to_string(),
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
    fn a_pattern_is_no_line_of_gitignore() {
        assert!(takes(&["#*"], "#notes#"));
        assert!(!takes(&["#*"], "notes"));
        assert!(!takes(&["!#*"], "#notes#"));
        assert!(takes(&["a "], "a "));
        assert!(!takes(&["a  "], "a "));
        assert!(takes(&["a\\  "], "a  "));
        assert!(!takes(&[" "], "a"));
    }

    #[test]
    fn an_invalid_pattern_is_refused() {
        for empty in ["", "!", "/", "!/"] {
            assert_eq!(check_glob(empty), Err("it is empty".to_owned()));
        }
        assert!(check_glob("*.db").is_ok());
        assert!(check_glob("!x").is_ok());
        assert!(check_glob("a[").is_err());
        assert!(check_glob("{a").is_err());
    }
}
