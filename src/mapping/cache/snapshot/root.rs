//! The root of a snapshot, and the paths of files below it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::mapping::cache::walk::Paths;
use crate::mapping::error::{Error, Result};
use crate::mapping::source::SourceSpec;
use crate::mapping::types::{Kind, SourceName};

/// The directory that contains all files of paths: the only path if it is a directory, or the deepest directory that all
/// paths share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    directory: PathBuf,
    /// The places of paths without links, by the paths as they were given.
    places: HashMap<PathBuf, PathBuf>,
    /// Whether links were followed below the paths.
    follows: bool,
}

impl Root {
    /// The root of paths. A path that does not exist does not count; the walk reports it.
    ///
    /// # Errors
    /// `usage` for a source without a path; that of opening the first path if none exists.
    pub fn of(paths: &Paths) -> Result<Self> {
        let mut places = HashMap::new();
        let mut directory: Option<PathBuf> = None;
        let mut missing = None;
        for spec in &paths.paths {
            let SourceSpec::File(path) = spec else {
                let reason = "it has no path by which its pages could be loaded again";
                return Err(Error::usage(reason).on(&spec.name()));
            };
            match path.canonicalize() {
                Ok(place) => {
                    let base = match place.is_dir() {
                        true => place.as_path(),
                        false => place.parent().unwrap_or(&place),
                    };
                    directory = Some(match directory {
                        None => base.to_owned(),
                        Some(shared) => shared_directory(&shared, base),
                    });
                    places.insert(path.clone(), place);
                }
                Err(error) => {
                    missing.get_or_insert_with(|| Error::os("open", &error).on(&spec.name()));
                }
            }
        }
        match (directory, missing) {
            (Some(directory), _) => Ok(Self {
                directory,
                places,
                follows: paths.filters.follow,
            }),
            (None, Some(error)) => Err(error),
            // An empty list of paths.
            (None, None) => Ok(Self {
                directory: PathBuf::from("/"),
                places,
                follows: false,
            }),
        }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The path below the root of a file that was found below the paths.
    ///
    /// # Errors
    /// `failed` when a link below the paths led out of the root, or the file was removed.
    pub(super) fn path_below(&self, name: &SourceName) -> Result<PathBuf> {
        let fail = |reason: &str| Error::new(Kind::Failed, "save", reason.to_owned());
        let SourceName::File(path) = name else {
            return Err(fail("it has no path"));
        };
        let place = match self.follows {
            true => path.canonicalize().map_err(|e| Error::os("save", &e))?,
            false => self.place_of(path).ok_or_else(|| fail("it has no place"))?,
        };
        let below = place.strip_prefix(&self.directory).map_err(|_| {
            let root = self.directory.display();
            fail("a link led to it").because(format!("it is outside {root}, and a link led to it"))
        })?;
        Ok(below.to_owned())
    }

    fn place_of(&self, path: &Path) -> Option<PathBuf> {
        path.ancestors().find_map(|above| {
            let place = self.places.get(above)?;
            let rest = path.strip_prefix(above).ok()?;
            Some(match rest.as_os_str().is_empty() {
                true => place.clone(),
                false => place.join(rest),
            })
        })
    }
}

fn shared_directory(one: &Path, other: &Path) -> PathBuf {
    let both = one.components().zip(other.components());
    let shared = both.take_while(|(one, other)| one == other);
    shared.map(|(part, _)| part).collect()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn root(paths: &[&Path]) -> Root {
        Root::of(&Paths {
            paths: paths
                .iter()
                .map(|path| SourceSpec::File(path.into()))
                .collect(),
            ..Paths::default()
        })
        .unwrap()
    }

    #[test]
    fn the_root_is_the_directory_or_what_all_paths_share() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().canonicalize().unwrap();
        std::fs::create_dir_all(base.join("a/b")).unwrap();
        std::fs::create_dir_all(base.join("ab")).unwrap();
        std::fs::write(base.join("a/b/f"), "").unwrap();
        std::os::unix::fs::symlink(base.join("a"), base.join("link")).unwrap();
        let (a, b, f) = (base.join("a"), base.join("a/b"), base.join("a/b/f"));
        for (paths, expected) in [
            (&[a.as_path()][..], &a),
            (&[&f], &b),
            (&[&f, &b], &b),
            (&[&a, &base.join("ab")], &base),
            (&[&base.join("link/b"), &f], &b),
            (&[&base.join("missing"), &f], &b),
        ] {
            assert_eq!(root(paths).directory(), expected, "{paths:?}");
        }
        let linked = root(&[&base.join("link")]);
        let name = SourceName::File(base.join("link/b/f"));
        assert_eq!(linked.path_below(&name).unwrap(), Path::new("b/f"));
        let single = root(&[&f]);
        let name = SourceName::File(f);
        assert_eq!(single.path_below(&name).unwrap(), Path::new("f"));
    }
}
